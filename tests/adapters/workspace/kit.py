"""Projects with runs that ended long ago, kept by the real house."""

from pathlib import Path

from ccorch.adapters.run_folder.layout import Layout, State
from ccorch.adapters.run_folder.library import RunLibrary
from ccorch.operations.house import House
from ccorch.operations.workspace import archive, clean, restore
from ccorch.operations.workspace_reply import RestoreReply, UpkeepReply
from ccorch.schema.event import Finished, Started, Submitted
from ccorch.schema.keeping import WorkspaceArchiveRequest, WorkspaceCleanRequest, WorkspaceRestoreRequest
from ccorch.wiring import open_house
from tests.fakes.clock import FakeClock
from tests.run_kit import submission

RUNS = ("0123456789abcdef", "fedcba9876543210")
OPEN = "1111222233334444"


class Kept:
    """A project, its state folder and the house."""

    def __init__(self, root: Path, runs: tuple[str, ...] = RUNS) -> None:
        self.project = root / "project"
        self.state = State(root / "state")
        self.project.mkdir(parents=True)
        self.library = RunLibrary(self.state, FakeClock(step=1.0))
        for run in runs:
            self.begin(run)
            self.library.append(run, Finished(status="cancelled"))
            self.library.seal(run)

    @property
    def house(self) -> House:
        """The house as a command opens it."""
        home = self.project.parent
        environment = {"HOME": str(home), "CCORCH_STATE_DIR": str(self.state.root)}
        return open_house(self.project, "terminal", environment)

    def begin(self, run: str) -> None:
        """A run that is not over."""
        asked = submission(self.project, run)
        self.library.create(asked)
        self.library.append(run, Submitted(run=run, plan=asked.plan.sha256, by="terminal"))
        self.library.append(run, Started(node="a", attempt=1))

    def folder(self, run: str) -> Path:
        """The folder of a run."""
        return Layout(self.project).run(run)

    def runs(self) -> set[str]:
        """Runs that are here, each read as a run and with every file as it was."""
        fresh = RunLibrary(self.state, FakeClock(), self.project)
        found = {row.run_id for row in fresh.rows(100).rows}
        assert all(fresh.artifacts(run).differences() == () for run in found)
        assert fresh.rows(100).left_out == ()
        return found

    def archives(self) -> list[Path]:
        """The archives."""
        return sorted(Layout(self.project).archives.glob("runs-*"))

    def drafts(self) -> list[str]:
        """Whatever is hidden in the workspace."""
        return sorted(path.name for path in Layout(self.project).workspace.glob("*/.*"))

    def clean(self, apply: bool = True) -> UpkeepReply:
        """Clean."""
        return clean(self.house, WorkspaceCleanRequest(apply=apply))

    def archive(self, apply: bool = True, remove: bool = True) -> UpkeepReply:
        """Pack everything."""
        return archive(self.house, WorkspaceArchiveRequest(apply=apply, remove=remove))

    def restore(self, name: str = "", runs: tuple[str, ...] = ()) -> RestoreReply:
        """Bring back out of the only archive."""
        return restore(self.house, WorkspaceRestoreRequest(archive=name or self.archives()[0].name, runs=runs))
