"""An engine in a process of its own, to be killed: `python -m tests.adapters.dbos.alone FOLDER URL POINT`."""

import asyncio
import os
import signal
import sys
from pathlib import Path

from ccorch.adapters.run_folder.library import RunLibrary
from ccorch.ports import Ending, Report, WorkOrder
from ccorch.schema.event import Event
from ccorch.schema.run import Submission
from tests.engine_kit import Ground
from tests.fakes.workers import LivingWorkers

POINTS = ("create", "submitted", "started", "start", "work", "ended", "finished")
"""Where it kills itself: before and after each thing that is written, and while a worker is at work."""


class DeadlyRuns(RunLibrary):
    """Run folders whose process is killed when it has written a certain event, or before it makes the folder."""

    point = ""

    def create(self, submission: Submission) -> None:
        if self.point == "create":
            die()
        super().create(submission)

    def append(self, run: str, event: Event) -> Event:
        written = super().append(run, event)
        if self.point == event.type:
            die()
        return written


class LoggedWorkers(LivingWorkers):
    """Workers whose starts are on disk, one a line; what was started is attached to, and ends at once."""

    def __init__(self, log: Path, point: str = "") -> None:
        super().__init__()
        self.log, self.point = log, point

    async def perform(self, order: WorkOrder, report: Report) -> Ending:
        if self.point == "start":
            die()
        self.log.touch()
        if str(order.id) not in self.log.read_text().splitlines():
            with self.log.open("a") as log:
                log.write(f"{order.id}\n")
        if self.point == "work":
            die()
        return Ending("done", answer="fine")


def die() -> None:
    """Be killed here."""
    os.kill(os.getpid(), signal.SIGKILL)


def ground(folder: Path, url: str, point: str = "") -> Ground:
    """The machine, with workers that remember on disk."""
    return Ground(folder, url, LoggedWorkers(folder / "starts", point))


async def main(folder: Path, url: str, point: str) -> None:
    """Accept a run and drive it until the point comes."""
    here = ground(folder, url, point)
    runs = DeadlyRuns(here.state, here.runs._clock, here.project)
    runs.point = point
    async with here.engine(runs) as engine:
        await engine.accept(here.asked())
        await here.finish(engine)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
