"""Judges an expression by what is known: it holds, it does not, or nobody can tell."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ccorch.rules.expression.facts import Facts, Fan
from ccorch.rules.expression.tree import (
    And,
    Compare,
    Constant,
    Each,
    Length,
    Mark,
    Not,
    OneOf,
    Or,
    Path,
    Term,
    read_by,
)


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody can tell the value."""

    reason: str
    """Why, in words."""


@dataclass(frozen=True, slots=True)
class Span:
    """A number between these two, each included."""

    low: float
    high: float


def truth(term: Term, facts: Facts) -> bool | None:
    """Whether it holds, by Kleene's logic; None when nobody can tell."""
    match term:
        case Not(part=part):
            return contrary(truth(part, facts))
        case And(parts=parts):
            return all_hold(truth(part, facts) for part in parts)
        case Or(parts=parts):
            return any_holds(truth(part, facts) for part in parts)
        case Compare(left=left, mark=mark, right=right):
            return _compared(left, mark, right, facts)
        case OneOf(value=inner, choices=choices):
            return any_holds([_compared(inner, "==", choice, facts) for choice in choices])
        case Each(word="all", body=body):
            members = scopes(body, facts)
            # of nobody nothing can be said: an empty fan-out has done no work that could pass
            return all_hold(truth(body, scope) for scope in members.values()) if members else None
        case Each(word="any", body=body):
            members = scopes(body, facts)
            return None if members is None else any_holds(truth(body, scope) for scope in members.values())
        case _:
            found = value(term, facts)
            return found if isinstance(found, bool) else None


def value(term: Term, facts: Facts) -> Any:
    """What a term stands for; Unknown when nobody can tell."""
    match term:
        case Constant(value=written):
            return written
        case Path():
            return _looked_up(term, facts)
        case Length(path=path):
            found = _looked_up(path, facts)
            if isinstance(found, Unknown):
                return found
            return len(found) if isinstance(found, list | tuple) else Unknown("it is no list")
        case Each(word="count", body=body):
            members = scopes(body, facts)
            return Unknown("it has no members") if members is None else _count(body, members)
        case _:
            held = truth(term, facts)
            return Unknown("it cannot be told") if held is None else held


def scopes(body: Term, facts: Facts) -> Mapping[str, Facts] | None:
    """What is known for each member of the one fan-out that is spoken of; None where there is not one."""
    read = {name: facts[name] for name in read_by(body) if name in facts}
    fans = [(name, found) for name, found in read.items() if isinstance(found, Fan)]
    if len(fans) != 1:
        return None
    ((fan, found),) = fans
    return {member: {**read, fan: known} for member, known in found.members.items()}


def contrary(held: bool | None) -> bool | None:
    """What not makes of it."""
    return None if held is None else not held


def all_hold(held: Iterable[bool | None]) -> bool | None:
    """What and makes of it: one that does not hold decides."""
    found = set(held)
    return False if False in found else None if None in found else True


def any_holds(held: Iterable[bool | None]) -> bool | None:
    """What or makes of it: one that holds decides."""
    found = set(held)
    return True if True in found else None if None in found else False


def _looked_up(path: Path, facts: Facts) -> Any:
    found: Any = facts.get(path.node)
    if found is None:
        return Unknown(f"nothing is known of {path.node}")
    if isinstance(found, Fan):
        return Unknown(f"{path.node} is a fan-out")
    for name in path.fields:
        if not isinstance(found, Mapping) or name not in found:
            return Unknown(f"{path.node} {_ENDS.get(_state(facts, path.node), '')}has no {name}")
        found = found[name]
    return found


_ENDS = {"skipped": "was skipped and ", "omitted": "was passed over and ", "failed": "failed and "}


def _state(facts: Facts, node: str) -> str:
    known = facts.get(node)
    return str(known.get("state")) if isinstance(known, Mapping) else ""


def _count(body: Term, members: Mapping[str, Facts]) -> Any:
    held = [truth(body, scope) for scope in members.values()]
    sure = held.count(True)
    return Span(sure, sure + held.count(None)) if None in held else sure


def _compared(left: Term, mark: Mark, right: Term, facts: Facts) -> bool | None:
    one, other = value(left, facts), value(right, facts)
    if isinstance(one, Unknown) or isinstance(other, Unknown):
        return None
    if Constant(None) in (left, right) and mark in ("==", "!="):
        return ((one is None) == (other is None)) == (mark == "==")
    match mark:
        case "==":
            return _equal(one, other)
        case "!=":
            return contrary(_equal(one, other))
        case "<":
            return _less(one, other)
        case ">":
            return _less(other, one)
        case "<=":
            return contrary(_less(other, one))
        case ">=":
            return contrary(_less(one, other))


def _equal(one: Any, other: Any) -> bool | None:
    a, b = _span(one), _span(other)
    if a and b:
        if a.high < b.low or b.high < a.low:
            return False
        return True if a.low == a.high == b.low == b.high else None
    # true is no 1, and a text is no number
    if type(one) is type(other) and isinstance(one, str | bool):
        return bool(one == other)
    return None


def _less(one: Any, other: Any) -> bool | None:
    a, b = _span(one), _span(other)
    if not a or not b:
        return None
    if a.high < b.low:
        return True
    return False if a.low >= b.high else None


def _span(found: Any) -> Span | None:
    if isinstance(found, Span):
        return found
    is_number = isinstance(found, int | float) and not isinstance(found, bool)
    return Span(found, found) if is_number else None
