"""What an expression is made of, how it is spelled, and which nodes it reads."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

Mark = Literal["==", "!=", "<", "<=", ">", ">="]
Quantifier = Literal["all", "any", "count"]

RESERVED = ("and", "or", "not", "in", "true", "false", "null")
"""Words that cannot be a node's plain name."""

PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:-[A-Za-z0-9_]+)*")
"""A name that needs no quotes; dashes are part of it, since there is no arithmetic."""


@dataclass(frozen=True, slots=True)
class Constant:
    """A value that is written down."""

    value: str | int | float | bool | None
    column: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Path:
    """A field of a node."""

    node: str
    fields: tuple[str, ...]
    column: int = field(default=1, compare=False)
    columns: tuple[int, ...] = field(default=(), compare=False)
    """Where each of the fields stands."""


@dataclass(frozen=True, slots=True)
class Length:
    """How long a list is."""

    path: Path
    column: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Compare:
    """Two values beside each other."""

    left: "Term"
    mark: Mark
    right: "Term"
    column: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class OneOf:
    """A value and those that it may be."""

    value: "Term"
    choices: tuple[Constant, ...]
    column: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary."""

    part: "Term"
    column: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class And:
    """All of these, two or more."""

    parts: tuple["Term", ...]
    column: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of these, two or more."""

    parts: tuple["Term", ...]
    column: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Each:
    """What is said of every member of a fan-out: whether all or any fit, or how many."""

    word: Quantifier
    body: "Term"
    column: int = field(default=1, compare=False)


Term = Constant | Path | Length | Compare | OneOf | Not | And | Or | Each


@dataclass(frozen=True, slots=True)
class Expression:
    """A sentence of the language."""

    root: Term

    def __str__(self) -> str:
        return spelled(self.root)


def names(expression: Expression) -> tuple[str, ...]:
    """The nodes that it reads, each once, in the order of their first mention."""
    return read_by(expression.root)


def read_by(term: Term) -> tuple[str, ...]:
    """The nodes that a term reads."""
    return tuple(dict.fromkeys(path.node for path in paths(term)))


def paths(term: Term) -> Iterator[Path]:
    """Every mention of a field, from left to right."""
    match term:
        case Path():
            yield term
        case Length(path=path):
            yield path
        case Compare(left=left, right=right):
            yield from paths(left)
            yield from paths(right)
        case OneOf(value=inner) | Not(part=inner) | Each(body=inner):
            yield from paths(inner)
        case And(parts=parts) | Or(parts=parts):
            for part in parts:
                yield from paths(part)


def spelled(term: Term) -> str:
    """The one spelling of a term, with no more parentheses than it needs."""
    return _within(term, 0)


def quoted(text: str) -> str:
    """A text as it is written in an expression; letters that cannot be seen are written by their number."""
    return f'"{"".join(map(_letter, text))}"'


_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"}
_OR, _AND, _NOT, _COMPARE, _ATOM = range(5)


def _within(term: Term, least: int) -> str:
    own, text = _spelling(term)
    return text if own >= least else f"({text})"


def _spelling(term: Term) -> tuple[int, str]:
    match term:
        case Constant(value=value):
            return _ATOM, _constant(value)
        case Path(node=node, fields=fields):
            plain = PLAIN.fullmatch(node) and node not in RESERVED
            return _ATOM, ".".join((node if plain else f"node({quoted(node)})", *fields))
        case Length(path=path):
            return _ATOM, f"len({spelled(path)})"
        case Each(word=word, body=body):
            return _ATOM, f"{word}({spelled(body)})"
        case Compare(left=left, mark=mark, right=right):
            return _COMPARE, f"{_within(left, _ATOM)} {mark} {_within(right, _ATOM)}"
        case OneOf(value=inner, choices=choices):
            return _COMPARE, f"{_within(inner, _ATOM)} in [{', '.join(map(spelled, choices))}]"
        case Not(part=part):
            return _NOT, f"not {_within(part, _NOT)}"
        case And(parts=parts):
            return _AND, " and ".join(_within(part, _NOT) for part in parts)
        case Or(parts=parts):
            return _OR, " or ".join(_within(part, _AND) for part in parts)


def _constant(value: str | int | float | bool | None) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return quoted(value)
        case _:
            return repr(value)


def _letter(letter: str) -> str:
    if letter in _ESCAPES:
        return _ESCAPES[letter]
    if letter.isprintable():
        return letter
    return f"\\u{ord(letter):04x}" if ord(letter) < 0x10000 else f"\\U{ord(letter):08x}"
