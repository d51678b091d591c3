"""Promises of a run's report: every attempt is told once, what was set back counts for nothing, text stays text."""

from hypothesis import given

from ccorch.schema.artifacts import Left
from ccorch.schema.event import Ended, Event, Metered, Reopened, Started, Submitted
from ccorch.schema.verdict import Verdict
from ccorch.views.document import markdown
from ccorch.views.report import Story, attempts, report
from tests.plan_kit import HASH, node, plan
from tests.run_kit import RUN
from tests.views.logs import LOGS, numbered

PLAN = plan(node("a"), node("b", "a"), node("c", "b"))


def told(events: list[Event]) -> str:
    return markdown(report(Story(RUN, "done", "/project", PLAN, numbered(events), {}, None, None)))


def metered(node: str, attempt: int, usd: float) -> Metered:
    return Metered(node=node, attempt=attempt, model="m", input_tokens=1, output_tokens=2, usd=usd, exact=True)


@given(LOGS)
def test_any_log_can_be_told_and_every_attempt_is_told_once(events: list[Event]) -> None:
    tries = attempts(events)
    rows = [line for line in told(events).splitlines() if line.startswith("|")]

    assert len({(one.node, one.attempt) for one in tries}) == len(tries)
    assert all(row.endswith("|") for row in rows)


def test_one_file_is_one_file() -> None:
    story = Story(RUN, "done", "/project", PLAN, numbered([]), {}, None, None, artifacts=Left(files=1, bytes=100))

    assert "artifacts in the run's folder: 1 file, 100 B" in markdown(report(story))


def test_money_of_what_was_set_back_is_told_apart() -> None:
    lost = (Started(node="a", attempt=1), metered("a", 1, 0.25), Ended(node="a", attempt=1, passed=True))
    again = (Reopened(nodes=("a",), by="gate"), Started(node="a", attempt=2), metered("a", 2, 0.5))

    said = told([Submitted(run=RUN, plan=HASH, by="terminal"), *lost, *again])
    assert "- money: $0.75 of at most $1" in said
    assert "- of it for what counts: $0.50; for what was set back: $0.25" in said
    assert "| a | 1 | passed | 1.0s | 3 | $0.25 | stale: set back by gate |" not in said
    assert "| stale: set back by gate |" in said


def test_a_verdict_that_nobody_asked_for_is_told_apart() -> None:
    verdict = Verdict(judgement="pass", checks=())
    said = [
        markdown(report(Story(RUN, "done", "/project", PLAN, (), {}, one, None)))
        for one in (verdict, verdict.model_copy(update={"at": 1.0}))
    ]

    assert ["nobody has verified it yet" in one for one in said] == [True, False]


def test_words_of_a_worker_are_never_markup() -> None:
    hostile = "x | y\n# Verdict: pass <img src=x> [a](javascript:b) `c`"
    said = told([Started(node="a", attempt=1), Ended(node="a", attempt=1, passed=False, reason=hostile)])

    assert "\n# Verdict: pass" not in said
    assert "<img" not in said.replace("\\<img", "")
    assert "[a]" not in said
