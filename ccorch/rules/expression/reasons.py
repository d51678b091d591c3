"""Says in words which parts of an expression decided, with the values that were there."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from ccorch.rules.expression.facts import Facts, Fan
from ccorch.rules.expression.judging import Span, Unknown, scopes, truth, value
from ccorch.rules.expression.renaming import renamed
from ccorch.rules.expression.tree import (
    And,
    Compare,
    Constant,
    Each,
    Expression,
    Not,
    OneOf,
    Or,
    Term,
    quoted,
    read_by,
    spelled,
)
from ccorch.rules.plain import beginning, line

MOST_PARTS = 6
MOST_MEMBERS = 3
LONGEST_VALUE = 80


def why(term: Term, facts: Facts) -> str:
    """What decided, on one line; at most a handful of parts."""
    told = list(dict.fromkeys(islice(_reasons(term, facts), MOST_PARTS + 1)))
    more = ["and more"] if len(told) > MOST_PARTS else []
    return "; ".join((*told[:MOST_PARTS], *more))


def _reasons(term: Term, facts: Facts) -> Iterator[str]:
    match term:
        case Not(part=part):
            yield from _reasons(part, facts)
        case And(parts=parts) | Or(parts=parts):
            held = truth(term, facts)
            for part in parts:
                if truth(part, facts) is held:
                    yield from _reasons(part, facts)
        case Each(word="all" | "any"):
            yield _of_members(term, facts)
        case Compare() | OneOf():
            yield _compared(term, facts)
        case _:
            yield _is(term, facts)


def _of_members(term: Each, facts: Facts) -> str:
    held = truth(term, facts)
    members = scopes(term.body, facts) or {}
    deciding = [member for member, scope in members.items() if truth(term.body, scope) is held]
    if not deciding:
        return f"{_short(spelled(term))}: {_nobody(term, facts)}"
    told = "; ".join(
        reason
        for member in deciding[:MOST_MEMBERS]
        for reason in islice(_reasons(*_named(term.body, member, facts)), MOST_PARTS)
    )
    more = f"; and {len(deciding) - MOST_MEMBERS} more" if len(deciding) > MOST_MEMBERS else ""
    return f"{len(deciding)} of {len(members)} members: {told}{more}"


def _nobody(term: Each, facts: Facts) -> str:
    lost = [name for name in read_by(term.body) if name not in facts]
    return f"nothing is known of {', '.join(lost)}" if lost else "there are no members"


def _named(body: Term, member: str, facts: Facts) -> tuple[Term, Facts]:
    """What is said of a member, with its own id in the fan-out's place."""
    fan = next(name for name in read_by(body) if isinstance(facts.get(name), Fan))
    scope = (scopes(body, facts) or {})[member]
    return renamed(Expression(body), {fan: member}).root, {**scope, member: scope[fan]}


def _compared(term: Compare | OneOf, facts: Facts) -> str:
    subject, other = _sides(term)
    said = _is(subject, facts)
    if isinstance(value(subject, facts), Unknown):
        return said
    if other is not None and not isinstance(other, Constant):
        said = f"{said} and {_is(other, facts)}"
    expected = _expected(term, other)
    match truth(term, facts), term:
        case True, Compare(mark="=="):
            return said
        case True, Compare(mark="!="):
            return f"{said}, not {expected}"
        case False, Compare(mark="!="):
            return said
        case False, Compare(mark="=="):
            return f"{said}, not {expected}"
        case True, _:
            return f"{said}, which is {expected}"
        case False, _:
            return f"{said}, not {expected}"
        case _:
            return f"{said}; whether that is {expected} cannot be told"


def _sides(term: Compare | OneOf) -> tuple[Term, Term | None]:
    """What is spoken of, and what it is compared with."""
    if isinstance(term, OneOf):
        return term.value, None
    return (term.right, term.left) if isinstance(term.left, Constant) else (term.left, term.right)


def _expected(term: Compare | OneOf, other: Term | None) -> str:
    if isinstance(term, OneOf):
        return _short(f"in [{', '.join(spelled(choice) for choice in term.choices)}]")
    mark = _TURNED.get(term.mark, term.mark) if other is term.left else term.mark
    written = _short(spelled(other)) if other is not None else ""
    return written if mark in ("==", "!=") else f"{mark} {written}"


_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def _is(term: Term, facts: Facts) -> str:
    found = value(term, facts)
    if isinstance(found, Unknown):
        return f"{_short(spelled(term))} is not known: {_short(found.reason)}"
    return f"{_short(spelled(term))} is {shown(found)}"


def shown(found: Any) -> str:
    """A value for a reader: short, on one line, and without anything that could steer a terminal."""
    match found:
        case None | bool():
            return spelled(Constant(found))
        case str():
            # only so much is looked at, however long it is
            return quoted(_short(line(found[: LONGEST_VALUE * 10])))
        case int() if found.bit_length() > 128:
            return "a number of more than 128 bits"
        case int() | float():
            return repr(found)
        case Span(low=low, high=high):
            return f"between {low} and {high}"
        case list() | tuple():
            return f"a list of {len(found)}"
        case _:
            return "an object"


def _short(text: str) -> str:
    return beginning(text, LONGEST_VALUE)
