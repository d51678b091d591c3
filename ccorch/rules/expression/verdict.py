"""What an expression says of a run: whether it holds, and what decided."""

from dataclasses import dataclass

from ccorch.rules.expression.facts import Facts
from ccorch.rules.expression.judging import truth
from ccorch.rules.expression.reasons import why
from ccorch.rules.expression.tree import Expression


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement of one expression."""

    passed: bool | None
    """Whether it holds; None when nobody can tell, which never lets anything pass."""
    why: str
    """Which parts decided, with the values that were there, on one line."""


def evaluate(expression: Expression, facts: Facts) -> Verdict:
    """The verdict by what is known; whatever the facts are, it raises nothing."""
    return Verdict(truth(expression.root, facts), why(expression.root, facts))
