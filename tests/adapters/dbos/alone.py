"""Engines in processes of their own, to be killed: each line `FOLDER URL POINT` of standard input makes one.

They are copies of a process that has loaded all they need; how each ended is told in a line.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

from ccorch.adapters.run_folder.library import RunLibrary
from ccorch.ports import Ending, Report, WorkOrder
from ccorch.schema.event import Event
from ccorch.schema.plan import PlanGate
from ccorch.schema.run import Submission
from ccorch.schema.workflow import Reopen
from tests.engine_kit import Ground
from tests.fakes.workers import LivingWorkers
from tests.plan_kit import node, plan

BEFORE = ("create", "start", "work")
AFTER = (
    "submitted",
    "started:a",
    "ended:a",
    "ended:b",
    "started:g",
    "ended:g",
    "reopened",
    "started:b/2",
    "finished",
)
POINTS = {"sqlite": (*BEFORE, *AFTER), "inline": ("submitted", "ended:a", "ended:g", "reopened")}
"""Where it kills itself: before a folder or a worker is made, after each event, and while a worker is at work."""

GATED = plan(
    node("a"),
    node("b", "a"),
    gates=(PlanGate(id="g", needs=("b",), pass_when=("b.attempt == 2",), on_fail=Reopen(reopen="b", max=1)),),
)
"""A run of which a part is done again."""


class DeadlyRuns(RunLibrary):
    """Run folders whose process is killed when it has written a certain event, or before it makes the folder."""

    point = ""

    def create(self, submission: Submission) -> None:
        if self.point == "create":
            die()
        super().create(submission)

    def append(self, run: str, event: Event) -> Event:
        written = super().append(run, event)
        about = f"{event.type}:{getattr(event, 'node', '')}"
        if self.point in (event.type, about, f"{about}/{getattr(event, 'attempt', '')}"):
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
    folder.mkdir(exist_ok=True)
    return Ground(folder, None if url == "inline" else url, LoggedWorkers(folder / "starts", point))


async def main(folder: Path, url: str, point: str) -> None:
    """Accept a run and drive it until the point comes."""
    here = ground(folder, url, point)
    runs = DeadlyRuns(here.state, here.runs._clock, here.project)
    runs.point = point
    async with here.engine(runs) as engine:
        await engine.accept(here.asked(of=GATED))
        await here.finish(engine)


def copies() -> None:
    """Make a copy for each line, one after the other, and tell its exit status."""
    for line in sys.stdin:
        folder, url, point = line.split()
        child = os.fork()
        if child == 0:
            asyncio.run(main(Path(folder), url, point))
            sys.exit()
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    copies()
