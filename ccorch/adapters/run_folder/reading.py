"""What a run folder says: its plan, and its log folded as far as it was read."""

from pathlib import Path

from pydantic import ValidationError

from ccorch.adapters.files import read_limited
from ccorch.adapters.run_folder.layout import Layout
from ccorch.adapters.run_folder.log import Place, read
from ccorch.errors import RunCorrupt
from ccorch.ports import RunRow
from ccorch.schema.event import Submitted
from ccorch.schema.plan import Plan
from ccorch.schema.summary import RunSummary
from ccorch.views.summary import Fold

LONGEST_TASK = 80

_LIMIT = 256 << 20


def plan_bytes(folder: Path) -> bytes:
    """The plan's canonical JSON; its sha256 is the plan's own."""
    path = folder / "plan.json"
    try:
        return read_limited(path, _LIMIT)
    except OSError as error:
        raise corrupt(path, error.strerror or str(error)) from error


def read_plan(project: Path, run: str) -> Plan:
    """The plan of a run; raises RunCorrupt when it is none, or not the one that was submitted."""
    layout = Layout(project)
    path = layout.file(run, "plan.json")
    try:
        plan = Plan.read(plan_bytes(layout.run(run)))
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in problem["loc"])
        raise corrupt(path, f"{where}: {problem['msg']}".removeprefix(": ")) from error
    first = next(read(layout.file(run, "events.ndjson"), Place()), None)
    if isinstance(first, Submitted) and (first.run, first.plan) != (run, plan.sha256):
        raise corrupt(path, f"its log says run {first.run} with plan {first.plan[:12]}")
    return plan


def corrupt(path: Path, reason: str) -> RunCorrupt:
    """The error for a file of a run that is not what it should be."""
    return RunCorrupt(f"{path} cannot be read: {reason}", path=str(path))


def modified_at(path: Path) -> float:
    """When the file was written; 0 when it is gone."""
    try:
        return path.lstat().st_mtime
    except OSError:
        return 0.0


class RunFold:
    """A run as its folder says it; reading on costs what is new."""

    def __init__(self, project: Path, run: str) -> None:
        self.run = run
        self._project = project
        self._layout = Layout(project)
        self._plan = read_plan(project, run)
        self._fold = Fold(self._plan)
        self._planned_at = modified_at(self._layout.file(run, "plan.json"))
        self._place = Place()
        self._positions = {node.id: position for position, node in enumerate(self._plan.nodes)}
        self._roles = ", ".join(dict.fromkeys(node.role.name for node in self._plan.nodes))

    def read_on(self) -> set[str]:
        """Fold what is new in the log; gives the nodes that changed. A fold that raised RunCorrupt is of no use."""
        changed: set[str] = set()
        for event in read(self._layout.file(self.run, "events.ndjson"), self._place):
            changed.update(self._fold.apply(event))
        return changed

    @property
    def size(self) -> int:
        """Bytes of the log that are folded."""
        return self._place.offset

    @property
    def positions(self) -> dict[str, int]:
        """Where each node stands in the plan."""
        return self._positions

    @property
    def fold(self) -> Fold:
        """The summary so far."""
        return self._fold

    def summary(self) -> RunSummary:
        """The whole summary."""
        return self._fold.summary()

    def row(self) -> RunRow:
        """The run's line in the list."""
        plan, fold = self._plan, self._fold
        return RunRow(
            run=self.run,
            status=fold.status,
            task=" ".join(plan.task.split())[:LONGEST_TASK],
            project=str(self._project),
            label=plan.label,
            submitted_at=fold.submitted_at or self._planned_at,
            ended_at=fold.ended_at,
            nodes=len(plan.vertices),
            passed=fold.passed,
            usd=fold.usd,
            plan=fold.plan,
            simulated=plan.worker == "simulated",
            roles=self._roles,
            seq=fold.seq,
        )
