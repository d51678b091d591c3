"""Promises of turns: nothing is changed about a run while its end, its bill or its submission is being written."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

from ccorch.adapters.daemon.billing import Bills
from ccorch.adapters.daemon.launches import Launches
from ccorch.adapters.inline_engine import InlineEngine
from ccorch.adapters.run_folder.library import RunLibrary
from ccorch.errors import RunStateConflict
from ccorch.schema.bill import Bill
from ccorch.schema.event import Event, Submitted
from ccorch.schema.noted import Noted
from ccorch.schema.run import Submission
from tests.adapters.daemon.test_host import DAG, GRACE, Stage, finished, play, until
from tests.fakes.clock import FakeClock
from tests.plan_kit import ADA, node, plan
from tests.run_kit import RUN


class HeldClock(FakeClock):
    """Stands still for whoever asks beside the loop, until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.is_asked, self.may_go_on = threading.Event(), threading.Event()

    def now(self) -> float:
        if threading.current_thread() is not threading.main_thread():
            self.is_asked.set()
            assert self.may_go_on.wait(GRACE)
        return super().now()


def test_a_run_is_set_back_only_when_its_end_is_written_whole(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        stage.clock = clock = HeldClock()
        async with stage.daemon() as host:
            await host.submit(stage.asked(plan(node("a"))))
            await until(lambda: stage.workers.at_work)
            stage.workers.let_go("a")
            await until(clock.is_asked.is_set)
            assert stage.runs.is_closing(RUN)
            asked = asyncio.create_task(host.retry(RUN, "a", ADA, "once more"))
            await asyncio.sleep(0)
            clock.may_go_on.set()
            assert await asked == ("a",)

    stage = play(tmp_path, scene)

    assert not stage.state.ended(RUN).exists()
    assert "what they had given is stale" in (stage.folder / "verdict.json").read_text()


class SlowToRead(RunLibrary):
    """Its first reader has read to the end and has yet to hear so."""

    def hold(self) -> None:
        self.is_read, self.may_go_on = threading.Event(), threading.Event()

    def events(self, run: str, after: int = 0) -> Iterator[Event]:
        yield from super().events(run, after)
        if not self.is_read.is_set():
            self.is_read.set()
            assert self.may_go_on.wait(GRACE)


def test_the_newest_bill_is_of_the_newest_log(tmp_path: Path) -> None:
    stage = play(tmp_path, finished)
    runs = SlowToRead(stage.state, stage.clock, stage.project)
    runs.hold()
    bills = Bills(runs, tmp_path / "bills.ndjson")
    early, late = (threading.Thread(target=bills.tell, args=(RUN, at)) for at in (1.0, 2.0))

    early.start()
    assert runs.is_read.wait(GRACE)
    stage.runs.append(RUN, Noted(by="mcp", controller_tokens=1000))
    late.start()
    late.join(0.05)
    runs.may_go_on.set()
    early.join(GRACE)
    late.join(GRACE)

    last = (tmp_path / "bills.ndjson").read_text().splitlines()[-1]
    assert Bill.model_validate_json(last).controller.tokens == 1000


class SlowToAccept(InlineEngine):
    """Somebody else gets a word in before a run is accepted."""

    async def accept(self, submission: Submission) -> None:
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await super().accept(submission)


def test_another_plan_under_the_same_id_costs_the_first_nothing(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        first, other = stage.asked(DAG), stage.asked(plan(node("a"), task="something else"))
        async with stage.daemon(SlowToAccept) as host:
            told = await asyncio.gather(host.submit(first), host.submit(other), return_exceptions=True)
            assert told[0] is None
            assert isinstance(told[1], RunStateConflict)
            assert Launches(stage.state).of(RUN, DAG).secrets == first.launch.secrets

    stage = play(tmp_path, scene)

    assert isinstance(next(iter(stage.runs.events(RUN))), Submitted)
