"""The language of gates: what is a sentence of it, and what it is called when it is none."""

import sys
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ccorch.rules.expression import (
    Expression,
    ExpressionInvalid,
    Fan,
    Problem,
    all_of,
    evaluate,
    from_reference,
    names,
    parse,
    usual,
)
from ccorch.rules.expression.grammar import DEEPEST
from ccorch.rules.expression.tree import And, Compare, Constant, Not, OneOf, Or, Path, Term
from ccorch.rules.expression.words import LONGEST, MOST_WORDS
from tests.rules.expression_kit import ANY, SINGLES

PIECES = st.sampled_from(
    [
        *("and", "or", "not", "in", "all", "any", "count", "len", "node", "a", "b-c", "true", "null"),
        *("(", ")", "[", "]", ",", ".", "==", "<=", "!=", "=", " ", "\n", "\\", "\u202e"),
        *('"x"', "'y'", "1", "-2.5e3", '"'),
    ]
)


A, B, C = Path("a", ("x",)), Path("b", ()), Constant(-0.5)


@given(ANY)
@example(And((And((A, B)), C)))
@example(And((A, And((B, C)))))
@example(Or((A, Or((B, C)))))
@example(And((Or((A, B)), Not(And((A, Not(Not(B))))))))
@example(Compare(Compare(A, "<", C), "==", OneOf(Not(A), (C,))))
def test_a_term_is_read_as_it_is_spelled(term: Term) -> None:
    text = str(Expression(term))

    read = parse(text)

    assert read.root == term
    assert str(read) == text


@given(st.one_of(st.text(), st.lists(PIECES).map("".join), st.lists(PIECES).map(" ".join)))
@example("(" * LONGEST)
@example("not " * 400)
@example('node("\ud800").x')
@example('a.b == "\\ud800"')
@example('a.b == "\\U00110000"')
@example("a.b == 1e999")
@example("٣ == a.b")
def test_any_text_is_read_or_refused_with_its_columns(text: str) -> None:
    read, found = read_or_refused(text)

    assert read is None or parse(str(read)).root == read.root
    assert bool(found) == (read is None)
    assert all(1 <= problem.column <= len(text) + 1 and problem.message for problem in found)


def read_or_refused(text: str) -> tuple[Expression | None, tuple[Problem, ...]]:
    """The expression, or why there is none."""
    try:
        return parse(text), ()
    except ExpressionInvalid as refused:
        return None, refused.found


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("a.x==1   and b.y!='z'", 'a.x == 1 and b.y != "z"'),
        ("a.x == 1 or b.y == 2 and not c.z", "a.x == 1 or b.y == 2 and not c.z"),
        ("(a.x == 1 or b.y == 2) and c.z", "(a.x == 1 or b.y == 2) and c.z"),
        ("((a.x))", "a.x"),
        ("a.x not in ['p', 'q',]", None),
        ("a.x not in ['p', 'q']", 'not a.x in ["p", "q"]'),
        ('node("review").status == "pass"', 'review.status == "pass"'),
        ("node('a.b-c').status == \"pass\"", 'node("a.b-c").status == "pass"'),
        ('code-review.status == "it\'s \\"so\\"\\t\\u202e"', 'code-review.status == "it\'s \\"so\\"\\t\\u202e"'),
        ("-1 <= a.x", "-1 <= a.x"),
        ("all.x == any.y and node.z == len.q", "all.x == any.y and node.z == len.q"),
        ("count(fan.s == 'pass') >= 2", 'count(fan.s == "pass") >= 2'),
        ("a.x ==\n  2.50", "a.x == 2.5"),
    ],
)
def test_forms_of_the_language(text: str, spelled: str | None) -> None:
    if spelled is None:
        with pytest.raises(ExpressionInvalid):
            parse(text)
    else:
        assert str(parse(text)) == spelled


@pytest.mark.parametrize(
    ("text", "column", "says"),
    [
        ("", 1, "a value is missing"),
        ("a.x = 1", 5, "write == instead of ="),
        ("a.x == 1 && b.y", 10, "write and instead of &&"),
        ("a.x == 1 + 1", 10, "no arithmetic"),
        ("a.x < b.y < 3", 11, "do not chain"),
        ('a.x == "open', 8, "has no end"),
        ('a.x == "\\q"', 9, "means nothing"),
        ('a.x == "\\ud800"', 9, "means nothing"),
        ('a.x == "\\U00110000"', 9, "means nothing"),
        ("a.x == 1e999", 8, "too large"),
        ("(a.x", 5, ") is missing for the ( of column 1"),
        ("a.x == 1 b.y", 10, "join with and, or"),
        ("1a.x == 1", 1, 'node("1a")'),
        ("node(x).y", 6, "in quotes"),
        ("lower(a.x)", 1, "there is no lower()"),
        ("all(any(fan.x))", 5, "cannot stand within another"),
        ("a.x in (1, 2)", 8, "wants a list"),
        ("a.x in [b.y]", 9, "texts, numbers"),
        ("a. == 1", 4, "a field is missing"),
        ("a.__class__.x; import os", 14, "no meaning"),
        ("\u200ba.x", 1, "unseen letter U+200B"),
        ("a.x == '\u202e'", 9, "write \\u202e"),
        (f"{'(' * (DEEPEST + 1)}a.x{')' * (DEEPEST + 1)}", DEEPEST + 1, f"more than {DEEPEST}"),
        ("a.x == 1 or " * 200, LONGEST + 1, "too long"),
        (f"a.x in [{'1,' * 400}1]", 2 * MOST_WORDS - 1, "too many"),
    ],
)
def test_a_text_that_is_none_is_refused_where_it_goes_wrong(text: str, column: int, says: str) -> None:
    with pytest.raises(ExpressionInvalid) as refused:
        parse(text)

    assert refused.value.found[0].column == column or "too many" in says
    assert says in refused.value.found[0].message


