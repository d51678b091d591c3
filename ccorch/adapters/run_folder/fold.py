"""A run's log folded as far as it was read."""

from pathlib import Path

from ccorch.adapters.run_folder.layout import Layout
from ccorch.adapters.run_folder.log import Place, read
from ccorch.adapters.run_folder.reading import modified_at, read_plan
from ccorch.schema.run_row import KeptRow
from ccorch.schema.summary import RunSummary
from ccorch.views.summary import Fold

LONGEST_TASK = 80


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

    def row(self) -> KeptRow:
        """The run's line in the list."""
        plan, fold = self._plan, self._fold
        return KeptRow(
            run_id=self.run,
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
            workflow=plan.workflow or "",
        )
