"""Flags made from the fields of request models, and words read into them."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from ccorch.errors import ArgumentInvalid
from ccorch.schema.base import Value

Kind = Literal["switch", "text", "whole", "number", "many", "each"]

SHORT = {"multirun": "-m", "follow": "-f"}
"""Short spellings of flags."""

WHOLE = frozenset(("test", "invariant", "planted", "supervisor"))
"""Lists of commands, files and overrides, which may hold commas: given once for each."""

LONGEST_TOLD = 80
"""Letters of a value that are repeated where it does not fit."""


@dataclass(frozen=True)
class Flag:
    """A field as it is written on the command line."""

    field: str
    kind: Kind
    choices: tuple[str, ...] = ()
    default: Any = None
    required: bool = False

    @property
    def long(self) -> str:
        """The spelling with two dashes."""
        return "--" + self.field.replace("_", "-")

    @property
    def spellings(self) -> tuple[str, ...]:
        """All spellings, the short one first."""
        return (SHORT[self.field], self.long) if self.field in SHORT else (self.long,)


@dataclass(frozen=True)
class Words:
    """What was typed: values by field, and words without a flag, in order."""

    values: Mapping[str, Any]
    loose: tuple[str, ...]


@cache
def flags(request: type[Value]) -> tuple[Flag, ...]:
    """A flag for every field that can be typed."""
    found = (
        _flag(name, field.annotation, field.default, field.is_required())
        for name, field in request.model_fields.items()
    )
    return tuple(flag for flag in found if flag is not None)


def read(words: Sequence[str], known: Sequence[Flag]) -> Words:
    """Sort the words into flags and loose words; they may stand in any order, and `--` ends the flags."""
    by_spelling = {spelling: flag for flag in known for spelling in flag.spellings}
    values: dict[str, Any] = {}
    loose: list[str] = []
    rest = iter(words)
    for word in rest:
        if word == "--":
            loose.extend(rest)
        elif word == "-" or not word.startswith("-") or word[1:].isdigit():
            loose.append(word)
        else:
            spelling, given, value = word.partition("=")
            flag = by_spelling.get(spelling)
            if flag is None:
                raise ArgumentInvalid(f"no flag {spelling}", hint=_near(spelling, list(by_spelling)))
            _put(values, flag, _value(flag, spelling, value if given else None, rest))
    return Words(values, tuple(loose))


def placed(words: Words, positional: Sequence[str], known: Sequence[Flag]) -> dict[str, Any]:
    """All values by field, the loose words put into the positional fields; the last of them may take many."""
    by_field = {flag.field: flag for flag in known}
    values = dict(words.values)
    rest = list(words.loose)
    for field in positional:
        flag = by_field[field]
        if not rest:
            break
        if flag.kind == "many":
            values[field] = (*values.get(field, ()), *rest)
            rest = []
        elif field in values:
            raise ArgumentInvalid(f"{flag.long} was given twice: as a flag and as {rest[0]!r}")
        else:
            values[field] = _value(flag, field.upper(), rest.pop(0), iter(()))
    if rest:
        raise ArgumentInvalid(f"unexpected word {rest[0]!r}", hint=_expected(positional))
    return values


def request(model: type[Value], values: Mapping[str, Any]) -> Value:
    """The request with these values; what does not fit is told by its flag."""
    try:
        return model(**values)
    except ValidationError as problem:
        raise ArgumentInvalid("; ".join(_in_words(problem))) from None


def _flag(name: str, annotation: Any, default: Any, required: bool) -> Flag | None:
    if get_origin(annotation) is Annotated:
        return _flag(name, get_args(annotation)[0], default, required)
    options = [part for part in get_args(annotation) if part is not type(None)]
    if get_origin(annotation) in (Union, UnionType) and len(options) == 1:
        return _flag(name, options[0], default, required)
    if get_origin(annotation) is Literal:
        return Flag(name, "text", tuple(map(str, options)), default, required)
    if get_origin(annotation) is tuple:
        return Flag(name, "each" if name in WHOLE else "many", (), default, required)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return None  # typed configuration is for callers that send JSON
    if str in options:
        return Flag(name, "text", (), default, required)
    kinds: dict[Any, Kind] = {bool: "switch", str: "text", int: "whole", float: "number"}
    return Flag(name, kinds[annotation], (), default, required)


def _value(flag: Flag, spelling: str, given: str | None, rest: Iterator[str]) -> Any:
    if flag.kind == "switch":
        if given is not None:
            raise ArgumentInvalid(f"{spelling} takes no value, not {given!r}")
        return True
    text = next(rest, None) if given is None else given
    if text is None or (given is None and text.startswith("--")):
        raise ArgumentInvalid(f"{spelling} needs a value", hint=f"write {flag.long}=VALUE")
    match flag.kind:
        case "many":
            return tuple(part for part in text.split(",") if part)
        case "each":
            return (text,)
        case "whole" | "number":
            return _number(flag, spelling, text)
    return text


def _number(flag: Flag, spelling: str, text: str) -> int | float:
    try:
        return int(text) if flag.kind == "whole" else float(text)
    except ValueError:
        wanted = "a whole number" if flag.kind == "whole" else "a number"
        raise ArgumentInvalid(f"{spelling} wants {wanted}, not {text[:LONGEST_TOLD]!r}") from None


def _put(values: dict[str, Any], flag: Flag, value: Any) -> None:
    if flag.kind in ("many", "each"):
        values[flag.field] = (*values.get(flag.field, ()), *value)
    elif flag.field in values and flag.kind != "switch":
        raise ArgumentInvalid(f"{flag.long} was given twice")
    else:
        values[flag.field] = value


def _in_words(problem: ValidationError) -> Iterator[str]:
    for error in problem.errors(include_url=False):
        name = "--" + str(error["loc"][0]).replace("_", "-") if error["loc"] else "the words"
        if error["type"] == "missing":
            yield f"{str(error['loc'][0]).upper()} is missing"
        else:
            message = error["msg"].removeprefix("Input should be ")
            yield f"{name} must be {message}, not {repr(error['input'])[:LONGEST_TOLD]}"


def _near(spelling: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(spelling, known, 1, 0.6)
    if near:
        return f"did you mean {near[0]}?"
    return f"flags here are {', '.join(known)}" if known else "it takes no flags"


def _expected(positional: Sequence[str]) -> str:
    return f"it takes {' '.join(map(str.upper, positional))}" if positional else "it takes no words"