def test_all_foreign_signs_are_told_at_once() -> None:
    with pytest.raises(ExpressionInvalid) as refused:
        parse("a.x = 1 && !b.y")

    assert [problem.message for problem in refused.value.found] == [
        f"write {instead} instead of {written}" for written, instead in (("=", "=="), ("&&", "and"), ("!", "not"))
    ]


def test_the_nodes_that_are_read_are_named_once_in_order() -> None:
    expression = parse('b.x == 1 and len(a.y) > 0 or all(fan.s == "pass" and b.z in ["q"])')

    assert names(expression) == ("b", "a", "fan")


@pytest.mark.parametrize("name", SINGLES)
def test_a_node_of_any_name_can_be_read(name: str) -> None:
    assert names(parse(str(usual([name])))) == (name,)


@pytest.mark.parametrize(
    ("pass_when", "conditions"),
    [
        (
            ['testing.status == "pass"', "review.blocking_count == 0"],
            ('testing.status == "pass"', "review.blocking_count == 0"),
        ),
        ("review.blocking_count==0", ("review.blocking_count == 0",)),
        (["testing.note == 'a\\b\"'"], ('testing.note == "a\\\\b\\""',)),
        (["lane.a.status == 'pass'"], ('node("lane.a").status == "pass"',)),
        (["quality_gate.status == 'done'"], ('quality_gate.state == "passed"',)),
        (["a.x <= 2 or b.y > 3"], ("a.x <= 2 or b.y > 3",)),
        ([], ()),
        (None, ()),
    ],
)
def test_the_older_spelling_is_translated(pass_when: str | list[str] | None, conditions: tuple[str, ...]) -> None:
    assert from_reference(pass_when) == conditions


def test_what_is_neither_spelling_is_refused() -> None:
    with pytest.raises(ExpressionInvalid, match="it''s"):
        from_reference(["testing.note == 'it''s'"])


def test_a_gate_that_judges_nothing_is_refused() -> None:
    with pytest.raises(ExpressionInvalid, match="nothing is judged"):
        usual([])


def test_conditions_together_keep_their_own_meaning() -> None:
    together = all_of([parse("a.x or b.y"), parse("c.z")])

    assert str(together) == "(a.x or b.y) and c.z"
    assert all_of([parse("a.x")]) == parse("a.x")


def test_the_usual_condition_speaks_of_members_and_of_what_may_be_passed_over() -> None:
    expression = usual(["a", "fan", "b"], fan_outs=["fan"], omittable=["b"])

    assert str(expression) == (
        'a.status == "pass" and all(fan.status == "pass") and (b.status == "pass" or b.state == "omitted")'
    )


def steps(work: Callable[[], object]) -> int:
    """How many calls it makes, of Python's functions and of those in C."""
    made = [0]

    def count(_frame: object, event: str, _argument: object) -> None:
        made[0] += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return made[0]


@pytest.mark.parametrize("piece", ["a.b == 1 and ", "a.b in [1, 2] or ", "a.b < 1 and not (c.d) or "])
def test_reading_takes_steps_in_proportion_to_the_words(piece: str) -> None:
    parse("a.b")
    few, many = (steps(lambda n=n: parse(f"{piece * n}a.b")) for n in (20, 40))  # type: ignore[misc]

    assert many < 2.2 * few


@pytest.mark.parametrize("text", ["all(fan.s == 'x')", "any(fan.s == 'y')", "count(fan.s == 'x' or fan.t) > 3"])
def test_judging_takes_steps_in_proportion_to_the_members(text: str) -> None:
    expression = parse(text)
    fans = [Fan({f"fan.{number}": {"s": "x"} for number in range(many)}) for many in (100, 200)]
    few, many = (steps(lambda fan=fan: evaluate(expression, {"fan": fan})) for fan in fans)  # type: ignore[misc]

    assert many < 2.2 * few
