"""Promises of a run's bill: work, work done again, verification and steering apart, and unknown stays unknown."""

from ccorch.schema.bill import Bill
from ccorch.schema.event import Ended, Event, Finished, Metered, Noted, Reopened, Rerouted, Started, Submitted
from ccorch.schema.plan import PlanGate
from ccorch.views.bill import bill
from tests.plan_kit import node, plan

PLAN = plan(
    node("build"),
    node("check", "build"),
    gates=(PlanGate(id="ok", needs=("check",)),),
    label="night",
)


def metered(name: str, attempt: int, usd: float | None, **more: object) -> Event:
    facts = {"model": "m", "input_tokens": 10, "output_tokens": 5, "exact": True, **more}
    return Metered(node=name, attempt=attempt, usd=usd, **facts)  # type: ignore[arg-type]


def told(*events: Event, of: Bill | None = None) -> Bill:
    begun = Submitted(run="0" * 16, plan=PLAN.sha256, by="terminal")
    numbered = [
        event.model_copy(update={"seq": at, "at": float(at)}) for at, event in enumerate((begun, *events), 1)
    ]
    return bill("0" * 16, PLAN, numbered, at=9.0, day="2026-08-01", project="/p", judgement="pass")


def test_work_done_again_and_verification_are_told_apart() -> None:
    made = told(
        Started(node="build", attempt=1),
        metered("build", 1, 0.10),
        Ended(node="build", attempt=1, passed=True),
        Started(node="check", attempt=1),
        metered("check", 1, 0.02),
        Reopened(nodes=("build", "check"), by="ok", cause="gate", node="ok"),
        Started(node="build", attempt=2),
        metered("build", 2, 0.05),
        Ended(node="build", attempt=2, passed=True),
        Started(node="check", attempt=2),
        metered("check", 2, 0.03),
        Ended(node="check", attempt=2, passed=True),
        Started(node="ok", attempt=1),
        Ended(node="ok", attempt=1, passed=True),
        Finished(status="done"),
    )

    spent = [part.nano_usd for part in (made.work, made.redone, made.verification)]
    assert spent == [100_000_000, 50_000_000, 50_000_000]
    assert (made.attempts, made.again, made.status, made.judgement) == (4, {"gate": 1}, "done", "pass")
    assert (made.task_class, made.label) == ("review", "night")


def test_unknown_money_and_a_plans_are_counted_and_not_taken_for_nothing() -> None:
    made = told(Started(node="build", attempt=1), metered("build", 1, None), metered("build", 1, None, plan=True))

    assert (made.work.unpriced, made.work.covered, made.work.nano_usd, made.status) == (1, 1, 0, "running")


def test_reports_of_a_controller_add_up_and_words_alone_are_none() -> None:
    made = told(
        Noted(by="mcp", text="only words"),
        Noted(by="mcp", controller_tokens=1000, controller_usd=0.1, controller_model="opus"),
        Noted(by="terminal", controller_tokens=5, controller_model="opus"),
    )

    spent = made.controller
    assert (spent.tokens, spent.nano_usd, spent.reports, spent.models) == (1005, 100_000_000, 2, ("opus",))
    assert (spent.unpriced, spent.uncounted) == (1, 0)


def test_attempts_on_a_declared_fallback_are_told_and_those_back_on_their_own_route_are_not() -> None:
    def to(way: int, profile: str) -> Event:
        return Rerouted(node="build", way=way, error="quota", left="x · y", profile=profile, model="m")

    made = told(
        to(1, "mine"),
        Started(node="build", attempt=1),
        Started(node="check", attempt=1),
        Started(node="build", attempt=2),
        to(0, "own"),
        Started(node="build", attempt=3),
    )

    assert made.escalations == ("build → mine/m", "build → mine/m")
