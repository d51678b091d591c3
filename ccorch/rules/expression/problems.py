"""What is wrong with an expression, and at which column."""

from collections.abc import Iterable
from dataclasses import dataclass

from ccorch.errors import ConfigInvalid
from ccorch.rules.guess import did_you_mean
from ccorch.rules.plain import beginning


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong."""

    column: int
    """Where it begins; the first letter is column 1."""
    word: str
    """The word it is about, as it was written."""
    message: str
    """What is wrong and what to write instead."""

    def __str__(self) -> str:
        return f"column {self.column}: {self.message}"


class ExpressionInvalid(ConfigInvalid):
    """A text is no sentence of the language; `found` lists what is wrong with it."""

    def __init__(self, text: str, found: tuple[Problem, ...]) -> None:
        said = beginning(text, 80)
        super().__init__(
            f"no expression: {said!r}: {'; '.join(map(str, found))}",
            problems=tuple(map(str, found)),
            hint='an expression looks like: testing.status == "pass" and review.blocking_count == 0',
        )
        self.found = found


def misnamed(column: int, word: str, message: str, known: Iterable[str]) -> Problem:
    """The problem of a word that is none of the known ones, with a guess and the whole list."""
    allowed = tuple(known)
    guess = did_you_mean(word.lower(), allowed)
    return Problem(column, word, f"{message}.{guess} Known: {', '.join(allowed) or 'none'}")
