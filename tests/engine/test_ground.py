"""Promises of the ground: a record of a change that somebody has tampered with is named, and is no bug of ours."""

import asyncio
import json
from pathlib import Path

import pytest

from ccorch.engine.change import keep
from ccorch.engine.ground import change_of
from ccorch.engine.result import keep_result
from ccorch.errors import RunCorrupt
from ccorch.ports import AttemptId, Ending
from ccorch.schema.event import Ended, Event
from ccorch.schema.plan import Plan
from tests.engine.test_coordinator import RUN, Stage, play, submission
from tests.fakes.outside import FlatWorktrees
from tests.fakes.runs import FakeRuns
from tests.plan_kit import node, plan

RECORD = "nodes/a/1/change.json"
WHOLE = {"base": "a" * 40, "commit": "b" * 40, "files": []}
TAMPERED = (b"", b"{}", b"[]", b"\xff", b'{"commit": 7}', json.dumps({**WHOLE, "commit": "--output=x"}).encode())


class TamperedRuns(FakeRuns):
    """Somebody writes into the folder right before the end of the first node is written."""

    content = b""

    def append(self, run: str, event: Event) -> Event:
        if isinstance(event, Ended) and event.node == "a":
            self.artifact(run, RECORD, self.content)
        return super().append(run, event)


def writers() -> Plan:
    made = plan(node("a", writes=True), node("b", "a", writes=True))
    return made.model_copy(update={"inputs": made.inputs.model_copy(update={"commit": "a" * 40})})


@pytest.mark.parametrize("content", TAMPERED)
def test_a_tampered_record_is_named_by_who_stands_on_it_and_in_the_result(tmp_path: Path, content: bytes) -> None:
    async def scene(stage: Stage) -> None:
        coordinator = stage.open()
        coordinator.submit(submission(writers()))
        async with asyncio.timeout(120):
            while coordinator.live:
                if "a" in stage.workers.at_work:
                    stage.workers.let_go("a", Ending("done"))
                await asyncio.sleep(0.001)

    runs = TamperedRuns()
    runs.content = content
    stage = play(tmp_path, scene, runs)

    (ended,) = (event for event in runs.runs[RUN].events if isinstance(event, Ended) and event.node == "b")
    assert (ended.outcome, RECORD in ended.reason, "bug" in ended.reason) == ("start_failed", True, False)
    with pytest.raises(RunCorrupt, match=RECORD):
        change_of(stage.runs, RUN, "a", 1)
    keep_result(RUN, writers(), tmp_path, FlatWorktrees(tmp_path), runs)
    result = json.loads(runs.read(RUN, "result.json") or b"")
    assert (result["commit"], RECORD in result["problem"]) == (None, True)


@pytest.mark.parametrize(("looked_at", "told"), [({}, ()), ({"newest": "1"}, ()), ({"HEAD": "x"}, None)])
def test_a_checkout_that_an_earlier_version_has_looked_at_counts_as_not_looked_at(
    tmp_path: Path, looked_at: dict[str, str], told: tuple[str, ...] | None
) -> None:
    runs, writer = FakeRuns(), AttemptId(RUN, "a", 1)
    runs.create(submission(writers()))
    runs.artifact(RUN, "nodes/a/1/checkout.json", json.dumps(looked_at).encode())

    keep(tmp_path, writer, "a" * 40, FlatWorktrees(tmp_path), runs)

    assert change_of(runs, RUN, "a", 1).checkout == told
