"""Verdicts by Kleene's logic, and the words that say what decided."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccorch.rules.expression import Expression, Facts, Fan, evaluate, node_facts, parse
from ccorch.rules.expression.tree import And, Not, Or, Term
from ccorch.schema.handoff import check
from tests.rules.expression_kit import ANY, ANYTHING, NODES, PARTLY, RIGHT, facts, second_opinion

KNOWN: Facts = {
    "testing": {"status": "fail", "attempt": 2, "note": None, "ok": True},
    "review": {"status": "pass", "blocking_count": 2, "findings": [1, 2, 3], "ratio": 0.5},
    "gone": node_facts("skipped", 0),
    "fan": Fan({"fan.0": {"status": "pass"}, "fan.1": {"status": "fail"}, "fan.2": {}}),
    "empty": Fan({}),
}


def passed(term: Term, known: Facts) -> bool | None:
    """What is decided."""
    return evaluate(Expression(term), known).passed


@given(RIGHT, facts(PARTLY))
def test_the_verdict_is_that_of_a_naive_model(term: Term, known: Facts) -> None:
    assert passed(term, known) is second_opinion(term, known)


@given(RIGHT, RIGHT, RIGHT, facts(PARTLY))
def test_the_laws_of_kleene_hold(a: Term, b: Term, c: Term, known: Facts) -> None:
    def same(one: Term, other: Term) -> bool:
        return passed(one, known) is passed(other, known)

    assert same(Not(Not(a)), a)
    assert same(Not(And((a, b))), Or((Not(a), Not(b))))
    assert same(And((a, b, c)), And((And((c, b)), a)))
    assert same(Or((a, b, c)), Or((Or((c, b)), a)))
    assert same(And((a, Or((b, c)))), Or((And((a, b)), And((a, c)))))
    assert same(And((a, a)), a)
    assert same(Or((a, And((a, b)))), a)


@given(RIGHT, facts(PARTLY), st.data())
def test_what_is_learnt_later_never_turns_a_verdict(term: Term, known: Facts, data: st.DataObject) -> None:
    def learnt(node: dict[str, Any]) -> dict[str, Any]:
        return {**data.draw(NODES), **{name: value for name, value in node.items() if value is not None}}

    later: Facts = {
        name: Fan({m: learnt(dict(one)) for m, one in node.members.items()})
        if isinstance(node, Fan)
        else learnt(dict(node))
        for name, node in known.items()
    }
    if "null" not in str(Expression(term)) and passed(term, known) is not None:
        assert passed(term, later) is passed(term, known)


@given(ANY, st.one_of(facts(ANYTHING), facts(PARTLY)))
def test_no_term_and_no_facts_raise_anything(term: Term, known: Facts) -> None:
    verdict = evaluate(Expression(term), known)

    assert verdict.why
    assert verdict.why.isprintable()
    assert len(verdict.why) < 5000


@pytest.mark.parametrize(
    ("text", "holds", "why"),
    [
        (
            'testing.status == "pass" and review.blocking_count == 0',
            False,
            'testing.status is "fail", not "pass"; review.blocking_count is 2, not 0',
        ),
        ('testing.status == "pass" or review.status == "pass"', True, 'review.status is "pass"'),
        ('not testing.status == "pass"', True, 'testing.status is "fail", not "pass"'),
        ('testing.status != "pass"', True, 'testing.status is "fail", not "pass"'),
        ('review.status != "pass"', False, 'review.status is "pass"'),
        ("review.blocking_count <= 1", False, "review.blocking_count is 2, not <= 1"),
        ("3 > review.blocking_count", True, "review.blocking_count is 2, which is < 3"),
        ("len(review.findings) == 3", True, "len(review.findings) is 3"),
        ("review.ratio >= 0.5", True, "review.ratio is 0.5, which is >= 0.5"),
        (
            "testing.attempt == review.blocking_count",
            True,
            "testing.attempt is 2 and review.blocking_count is 2",
        ),
        ('testing.status in ["pass", "blocked"]', False, 'testing.status is "fail", not in ["pass", "blocked"]'),
        ("testing.ok", True, "testing.ok is true"),
        ("testing.note == null", True, "testing.note is null"),
        ('testing.note == "x"', None, 'testing.note is null; whether that is "x" cannot be told'),
        ('gone.status == "pass"', None, "gone.status is not known: gone was skipped and has no status"),
        ('nobody.status == "pass"', None, "nobody.status is not known: nothing is known of nobody"),
        ('testing.attempt == "2"', None, 'testing.attempt is 2; whether that is "2" cannot be told'),
        ("testing.ok == 1", None, "testing.ok is true; whether that is 1 cannot be told"),
        (
            'all(fan.status == "pass")',
            False,
            '1 of 3 members: node("fan.1").status is "fail", not "pass"',
        ),
        ('any(fan.status == "pass")', True, '1 of 3 members: node("fan.0").status is "pass"'),
        ('count(fan.status == "pass") >= 1', True, 'count(fan.status == "pass") is between 1 and 2, which is >= 1'),
        ('count(fan.status == "pass") >= 3', False, 'count(fan.status == "pass") is between 1 and 2, not >= 3'),
        (
            'count(fan.status == "pass") == 2',
            None,
            'count(fan.status == "pass") is between 1 and 2; whether that is 2 cannot be told',
        ),
        ('all(empty.status == "pass")', None, 'all(empty.status == "pass"): there are no members'),
        ('any(empty.status == "pass")', False, 'any(empty.status == "pass"): there are no members'),
        ('count(empty.status == "pass") == 0', True, 'count(empty.status == "pass") is 0'),
        ('all(lost.status == "pass")', None, 'all(lost.status == "pass"): nothing is known of lost'),
    ],
)
def test_the_words_name_what_decided(text: str, holds: bool | None, why: str) -> None:
    verdict = evaluate(parse(text), KNOWN)

    assert (verdict.passed, verdict.why) == (holds, why)


@pytest.mark.parametrize("mark", ["==", "!=", "<", "<=", ">", ">="])
def test_what_is_no_number_at_all_is_unknown(mark: str) -> None:
    assert evaluate(parse(f"a.x {mark} 1"), {"a": {"x": float("nan")}}).passed is None


def test_members_of_two_fan_outs_at_once_are_unknown() -> None:
    fans = {name: Fan({f"{name}.0": {"x": 1}}) for name in ("a", "b")}

    assert evaluate(parse("all(a.x == b.x)"), fans).passed is None
    assert evaluate(parse("count(a.x == b.x) < 9"), fans).passed is None


def test_what_a_worker_wrote_is_short_and_steers_nothing() -> None:
    known = {"a": {"x": "\x1b]0;title\x07\u202e" + "y\n" * 10_000, "n": 10**6000}}

    verdict = evaluate(parse('a.x == "z" or a.n == 1'), known)

    assert verdict.passed is False
    assert verdict.why.isprintable()
    assert len(verdict.why) < 200


def test_many_reasons_are_cut_to_a_handful() -> None:
    fan = Fan({f"fan.{number}": {"s": "no"} for number in range(500)})
    text = " and ".join(f"a.x{number} == 1" for number in range(50))

    verdict = evaluate(parse(f'all(fan.s == "yes") and {text}'), {"fan": fan, "a": {f"x{n}": 2 for n in range(50)}})

    assert "500 of 500 members" in verdict.why
    assert "and 497 more" in verdict.why
    assert verdict.why.endswith("; and more")


TESTED = {
    "schema_version": 1,
    "role": "testing",
    "status": "pass",
    "summary": "All pass.",
    "tests_run": [{"command": "pytest", "outcome": "passed"}],
    "failures": [],
    "coverage_gaps": [],
}


def test_a_handoff_gives_its_fields_and_counts() -> None:
    handoff, _ = check("testing", TESTED, "testing")

    known = {"testing": node_facts("passed", 1, "done", handoff)}

    text = 'testing.status == "pass" and testing.blocking_count == 0 and testing.failure_count == 0 and '
    assert evaluate(parse(f'{text} len(testing.tests_run) == 1 and testing.outcome == "done"'), known).passed


@pytest.mark.parametrize(
    ("state", "given", "status"),
    [
        ("passed", True, "pass"),
        ("passed", False, "pass"),
        ("failed", True, "fail"),
        ("failed", False, "fail"),
        ("skipped", False, None),
        ("omitted", False, None),
    ],
)
def test_a_claim_to_have_passed_counts_for_nothing_where_the_node_failed(
    state: Any, given: bool, status: str | None
) -> None:
    handoff, _ = check("testing", TESTED, "testing")

    assert node_facts(state, 1, None, handoff if given else None).get("status") == status
