"""Promises of the coordinator: recorded before done, adopted not restarted, stopped for good."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ccorch.engine.coordinator import Coordinator
from ccorch.engine.live import NEXT_TRY
from ccorch.engine.perform import Tools
from ccorch.errors import RunStateConflict, WorkspaceUnwritable
from ccorch.ports import Ending, Held, Report, WorkOrder
from ccorch.rules.admission import Slots
from ccorch.schema.event import Event, Reopened, Started
from ccorch.schema.plan import Plan
from ccorch.schema.role import Role
from ccorch.schema.run import Launch, Submission
from tests.fakes.outside import FlatWorktrees, NoSecrets, QuietGateway
from tests.fakes.runs import FakeRuns
from tests.fakes.workers import HeldWorkers
from tests.plan_kit import ADA, node, plan

RUN, OTHER, THIRD = "0123456789abcdef", "fedcba9876543210", "00112233445566ff"
LAUNCH = Launch(project="/nowhere", claude="/bin/claude", environment={})


@dataclass
class Stage:
    """A coordinator with everything around it in memory."""

    root: Path
    slots: int = 4
    workers: HeldWorkers = field(default_factory=HeldWorkers)
    runs: Any = field(default_factory=FakeRuns)
    gateway: QuietGateway = field(default_factory=QuietGateway)
    seen: list[tuple[str, Event]] = field(default_factory=list)

    def open(self) -> Coordinator:
        tools = Tools(
            workers={"claude": self.workers, "commands": self.workers},
            worktrees=FlatWorktrees(self.root),
            gateway=self.gateway,
            profiles=NoSecrets(),
            runs=self.runs,
        )
        return Coordinator(tools, Slots(self.slots), lambda run, event: self.seen.append((run, event)))

    def types(self, run: str = RUN) -> list[str]:
        return [event.type for event in self.runs.runs[run].events]

    def last(self) -> Event:
        return self.runs.runs[RUN].events[-1]


def submission(dag: Plan, run: str = RUN) -> Submission:
    return Submission(run=run, plan=dag, config={}, launch=LAUNCH, by="terminal")


class FullRuns(FakeRuns):
    """Run folders on a disk that can be full."""

    full = False

    def append(self, run: str, event: Event) -> Event:
        if self.full:
            raise WorkspaceUnwritable("no space left")
        return super().append(run, event)


def play(
    root: Path, scene: Callable[[Stage], Awaitable[None]], runs: FakeRuns | None = None, slots: int = 4
) -> Stage:
    stage = Stage(root, slots, runs=runs or FakeRuns())
    asyncio.run(scene(stage))
    return stage


async def settled() -> None:
    """Let everything that can go on go on."""
    for _ in range(20):
        await asyncio.sleep(0)


def test_a_run_of_two_nodes_is_driven_to_its_end(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        stage.open().submit(submission(plan(node("a"), node("b", "a"))))
        await settled()
        stage.workers.let_go("a")
        await settled()
        stage.workers.let_go("b")
        await settled()

    stage = play(tmp_path, scene)

    assert stage.types() == ["submitted", "started", "ended", "started", "ended", "finished"]
    assert stage.gateway.open == set()
    assert [event for _, event in stage.seen] == stage.runs.runs[RUN].events


def test_declared_commands_wait_like_workers_while_nothing_may_start(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        stage.gateway.held["a"] = Held(limit="ceiling.yaml", reason="it cannot be read", waits=True)
        stage.open().submit(submission(plan(node("a", commands=(("true",),)))))
        await settled()
        assert stage.types() == ["submitted", "held_back"]
        stage.gateway.held.clear()
        stage.gateway.freed()
        await settled()
        stage.workers.let_go("a")
        await settled()

    stage = play(tmp_path, scene)

    assert stage.types() == ["submitted", "held_back", "started", "ended", "finished"]


def test_a_node_that_waits_for_a_budget_starts_when_something_is_freed_though_nothing_ends(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        stage.gateway.held["a"] = Held(limit="cost.usd_per_run", reason="promised to others", waits=True)
        coordinator = stage.open()
        coordinator.submit(submission(plan(node("a"))))
        await settled()
        assert stage.types() == ["submitted", "held_back"]
        # should nobody tell of it, it is looked at again by the clock
        assert NEXT_TRY in coordinator._live[RUN].clocks
        del stage.gateway.held["a"]
        stage.gateway.freed()
        await settled()
        stage.workers.let_go("a")
        await settled()

    assert play(tmp_path, scene).types() == ["submitted", "held_back", "started", "ended", "finished"]


def test_a_run_whose_folder_was_deleted_ends_its_workers_and_holds_up_no_other(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        stage.slots = 1
        coordinator = stage.open()
        coordinator.submit(submission(plan(node("a"), node("b"))))
        coordinator.submit(submission(plan(node("c")), OTHER))
        await settled()
        del stage.runs.runs[RUN]
        stage.workers.let_go("a")
        await settled()
        assert (coordinator.live, stage.types(OTHER)) == ((OTHER,), ["submitted", "started"])
        stage.workers.let_go("c")
        await settled()

    stage = play(tmp_path, scene)

    assert stage.types(OTHER)[-1] == "finished"
    # whoever keeps something of it forgets it, although nobody could write down its end
    assert [event.type for run, event in stage.seen if run == RUN] == ["submitted", "started", "finished"]


def test_submitting_twice_is_one_run(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        coordinator = stage.open()
        for _ in range(2):
            coordinator.submit(submission(plan(node("a"))))
        await settled()
        stage.workers.let_go("a")
        await settled()
        coordinator.submit(submission(plan(node("a"))))

    assert play(tmp_path, scene).types() == ["submitted", "started", "ended", "finished"]


def test_another_plan_under_the_same_id_is_refused(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        stage.open().submit(submission(plan(node("a"))))
        with pytest.raises(RunStateConflict):
            stage.open().submit(submission(plan(node("b"))))

    play(tmp_path, scene)


def test_slots_of_the_machine_are_shared_by_all_runs(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        coordinator = stage.open()
        coordinator.submit(submission(plan(node("a"), node("b"))))
        coordinator.submit(submission(plan(node("c"), node("d")), OTHER))
        await settled()
        assert stage.workers.at_work == ["a", "b"]
        stage.workers.let_go("a")
        await settled()
        assert stage.workers.at_work == ["b", "c"]
        await coordinator.abandon()

    play(tmp_path, scene, slots=2)


def test_stop_ends_workers_skips_the_rest_and_finishes_cancelled(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        coordinator = stage.open()
        coordinator.submit(submission(plan(node("a"), node("b", "a"))))
        await settled()
        assert coordinator.stop(RUN, ADA, "enough")
        await settled()
        with pytest.raises(RunStateConflict, match="cancelled"):
            coordinator.stop(RUN, ADA, "again")

    stage = play(tmp_path, scene)

    assert stage.types() == ["submitted", "started", "stop_asked", "skipped", "ended", "finished"]
    assert getattr(stage.last(), "status", "") == "cancelled"


def test_what_is_asked_of_a_run_that_was_set_back_names_the_verb_that_goes_on(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        coordinator = stage.open()
        coordinator.submit(submission(plan(node("a"))))
        await settled()
        stage.workers.let_go("a")
        await settled()
        stage.runs.append(RUN, Reopened(nodes=("a",), by="terminal", cause="asked"))
        with pytest.raises(RunStateConflict, match="waits for `resume`: work of it was set back"):
            coordinator.stop(RUN, ADA, "again")

    play(tmp_path, scene)


def test_a_live_attempt_is_attached_to_and_not_started_again(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        first = stage.open()
        dag = plan(node("a"), node("b", "a"))
        first.submit(submission(dag))
        await settled()
        await first.abandon()
        stage.open().adopt(RUN, dag, LAUNCH)
        await settled()
        stage.workers.let_go("a")
        await settled()
        stage.workers.let_go("b")
        await settled()

    stage = play(tmp_path, scene)

    assert [event.attempt for event in stage.runs.runs[RUN].events if isinstance(event, Started)] == [1, 1]
    assert [order.id.node for order in stage.workers.orders] == ["a", "a", "b"]
    assert stage.types()[-1] == "finished"


def test_a_letting_go_daemon_leaves_seats_open(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        coordinator = stage.open()
        coordinator.submit(submission(plan(node("a"))))
        await settled()
        await coordinator.abandon()

    assert len(play(tmp_path, scene).gateway.open) == 1


def test_money_is_told_by_the_gateway(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        stage.open().submit(submission(plan(node("a"))))
        await settled()
        attempt = stage.workers.orders[0].id
        stage.gateway.refusals[attempt] = "cost.usd_per_run is spent"
        stage.workers.let_go("a", Ending("api_error", "API Error 402"))
        await settled()

    ended = play(tmp_path, scene).runs.runs[RUN].events[-3]

    assert (getattr(ended, "outcome", ""), getattr(ended, "reason", "")) == (
        "budget_spent",
        "cost.usd_per_run is spent",
    )


def test_an_owed_handoff_that_is_missing_fails_the_node(tmp_path: Path) -> None:
    owing = Role(name="review", summary="Reads.", prompt="Read.", handoff="review")

    async def scene(stage: Stage) -> None:
        stage.open().submit(submission(plan(node("a", role=owing))))
        await settled()
        stage.workers.let_go("a", Ending("done", answer="just text"))
        await settled()

    stage = play(tmp_path, scene)

    assert getattr(stage.runs.runs[RUN].events[-2], "outcome", "") == "no_handoff"
    assert getattr(stage.last(), "status", "") == "failed"


@pytest.mark.parametrize("depth", [1, 33, 600])
def test_a_handoff_that_no_reader_could_show_is_none_and_kept_nowhere(tmp_path: Path, depth: int) -> None:
    # half a surrogate pair is in no file of UTF-8; what is nested without end ends whoever goes down in it
    owing = Role(name="review", summary="Reads.", prompt="Read.", handoff="review")
    handoff: dict[str, object] = {"status": "\ud800" if depth == 1 else "pass"}
    for _ in range(depth):
        handoff = {"status": "pass", "in": [handoff]}

    async def scene(stage: Stage) -> None:
        stage.open().submit(submission(plan(node("a", role=owing))))
        await settled()
        stage.workers.let_go("a", Ending("done", answer="told", handoff=handoff))
        await settled()

    stage = play(tmp_path, scene)

    ended = stage.runs.runs[RUN].events[-2]
    told = (getattr(ended, "outcome", ""), getattr(ended, "reason", ""), getattr(ended, "claims", None))
    assert told == ("no_handoff", "the worker gave a handoff that is no plain data", "")
    assert stage.runs.read(RUN, "nodes/a/1/handoff.json") is None


def test_a_bug_in_one_attempt_ends_that_attempt_alone(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    class Broken(HeldWorkers):
        async def perform(self, order: object, report: object) -> Ending:
            raise ZeroDivisionError("oops")

    stage = Stage(tmp_path, workers=Broken())

    async def scene() -> None:
        stage.open().submit(submission(plan(node("a"))))
        await settled()

    asyncio.run(scene())

    assert "oops" in getattr(stage.runs.runs[RUN].events[-2], "reason", "")
    assert stage.types()[-1] == "finished"


def test_a_submission_that_cannot_be_written_down_may_be_tried_again(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        coordinator, stage.runs.full = stage.open(), True
        with pytest.raises(WorkspaceUnwritable):
            coordinator.submit(submission(plan(node("a"))))
        assert coordinator.live == ()
        stage.runs.full = False
        coordinator.submit(submission(plan(node("a"))))
        await settled()
        stage.workers.let_go("a")
        await settled()

    assert play(tmp_path, scene, FullRuns()).types() == ["submitted", "started", "ended", "finished"]


def test_an_ending_is_written_down_however_long_the_disk_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ccorch.engine.coordinator.TRY_AGAIN", 0.0)

    async def scene(stage: Stage) -> None:
        stage.open().submit(submission(plan(node("a"), node("b", "a"))))
        await settled()
        stage.runs.full = True
        stage.workers.let_go("a")
        await settled()
        assert stage.types() == ["submitted", "started"]
        stage.runs.full = False
        await settled()
        stage.workers.let_go("b")
        await settled()

    assert play(tmp_path, scene, FullRuns()).types()[-1] == "finished"


def test_stop_ends_workers_also_when_it_cannot_be_written_down(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        coordinator = stage.open()
        coordinator.submit(submission(plan(node("a"))))
        await settled()
        stage.runs.full = True
        with pytest.raises(WorkspaceUnwritable):
            coordinator.stop(RUN, ADA, "enough")
        await settled()
        assert [attempt.node for attempt in stage.workers.stopped] == ["a"]
        stage.runs.full = False
        await coordinator.abandon()

    play(tmp_path, scene, FullRuns())


def test_a_bug_leaves_no_worker_and_no_seat_behind(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    class Slipping(HeldWorkers):
        async def perform(self, order: WorkOrder, report: Report) -> Ending:
            ending = asyncio.ensure_future(super().perform(order, report))
            await asyncio.sleep(0)
            raise ZeroDivisionError(f"oops {ending}")

    stage = Stage(tmp_path, workers=Slipping())

    async def scene() -> None:
        stage.open().submit(submission(plan(node("a"))))
        await until_over(stage)

    asyncio.run(scene())

    assert [attempt.node for attempt in stage.workers.stopped] == ["a"]
    assert stage.gateway.open == set()


async def until_over(stage: Stage) -> None:
    """Wait until the run is over."""
    async with asyncio.timeout(120):
        while "finished" not in stage.types():
            await asyncio.sleep(0.01)


def test_workers_that_are_cut_off_end_and_what_needs_them_is_skipped(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        coordinator = stage.open()
        coordinator.submit(submission(plan(node("a"), node("b", "a"))))
        await settled()
        coordinator.cut_off("the port was taken")
        await settled()

    stage = play(tmp_path, scene)

    assert stage.types() == ["submitted", "started", "ended", "skipped", "finished"]
    assert getattr(stage.runs.runs[RUN].events[2], "outcome", "") == "stopped"


def test_a_run_that_was_moved_starts_first_also_after_it_was_adopted(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        coordinator = stage.open()
        coordinator.submit(submission(plan(node("a"))))
        for run, name in ((OTHER, "low"), (THIRD, "moved")):
            coordinator.submit(submission(plan(node(name)), run))
        assert coordinator.move(THIRD, ADA, 3)
        assert not coordinator.move(THIRD, ADA, 3)
        await settled()
        await coordinator.abandon()
        stage.workers = HeldWorkers()
        coordinator = stage.open()
        for run in (RUN, OTHER, THIRD):
            coordinator.adopt(run, stage.runs.plan(run), LAUNCH)
        await settled()
        stage.workers.let_go("a")
        await settled()
        # asked while the loop lives: when it closes, whoever still waits is let go
        assert stage.workers.at_work == ["moved"]
        await coordinator.abandon()

    play(tmp_path, scene, slots=1)
