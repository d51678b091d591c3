"""Promises of automatic scores: each attempt, by its log, on the model that answered; the rest is left out."""

from typing import get_args

import pytest
from hypothesis import given

from ccorch.schema.event import Ended, Event, Found, Metered, ModelServed, Outcome, Reopened, Started
from ccorch.schema.experience import Quality
from ccorch.schema.finding import Finding
from ccorch.schema.plan import PlanGate
from ccorch.schema.workflow import Reopen
from ccorch.views.scores import ITS_OWN, scores
from tests.plan_kit import node, plan
from tests.views.logs import LOGS

PLAN = plan(
    node("a"), node("b"), node("c"), gates=(PlanGate(id="g", needs=("a",), on_fail=Reopen(reopen="a", max=2)),)
)
LEAK = Finding(code="secret_found", severity="critical", blocking=True, node="a", attempt=1, message="x")


def attempt(*more: Event, number: int = 1, outcome: Outcome = "done", model: str = "glm-5") -> list[Event]:
    return [
        Started(node="a", attempt=number),
        ModelServed(node="a", attempt=number, line=1, model=model),
        *more,
        Ended(node="a", attempt=number, passed=outcome in ("done", "refused"), outcome=outcome),
    ]


def told(*events: Event) -> list[Quality]:
    return list(scores("r", PLAN, events, 1.0))


def test_the_model_that_answered_is_scored_for_its_role() -> None:
    (one,) = told(*attempt())

    assert (one.model, one.role, one.node, one.attempt, one.score) == ("glm-5", "review", "a", 1, 100.0)


def test_what_was_noticed_and_what_it_took_counts_against_it() -> None:
    tokens = Metered(node="a", attempt=1, model="glm-5", input_tokens=50_001, output_tokens=1, usd=None, exact=True)

    assert told(*attempt(Found(finding=LEAK), tokens))[0].score == 100 - 30 - 10
    assert told(*attempt(outcome="no_handoff"))[0].score == 100 - 35 - 15 - 15


def test_an_attempt_that_a_gate_sent_back_has_not_solved_it() -> None:
    back = Reopened(nodes=("a",), by="g", cause="gate", node="g")
    first, second = told(*attempt(), back, *attempt(number=2, model="kimi"))

    assert (first.score, first.model, "sent back by g" in first.notes) == (50.0, "glm-5", True)
    assert (second.score, second.model) == (100.0, "kimi")


@pytest.mark.parametrize("outcome", sorted(set(get_args(Outcome)) - set(ITS_OWN)))
def test_money_accounts_stops_and_our_own_faults_say_nothing_of_a_model(outcome: Outcome) -> None:
    assert told(*attempt(outcome=outcome)) == []


@given(LOGS)
def test_whatever_a_log_holds_each_attempt_is_scored_once_within_bounds(log: list[Event]) -> None:
    found = told(*log)

    assert len({(one.node, one.attempt) for one in found}) == len(found)
    assert all(0 <= one.score <= 100 for one in found)
