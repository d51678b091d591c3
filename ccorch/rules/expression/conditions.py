"""Expressions that nobody wrote in this language: several at once, a gate's usual one, and the older spelling."""

import re
from collections.abc import Collection, Sequence

from ccorch.rules.expression.grammar import parse
from ccorch.rules.expression.problems import ExpressionInvalid, Problem
from ccorch.rules.expression.tree import And, Compare, Constant, Each, Expression, Or, Path, Term


def all_of(expressions: Sequence[Expression]) -> Expression:
    """One expression that holds when all of these hold; raises ExpressionInvalid where there are none."""
    roots = tuple(expression.root for expression in expressions)
    if not roots:
        raise ExpressionInvalid("", (Problem(1, "", "without conditions and without needs nothing is judged"),))
    return Expression(And(roots)) if len(roots) > 1 else Expression(roots[0])


def usual(needs: Sequence[str], *, fan_outs: Collection[str] = (), omittable: Collection[str] = ()) -> Expression:
    """What a gate without conditions asks: that every need says pass, or was passed over where it may be."""
    return all_of([Expression(_passes(need, need in fan_outs, need in omittable)) for need in needs])


def from_reference(pass_when: str | Sequence[str] | None) -> tuple[str, ...]:
    """A gate's `pass_when` of a `schema_version: 1` workflow file as conditions of this language.

    There it is one condition or a list that must all hold, each `node.field == "text"`, `'text'` or digits, where
    the node's id may hold dots and a text has no escapes. What is spelled otherwise, there never true, is read as
    this language. Raises ExpressionInvalid for what is neither. None at all means the same in both: the usual one.
    """
    conditions = [pass_when] if isinstance(pass_when, str) else pass_when or ()
    return tuple(str(_translated(condition)) for condition in conditions)


_OLDER = re.compile(
    r"""\s*([A-Za-z0-9_.-]+)\.([A-Za-z_][A-Za-z0-9_]*)\s*==\s*(?:"([^"]*)"|'([^']*)'|([0-9]{1,18}))\s*"""
)
_OLDER_STATES = {"done": "passed", "failed": "failed", "skipped": "skipped"}
"""Where a node handed over nothing, its older `status` was its state."""


def _translated(condition: str) -> Expression:
    found = _OLDER.fullmatch(condition)
    if found is None:
        return parse(condition)
    node, field, double, single, digits = found.groups()
    text = double if double is not None else single
    wanted = int(digits) if digits is not None else text
    if field == "status" and wanted in _OLDER_STATES:
        return Expression(_is(node, "state", _OLDER_STATES[wanted]))
    return Expression(_is(node, field, wanted))


def _passes(need: str, is_fan_out: bool, is_omittable: bool) -> Term:
    passes: Term = _is(need, "status", "pass")
    if is_omittable:
        passes = Or((passes, _is(need, "state", "omitted")))
    return Each("all", passes) if is_fan_out else passes


def _is(node: str, field: str, wanted: str | int) -> Compare:
    return Compare(Path(node, (field,)), "==", Constant(wanted))
