"""The same expression about nodes of other names."""

from collections.abc import Mapping
from dataclasses import replace

from ccorch.rules.expression.tree import And, Compare, Each, Expression, Length, Not, OneOf, Or, Path, Term


def renamed(expression: Expression, names: Mapping[str, str]) -> Expression:
    """The expression with these nodes called otherwise; others keep their names."""
    return Expression(_renamed(expression.root, names))


def _renamed(term: Term, names: Mapping[str, str]) -> Term:
    match term:
        case Path(node=node):
            return replace(term, node=names.get(node, node))
        case Length(path=path):
            return replace(term, path=replace(path, node=names.get(path.node, path.node)))
        case Compare(left=left, right=right):
            return replace(term, left=_renamed(left, names), right=_renamed(right, names))
        case OneOf(value=inner):
            return replace(term, value=_renamed(inner, names))
        case Not(part=inner):
            return replace(term, part=_renamed(inner, names))
        case Each(body=inner):
            return replace(term, body=_renamed(inner, names))
        case And(parts=parts) | Or(parts=parts):
            return replace(term, parts=tuple(_renamed(part, names) for part in parts))
        case _:
            return term
