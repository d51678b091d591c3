"""Promises of rules/deciding.py and rules/scores.py: facts decide, and words do not."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from ccorch.rules.deciding import Facts, Word, heard, reviewed
from ccorch.rules.findings import DETECTORS
from ccorch.rules.scores import Work, score
from ccorch.schema.verdict import Check, Verdict

PASSED = Verdict(judgement="pass", checks=(Check(name="tests", judgement="pass", reason="0"),), at=1.0)
GOOD = Facts("r", True, PASSED, (), (("a", "pass"),))


def test_only_a_verified_run_without_objections_is_approved() -> None:
    secret = DETECTORS["secret_found"].found("x", node="a", attempt=1)
    warned = DETECTORS["repeated_search"].found("x", node="a", attempt=1)

    assert reviewed([GOOD], []).advice == "approve"
    assert reviewed([], []).advice == "revise"
    assert reviewed([GOOD], ["no.txt"]).advice == "revise"
    assert reviewed([replace(GOOD, verdict=PASSED.model_copy(update={"at": None}))], []).advice == "revise"
    assert reviewed([replace(GOOD, verdict=PASSED.model_copy(update={"judgement": "fail"}))], []).advice == "block"
    assert reviewed([replace(GOOD, is_over=False)], []).advice == "block"
    assert reviewed([replace(GOOD, findings=(secret,))], []).advice == "block"
    assert reviewed([replace(GOOD, findings=(warned,))], []).advice == "revise"
    assert reviewed([replace(GOOD, handoffs=(("a", "fail"),))], []).advice == "revise"


@given(st.sampled_from(["accept", "revise", "reject", None]), st.booleans(), st.booleans())
def test_a_supervisor_may_object_and_approves_nothing(said: str | None, is_over: bool, is_there: bool) -> None:
    rules = reviewed([replace(GOOD, is_over=is_over)], [] if is_there else ["no.txt"])
    told = heard(rules, Word("s", said, ("app.py:2 subtracts",)))

    order = ("approve", "revise", "block")
    assert order.index(told.advice) >= order.index(rules.advice)
    assert (told == rules) == (said == "accept")
    assert told.advice != "approve" or said == "accept"


def test_a_score_falls_with_what_is_known_and_stays_within_its_bounds() -> None:
    secret = DETECTORS["secret_found"].found("x")

    assert score(Work(True, (), 100)) == (100.0, "nothing against it")
    assert score(Work(True, (secret,), 100))[0] == 70
    assert score(Work(True, (), 60_000, solved=False, rework=False))[0] == 55
    assert score(Work(False, (secret,) * 9, 60_000, hallucination=True))[0] == 0
