"""Promises of the digest: short whatever happened, in one line each, and nothing that steers a terminal."""

import json

from hypothesis import given
from hypothesis import strategies as st

from ccorch.rules.next_step import Standing, next_step
from ccorch.rules.plain import line
from ccorch.schema.digest import Digest, News
from ccorch.schema.event import Ended, Event, Finished, Found, Noted, Reopened, Skipped, Started, ToolCalled
from ccorch.schema.finding import Finding
from ccorch.views.digest import LONGEST, MOST, news
from ccorch.views.summary import summary
from tests.plan_kit import node, plan
from tests.views.logs import LOGS, numbered

PLAN = plan(node("a"), node("b"), node("c"))
NASTY = "\x1b]0;owned\x07 \u202eabc\u2066\n\x00 ändert " + "x" * 4000


def told(log: list[Event], since: int | None) -> News:
    found = summary(PLAN, log)
    step = next_step(Standing("0123456789abcdef", "running", found, 1.0, False))
    events = None if since is None else log[since:]
    return news("0123456789abcdef", "running", found, events, [NASTY] * 30, step)


@given(LOGS, st.none() | st.integers(0, 30))
def test_it_is_short_and_plain_after_any_log(log: list[Event], since: int | None) -> None:
    worst = [Found(finding=Finding(code="x", severity="low", blocking=False, message=NASTY))] * 40
    worst += [Ended(node="a", attempt=1, passed=False, outcome="failed", reason=NASTY)] * 40
    said = told(numbered([*log, *worst]), since)

    for sentences in (said.working, said.ended, said.found, said.decided, said.changed):
        assert len(sentences) <= MOST + 1
        assert all(len(one) <= LONGEST and one == line(one) for one in sentences)
    assert len(json.dumps(Digest(runs=(said,)).model_dump(mode="json")).encode()) < 12_000


@given(LOGS, st.integers(0, 30), st.integers(0, 30))
def test_two_looks_tell_together_what_one_would(log: list[Event], first: int, second: int) -> None:
    begin, middle = sorted((first, second))
    whole, before, after = told(log, begin), told(log[:middle], begin), told(log, middle)

    for name in ("ended", "decided"):
        one, parts = getattr(whole, name), (*getattr(before, name), *getattr(after, name))
        assert len(one) > MOST or one == parts


def test_what_happened_is_named_by_what_it_means() -> None:
    log = numbered(
        [
            Started(node="a", attempt=1),
            ToolCalled(node="a", attempt=1, line=1, tool="Grep", target="x"),
            Ended(node="a", attempt=1, passed=False, outcome="stalled", reason="nothing was heard"),
            Reopened(nodes=("a",), by="retry", cause="failed", node="a"),
            Skipped(node="b", reason="a failed"),
            Noted(by="mcp", who="codex", text="look"),
            Finished(status="failed"),
        ]
    )
    said = told(log, 1)

    assert said.ended == ("a failed: stalled: nothing was heard", "b skipped: a failed")
    assert said.decided == ("a: a is tried again after it failed", "noted from mcp (codex): “look”")
    assert said.nodes == {"waiting": 2, "skipped": 1}


def test_nothing_new_takes_a_few_bytes_and_one_run_needs_no_list() -> None:
    one = told([], None)

    assert len(json.dumps(Digest(timed_out=True, quiet=9).model_dump(mode="json"))) < 25
    assert Digest(runs=(one,), cursor="c").model_dump(mode="json")["run_id"] == one.run_id
    assert len(Digest(runs=(one, one), quiet=1, cursor="c").model_dump(mode="json")["runs"]) == 2
