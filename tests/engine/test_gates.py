"""Promises of the coordinator about gates, conditions, answers, pauses and tries by itself."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from ccorch.engine.coordinator import Coordinator
from ccorch.errors import RunStateConflict
from ccorch.ports import Ending
from ccorch.rules.progress import reopening
from ccorch.schema.event import Answered, Reopened
from ccorch.schema.plan import Plan, PlanGate
from ccorch.schema.policy import Retries
from ccorch.schema.role import Role
from ccorch.schema.workflow import Approval, Reopen
from tests.engine.test_coordinator import LAUNCH, RUN, Stage, play, settled, submission
from tests.plan_kit import ADA, node, plan

TESTER = Role(name="testing", summary="Tries.", prompt="Try.", handoff="testing")
PASSES = {
    "schema_version": 1,
    "role": "testing",
    "status": "pass",
    "summary": "All fine.",
    "tests_run": [],
    "failures": [],
    "coverage_gaps": [],
}
FAILS = {**PASSES, "status": "fail", "failures": [{"title": "add is wrong", "detail": "it subtracts"}]}


def gate(*needs: str, **more: Any) -> PlanGate:
    return PlanGate(id="g", needs=needs, **more)


def judged() -> Plan:
    judge = gate("try", pass_when=('try.status == "pass"',), on_fail=Reopen(reopen="make", max=1))
    return plan(node("make"), node("try", "make", role=TESTER), node("tell", "g"), gates=(judge,))


def asks(**more: Any) -> Plan:
    approval = Approval(question="Go on?", **more)
    return plan(node("a"), node("b", "g"), gates=(gate("a", approval=approval),))


def of(stage: Stage, kind: str) -> list[Any]:
    return [event for event in stage.runs.runs[RUN].events if event.type == kind]


async def hand_over(stage: Stage, name: str, data: dict[str, Any]) -> None:
    stage.workers.let_go(name, Ending("done", handoff=data))
    await settled()


def test_a_gate_that_does_not_pass_has_the_work_done_again_and_tells_why(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        stage.open().submit(submission(judged()))
        await settled()
        stage.workers.let_go("make")
        await settled()
        await hand_over(stage, "try", FAILS)
        stage.workers.let_go("make")
        await settled()
        await hand_over(stage, "try", PASSES)
        stage.workers.let_go("tell")
        await settled()

    stage = play(tmp_path, scene)

    assert of(stage, "finished")[0].status == "done"
    assert [order.id.node for order in stage.workers.orders] == ["make", "try", "make", "try", "tell"]
    again = of(stage, "reopened")[0]
    assert (again.by, again.cause, again.nodes) == ("g", "gate", ("make", "try", "g"))
    told = "\n".join(block.text or "" for block in stage.workers.orders[2].blocks)
    assert "was not accepted" in told
    assert "add is wrong" in told


def test_a_gate_reopens_no_more_often_than_it_may(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        stage.open().submit(submission(judged()))
        await settled()
        for _ in range(2):
            stage.workers.let_go("make")
            await settled()
            await hand_over(stage, "try", FAILS)

    stage = play(tmp_path, scene)

    assert len(of(stage, "reopened")) == 1
    assert of(stage, "finished")[0].status == "failed"
    assert of(stage, "skipped")[0].reason == "g was failed"


def test_what_nobody_can_tell_does_not_pass(tmp_path: Path) -> None:
    judge = gate("try", pass_when=('try.status == "pass"',))

    async def scene(stage: Stage) -> None:
        stage.open().submit(submission(plan(node("try", role=TESTER), gates=(judge,))))
        await settled()
        stage.workers.let_go("try", Ending("done", answer="no handoff at all"))
        await settled()

    stage = play(tmp_path, scene)

    assert of(stage, "finished")[0].status == "failed"


def test_an_approval_waits_without_a_slot_and_goes_on_as_it_is_answered(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        coordinator = stage.open()
        coordinator.submit(submission(asks()))
        await settled()
        stage.workers.let_go("a")
        await settled()
        assert stage.workers.at_work == []
        for wrong in (answer("maybe"), answer("approve", attempt=2), answer("approve", gate="a")):
            with pytest.raises(RunStateConflict):
                coordinator.answer(RUN, wrong)
        coordinator.answer(RUN, answer("approve"))
        with pytest.raises(RunStateConflict):
            coordinator.answer(RUN, answer("reject"))
        await settled()
        stage.workers.let_go("b")
        await settled()

    stage = play(tmp_path, scene)

    assert of(stage, "finished")[0].status == "done"
    assert len(of(stage, "answered")) == 1


def answer(choice: str, attempt: int = 1, gate: str = "g") -> Answered:
    return Answered(node=gate, attempt=attempt, choice=choice, by="terminal", reason="looks good")


def test_the_deadline_answers_when_nobody_does_also_after_a_new_start(tmp_path: Path) -> None:
    dag = asks(deadline_seconds=1, default="reject")

    async def scene(stage: Stage) -> None:
        first = stage.open()
        first.submit(submission(dag))
        await settled()
        stage.workers.let_go("a")
        await settled()
        await first.abandon()
        # the log's clock stands near 0, so its deadline has passed long ago
        stage.open().adopt(RUN, dag, LAUNCH)
        while not of(stage, "finished"):
            await asyncio.sleep(0)

    stage = play(tmp_path, scene)

    assert of(stage, "answered")[0].by == "deadline"
    assert of(stage, "finished")[0].status == "failed"


def test_stopping_ends_a_gate_that_waits(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        coordinator = stage.open()
        coordinator.submit(submission(asks()))
        await settled()
        stage.workers.let_go("a")
        await settled()
        coordinator.stop(RUN, ADA, "enough")

    stage = play(tmp_path, scene)

    assert of(stage, "finished")[0].status == "cancelled"


def test_a_condition_that_does_not_hold_passes_over_the_node_and_holds_up_nobody(tmp_path: Path) -> None:
    dag = plan(node("try", role=TESTER), node("mend", "try", when='try.status == "fail"'), node("tell", "mend"))

    async def scene(stage: Stage) -> None:
        stage.open().submit(submission(dag))
        await settled()
        await hand_over(stage, "try", PASSES)
        stage.workers.let_go("tell")
        await settled()

    stage = play(tmp_path, scene)

    assert [order.id.node for order in stage.workers.orders] == ["try", "tell"]
    assert of(stage, "omitted")[0].node == "mend"
    assert of(stage, "finished")[0].status == "done"


def test_a_failed_reader_is_tried_again_as_often_as_the_policy_says_and_its_backoff_takes_no_slot(
    tmp_path: Path,
) -> None:
    retries = Retries(lost=1, failed_reading=1, backoff_seconds=3600)
    dag = plan(node("a"), node("b"), max_concurrent=1)
    dag = dag.model_copy(update={"limits": dag.limits.model_copy(update={"retries": retries})})

    async def scene(stage: Stage) -> None:
        stage.open().submit(submission(dag))
        await settled()
        stage.workers.let_go("a", Ending("killed", "gone"))
        await settled()
        assert stage.workers.at_work == ["b"]
        stage.workers.let_go("b", Ending("auth_failed", "no"))
        await settled()

    stage = play(tmp_path, scene)

    (again,) = of(stage, "reopened")
    assert (again.nodes, again.cause, again.by) == (("a",), "lost", "retry")
    assert again.not_before > 3000
    assert not of(stage, "finished")


def test_retries_come_to_an_end(tmp_path: Path) -> None:
    retries = Retries(lost=2, failed_reading=1, backoff_seconds=0)
    dag = plan(node("a"))
    dag = dag.model_copy(update={"limits": dag.limits.model_copy(update={"retries": retries})})

    async def scene(stage: Stage) -> None:
        stage.open().submit(submission(dag))
        await settled()
        for outcome in ("killed", "failed", "killed", "failed"):
            stage.workers.let_go("a", Ending(outcome, "again"))  # type: ignore[arg-type]
            await settled()

    stage = play(tmp_path, scene)

    assert [event.cause for event in of(stage, "reopened")] == ["lost", "failed", "lost"]
    assert of(stage, "finished")[0].status == "failed"


def test_a_paused_run_starts_nothing_until_it_is_resumed(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        coordinator = stage.open()
        coordinator.submit(submission(plan(node("a"), node("b", "a"))))
        await settled()
        assert coordinator.pause(RUN, ADA, "wait")
        assert not coordinator.pause(RUN, ADA, "again")
        stage.workers.let_go("a")
        await settled()
        assert stage.workers.at_work == []
        assert coordinator.resume(RUN, ADA)
        assert not coordinator.resume(RUN, ADA)
        await settled()
        stage.workers.let_go("b")
        await settled()

    stage = play(tmp_path, scene)

    assert of(stage, "finished")[0].status == "done"


def test_work_that_somebody_wants_done_again_is_ended_before_it_begins_anew(tmp_path: Path) -> None:
    dag = plan(node("a"), node("b", "a"))

    async def scene(stage: Stage) -> None:
        coordinator = stage.open()
        coordinator.submit(submission(dag))
        await settled()
        stage.workers.let_go("a")
        await settled()
        coordinator.reopen(RUN, Reopened(nodes=reopening(dag, "a"), by="terminal"))
        await settled()
        assert [str(attempt) for attempt in stage.workers.stopped] == [f"{RUN}/b/1"]
        await finish(stage, coordinator)

    stage = play(tmp_path, scene)

    kinds = [(event.type, getattr(event, "node", None)) for event in stage.runs.runs[RUN].events]
    assert kinds.index(("ended", "b")) < kinds.index(("reopened", None)) < kinds.index(("finished", None))
    assert [event.attempt for event in of(stage, "started") if event.node == "a"] == [1, 2]
    assert of(stage, "finished")[0].status == "done"


async def finish(stage: Stage, coordinator: Coordinator) -> None:
    while coordinator.live:
        for name in list(stage.workers.at_work):
            stage.workers.let_go(name)
        await asyncio.sleep(0)
