"""The queue says of each node that waits what it waits for, until when, and what somebody can type about it."""

import json
from pathlib import Path
from typing import Any

import pytest

from ccorch.schema.event import Ended, Event, PauseAsked, Reopened, Started, Submitted
from ccorch.schema.run import Launch, Submission
from tests.frontends.houses import RUN, Stage
from tests.plan_kit import node, plan

LATER = 2_000.0
LOST = Ended(node="a", attempt=1, passed=False, outcome="killed", reason="lost")
AGAIN = Reopened(nodes=("a",), by="retry", cause="lost", node="a", not_before=LATER)


def waiting(stage: Stage, *events: Event, slots: int = 4) -> list[Any]:
    """What waits in a run of two nodes after these events."""
    launch = Launch(project=str(stage.project), claude=None, environment={})
    dag = plan(node("a"), node("b", "a"), node("c"), max_concurrent=slots)
    stage.library.create(Submission(run=RUN, plan=dag, config={}, launch=launch, by="terminal"))
    for event in (Submitted(run=RUN, plan=dag.sha256, by="terminal"), *events):
        stage.library.append(RUN, event)
    return list(json.loads(stage.ccorch("queue", "ls", "--json").out)["waiting"])


@pytest.mark.parametrize(
    ("events", "slots", "told"),
    [
        ((), 4, {"a": "soon", "b": "dependency", "c": "soon"}),
        ((Started(node="a", attempt=1),), 1, {"b": "dependency", "c": "run slots"}),
        ((PauseAsked(by="terminal"),), 4, {"a": "paused", "b": "dependency", "c": "paused"}),
        ((Started(node="a", attempt=1), LOST, AGAIN), 4, {"a": "backoff", "b": "dependency", "c": "soon"}),
    ],
    ids=["nothing", "run slots", "paused", "backoff"],
)
def test_each_reason_is_told(tmp_path: Path, events: tuple[Event, ...], slots: int, told: dict[str, str]) -> None:
    assert {one["node"]: one["why"] for one in waiting(Stage(tmp_path), *events, slots=slots)} == told


def test_who_backs_off_is_told_with_the_time_and_who_is_paused_with_the_command(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    found = {one["node"]: one for one in waiting(stage, Started(node="a", attempt=1), LOST, AGAIN)}
    assert found["a"]["until"] == LATER
    assert "it is tried again at " in stage.ccorch("queue", "ls").out

    stage.library.append(RUN, PauseAsked(by="terminal"))
    assert f"`ccorch resume {RUN[:8]}`" in stage.ccorch("queue", "ls").out
    assert stage.ccorch("queue").out == stage.ccorch("queue", "ls").out


def test_what_nothing_drives_recovers_with_the_next_daemon(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.engine.alive = False
    assert {one["why"] for one in waiting(stage)} == {"no daemon", "dependency"}

    (run,) = json.loads(stage.ccorch("queue", "ls", "--json").out)["runs"]
    assert run["status"] == "recovering"
