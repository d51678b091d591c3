"""What an expression gets wrong about its nodes is found before anything runs, all at once."""

from typing import Literal

import pytest
from hypothesis import given

from ccorch.rules.expression import Expression, Facts, NodeType, Type, Types, check, evaluate, node_type, parse
from ccorch.rules.expression.tree import Term
from ccorch.rules.expression.types import COUNTS, type_of
from ccorch.schema.base import Many, Value
from ccorch.schema.handoff import CONTRACTS
from tests.rules.expression_kit import ANY, NODES, RIGHT, TYPES, facts

NODES_OF_A_PLAN: Types = {
    "testing": node_type("testing"),
    "review": node_type("review"),
    "supervisor": node_type("supervisor"),
    "gate": node_type(None),
    "fan": node_type("security", fan_out=True),
    "other": node_type("review", fan_out=True),
    "lane.a": node_type("ops"),
    "odd": NodeType({"inner": Type("object", fields={"size": Type("number", optional=True)})}),
}


@given(RIGHT, facts(NODES))
def test_what_is_found_right_is_always_decided_by_complete_facts(term: Term, known: Facts) -> None:
    assert check(Expression(term), TYPES) == ()
    note = "note" in str(Expression(term))
    assert note or evaluate(Expression(term), known).passed is not None


@given(ANY)
def test_whatever_can_be_read_can_be_checked(term: Term) -> None:
    text = str(Expression(term))

    problems = check(parse(text), TYPES)

    assert list(problems) == sorted(problems, key=lambda problem: problem.column)
    assert all(1 <= problem.column <= len(text) and problem.message for problem in problems)


@pytest.mark.parametrize(
    "text",
    [
        'testing.status == "pass" and review.blocking_count == 0',
        'gate.status == "pass" and gate.state == "passed"',
        'testing.outcome in ["done", "refused"] and testing.attempt < 3',
        "supervisor.confidence >= 0.8 or supervisor.confidence == 1",
        'all(fan.blocking_status == "clear") and count(fan.status == "pass") >= 2',
        "any(fan.attempt > review.attempt)",
        'node("lane.a").release_risk in ["low", "medium"]',
        "len(testing.failures) == testing.failure_count",
        "review.critical_count == 0 and review.high_count < 3",
        "odd.inner.size == null or odd.inner.size <= 3",
        'testing.status == review.status and testing.summary != "nothing"',
        "true",
    ],
)
def test_right_expressions(text: str) -> None:
    assert check(parse(text), NODES_OF_A_PLAN) == ()


@pytest.mark.parametrize(
    ("text", "column", "word", "guess", "says"),
    [
        ('testng.status == "pass"', 1, "testng", "testing", "there is no node 'testng'"),
        ('testing.statsu == "pass"', 9, "statsu", "status", "testing has no field 'statsu'"),
        ('testing.status == "Pass"', 19, "Pass", "pass", "Known: pass, fail, blocked, needs_repair"),
        ('testing.status == "passed"', 19, "passed", "pass", "how the node ended is testing.state"),
        ('"done" == testing.state', 1, "done", None, "Known: passed, omitted, failed, skipped"),
        ('testing.status in ["pass", "ok"]', 28, "ok", None, "never"),
        ('review.blocking_count == "0"', 26, '"0"', None, 'a whole number and never the text "0"'),
        ("testing.status == 1", 19, "1", None, "a text and never the number 1"),
        ('testing.status < "pass"', 1, "testing.status", None, "takes numbers only"),
        ("testing.status == null", 19, "null", None, "never null"),
        ("testing.role == review.role", 17, "review.role", None, "no value in common"),
        ("testing.status", 1, "testing.status", None, 'as in testing.status == "pass"'),
        ("testing", 1, "testing", None, "name one of its fields"),
        ("review.findings == 0", 1, "review.findings", None, "use len(review.findings)"),
        ("review.findings.severity == 1", 1, "review.findings.severity", None, "only len(review.findings)"),
        ("len(review.summary) > 1", 5, "review.summary", None, "len() takes a list"),
        ("testing.summary.x == 1", 1, "testing.summary.x", None, "is a text and has no field 'x'"),
        ("odd.inner == 1", 1, "odd.inner", None, "name one of its fields: size"),
        ("odd.inner.sise == 1", 11, "sise", "size", "odd.inner has no field"),
        ('lane.a.status == "pass"', 1, "lane", 'node("lane.a").status', "in quotes"),
        ('fan.status == "pass"', 1, "fan.status", None, "is a fan-out; say of which members"),
        ('all(testing.status == "pass")', 1, 'all(testing.status == "pass")', None, "fan-outs are fan, other"),
        ("any(fan.status == other.status)", 1, "any(fan.status == other.status)", None, "several fan-outs"),
        ('count(fan.status == "pass")', 1, 'count(fan.status == "pass")', None, "== 0"),
        ("1 == 1", 1, "1 == 1", None, "always says the same"),
        ('"a" in ["a"]', 1, '"a" in ["a"]', None, "always says the same"),
        ("testing.attempt in []", 1, "testing.attempt in []", None, "never holds"),
        ("True", 1, "True", None, "there is no node 'True'"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    text: str, column: int, word: str, guess: str | None, says: str
) -> None:
    problems = check(parse(text), NODES_OF_A_PLAN)

    assert any(
        (problem.column, problem.word) == (column, word)
        and says in problem.message
        and (guess or "") in problem.message
        for problem in problems
    ), problems


def test_everything_wrong_is_told_at_once() -> None:
    text = 'testng.status == "pass" and review.blocking_count == "0" or all(fan.staus == "pass") and gate.x == 1'

    problems = check(parse(text), NODES_OF_A_PLAN)

    assert [problem.word for problem in problems] == ["testng", '"0"', "staus", "x"]


@pytest.mark.parametrize("contract", CONTRACTS)
def test_every_contract_gives_its_fields_and_no_count_hides_one(contract: str) -> None:
    given = CONTRACTS[contract].model_fields
    fields = node_type(contract).fields

    assert set(given) <= set(fields)
    assert not set(given) & {*COUNTS, "state", "outcome", "attempt"}
    assert fields["blocking_count"].kind == "integer"
    assert fields["status"].members == ("pass", "fail", "blocked", "needs_repair")


class Measured(Value):
    """A noun with a field of every shape."""

    size: float | None = None
    kind: Literal["a", "b"] | None = None
    fixed: Literal["x"] = "x"
    done: bool = False
    entries: Many[str] = ()


def test_a_field_may_be_null_where_its_schema_says_so() -> None:
    schema = Measured.model_json_schema()

    assert type_of({"$ref": "#/$defs/Measured"}, {"Measured": schema}).fields == {
        "size": Type("number", optional=True),
        "kind": Type("string", ("a", "b"), optional=True),
        "fixed": Type("string", ("x",)),
        "done": Type("boolean"),
        "entries": Type("list"),
    }


def test_a_schema_that_gates_cannot_read_is_refused_when_it_is_written() -> None:
    with pytest.raises(TypeError, match="cannot read"):
        type_of({"anyOf": [{"type": "string"}, {"type": "integer"}]}, {})
