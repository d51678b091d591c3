"""Promises of the overview: what needs somebody first, no run in half, and a digest within a thousand tokens."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ccorch.rules.next_step import Standing, next_step
from ccorch.schema.checkpoint import Checkpoint
from ccorch.schema.finding import Finding
from ccorch.schema.overview import Stand
from ccorch.schema.status import OVER, RunStatus
from ccorch.views.digest import short
from ccorch.views.overview import MOST_BRIEF, MOST_BYTES, overview, stand
from ccorch.views.summary import summary
from tests.plan_kit import node, plan

EMPTY = summary(plan(*(node(f"node-with-a-long-name-{n}") for n in range(9))), ())
STATES: tuple[RunStatus, ...] = ("queued", "running", "parked", "needs_rerun", *OVER)
NASTY = "ä\x1b[2J\u202e漢" * 300


def one(number: int, status: RunStatus, blocks: bool) -> Stand:
    run = f"{number:016x}"
    finding = Finding(code="secret_found", severity="critical", blocking=blocks, message=NASTY)
    nodes = tuple(each.model_copy(update={"status": "running", "tools": {NASTY: 3}}) for each in EMPTY.nodes)
    found = EMPTY.model_copy(update={"findings": (finding,) * 30, "nodes": nodes})
    step = next_step(Standing(run, status, found, 1.0, True, None, None))
    last = Checkpoint(number=1, seq=1, at=1.0, drift=short([NASTY] * 9))
    return stand(run, status, NASTY, found, step, last)


def crowd(count: int) -> list[Stand]:
    """Runs as they are met, each with an id of its own."""
    found = EMPTY.model_copy(update={"usd": 0.1234, "limit_usd": 5.0, "nodes": EMPTY.nodes[:3]})
    names = [f"{0x9E3779B97F4A7C15 * (number + 1) % 2**64:016x}" for number in range(count)]
    states = [STATES[number % len(STATES)] for number in range(count)]
    steps = [next_step(Standing(*at, found, 1.0, True, None, None)) for at in zip(names, states, strict=True)]
    task = "Audit the billing module for rounding errors and report them"
    return [stand(*at, task, found, step, None) for *at, step in zip(names, states, steps, strict=True)]


STANDS = st.builds(one, st.integers(0, 2**60), st.sampled_from(STATES), st.booleans())


@given(st.lists(STANDS, max_size=60), st.integers(0, 9999))
def test_a_digest_takes_a_thousand_tokens_and_leaves_out_whole_runs(stands: list[Stand], others: int) -> None:
    whole = overview("/p", stands, others, None, None)
    sent: Any = overview("/p", stands, others, None, MOST_BYTES).model_dump(mode="json")

    assert len(json.dumps(sent, ensure_ascii=False, separators=(",", ":")).encode()) / 4 <= 1000
    assert len(sent["runs"]) + sent.get("left_out", 0) == len(stands) == len(whole.runs)
    assert sent["runs"] == whole.model_dump(mode="json")["runs"][: len(sent["runs"])]
    assert bool(sent["runs"]) == bool(stands)
    brief = [run for runs in sent.get("brief", {}).values() for run in runs]
    assert len(brief) == min(sent.get("left_out", 0), MOST_BRIEF)


def test_of_twenty_runs_each_is_named_in_a_digest() -> None:
    sent: Any = overview("/p", crowd(20), 0, None, MOST_BYTES).model_dump(mode="json")

    named = [run["run_id"][:8] for run in sent["runs"]] + [run for runs in sent["brief"].values() for run in runs]
    assert (len(set(named)), len(sent["runs"]) >= 4) == (20, True)


@given(st.lists(STANDS, max_size=20))
def test_what_needs_somebody_stands_before_what_goes_on_by_itself(stands: list[Stand]) -> None:
    order = [run.next == "wait" for run in overview("/p", stands, 0, None, None).runs]

    assert order == sorted(order)


def test_what_there_is_nothing_to_say_of_is_left_out() -> None:
    said = stand("0" * 16, "queued", "x", EMPTY, next_step(Standing("0" * 16, "queued", EMPTY, 1.0, False)), None)

    assert set(said.model_dump()) == {"run_id", "status", "task", "nodes", "usd", "left_usd", "next", "why"}
