"""The same expression about nodes of other names."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from ccorch.rules.expression.tree import And, Compare, Each, Expression, Length, Not, OneOf, Or, Path, Term

Meant = Callable[[Path], Path]
"""What a mention of a field means elsewhere."""


def renamed(expression: Expression, names: Mapping[str, str]) -> Expression:
    """The expression with these nodes called otherwise; others keep their names."""
    return meant(expression, lambda path: replace(path, node=names.get(path.node, path.node)))


def meant(expression: Expression, of: Meant) -> Expression:
    """The expression with every mention of a field as it is meant."""
    return Expression(_meant(expression.root, of))


def _meant(term: Term, of: Meant) -> Term:
    match term:
        case Path():
            return of(term)
        case Length(path=path):
            return replace(term, path=of(path))
        case Compare(left=left, right=right):
            return replace(term, left=_meant(left, of), right=_meant(right, of))
        case OneOf(value=inner):
            return replace(term, value=_meant(inner, of))
        case Not(part=inner):
            return replace(term, part=_meant(inner, of))
        case Each(body=inner):
            return replace(term, body=_meant(inner, of))
        case And(parts=parts) | Or(parts=parts):
            return replace(term, parts=tuple(_meant(part, of) for part in parts))
        case _:
            return term
