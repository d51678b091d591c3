"""What a client may set: allow-listed groups and keys with plain values, before anything composes them.

A client is not the owner: a controller may have read something hostile. It chooses among what the owner and the
project offer and sets limits; what directs credentials, money, programs or places outside the project is not its
own to say.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ccorch.config import grammar
from ccorch.config.document import MAX_DEPTH, MAX_NODES
from ccorch.config.guard import PROGRAMS
from ccorch.errors import CcorchError, ConfigForbidden, ConfigInvalid
from ccorch.rules.plain import beginning, plain
from ccorch.schema.asked import Overlay

GROUPS = ("role", "policy", "cost", "queue", "routing", "workflow", "checks", "prompt", "experiment")
"""Groups of which a client may choose an option."""

OWNERS = ("profiles", "prices", "models", "engine", "notify")
"""Groups of the owner alone."""

PLAIN = ("attach", "worker", "simulate", "workflow_file", "script", "profile", "model", "label", "task_type")
"""Keys without a group that a client may set."""

FREE = ("task", "context")
"""Keys whose value is free text; what looks like an expression there is text."""

VERBATIM = ("label", "profile", "model", "script", "workflow_file", "task_type")
"""Keys whose value is taken from a word as it stands."""

TEXTS = ("prompt", "task", "question", "summary", "when", "pass_when", "planted", "inputs", "fan_out")
"""Keys below which text is long, and may have several lines."""

FILES = ("workflow_file", "script", "attach")
"""Keys that name files: only of the project, or bundled ones by name."""

NARROW = ("deny", "byproducts")
"""Parts of a write scope that the owner sets."""

READING = ("Read", "Grep", "Glob")
"""Tools that a client may name; roles of the owner and the project have more."""

FIXED = {"route_mismatch": "fail", "sandbox": "required", "unpriced": "refuse", "permission": "read"}
"""Guards and the only value that a client may give them."""

MODELS = ("model", "models", "model_aliases")
"""Keys at or just below which a model is named."""

MOST_WORDS = 64
MOST_LETTERS = 200_000
LONGEST_WORD = 4_000
LONGEST_LINE = 1_000

_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}(?:\.[A-Za-z0-9][A-Za-z0-9_-]{0,63}){0,12}")
_WORD = re.compile(r"([A-Za-z_][A-Za-z0-9_.-]*(?:@workflow\.roles\.[A-Za-z0-9_-]+)?)=(.*)", re.DOTALL)
_GROUP = re.compile(r"(?:role@workflow\.roles\.[A-Za-z0-9][A-Za-z0-9_-]{0,63}|[a-z]+)")
_INNER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/@ +-]{0,99}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_SHOWN = 120

Found = Iterator[CcorchError]


def overlay_of(words: Sequence[str], overlay: Overlay) -> Overlay:
    """The typed form of a client's override strings, together with its overlay; raises for what none may set."""
    groups, values = dict(overlay.groups), dict(overlay.set)
    if len(words) > MOST_WORDS:
        raise ConfigInvalid(f"{len(words)} overrides; {MOST_WORDS} are the most")
    for word in words:
        key, value = _split(word)
        place: dict[str, Any] = groups if _is_choice(key, value) else values
        if key in place:
            raise ConfigInvalid(f"{_shown(word)}: {key} is set twice")
        place[key] = value
    merged = Overlay.model_construct(groups=groups, set=values)
    check(merged)
    return Overlay(groups=groups, set=values)


def check(overlay: Overlay) -> None:
    """Raise the first problem of an overlay; what may not be set comes before what cannot be read."""
    _check_size(overlay.set)
    problems = [
        *_of_twice(overlay.set),
        *_of_groups(overlay.groups),
        *(one for key, value in overlay.set.items() for one in _of(key, value)),
    ]
    forbidden = [one for one in problems if isinstance(one, ConfigForbidden)]
    if problems:
        raise (forbidden or problems)[0]


def _split(word: str) -> tuple[str, Any]:
    found = _WORD.fullmatch(word) if len(word) <= LONGEST_WORD else None
    if found is None:
        if re.match(r"[~+]*hydra\b", word):
            raise _no(word, "Hydra's own settings are fixed")
        raise ConfigInvalid(
            f"{_shown(word)}: an override is KEY=VALUE in at most {LONGEST_WORD} letters, no + ~ / or package",
            hint='give long or structured values in overlay: {"set": {KEY: VALUE}}',
        )
    key, text = found.groups()
    if key in (*FREE, *VERBATIM):
        return key, None if text == "null" and key not in FREE else text
    try:
        return key, _value(text)
    except ConfigInvalid as problem:
        raise ConfigInvalid(f"{_shown(word)}: {problem.message}", hint=problem.hint) from None


def _value(text: str) -> Any:
    """A plain value or JSON; nothing is parsed by Hydra, and no sweep or function is known."""
    if "${" in text:
        raise ConfigInvalid("nothing is interpolated for a client")
    if text[:1] in ("[", "{", '"'):
        try:
            return json.loads(text, object_pairs_hook=_once)
        except (ValueError, RecursionError):
            pass
    found, value = grammar.plain_form(text)
    if not found:
        raise ConfigInvalid("is no plain value", hint="write it as JSON, or give it in overlay.set")
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object as JSON has it; a reader of JSON may take the first of two equal keys, or the last."""
    if len(made := dict(pairs)) < len(pairs):
        raise ConfigInvalid("holds a key twice")
    return made


def _is_choice(key: str, value: Any) -> bool:
    return (key in (*GROUPS, *OWNERS) or "@" in key) and not isinstance(value, dict)


def _of_twice(values: Mapping[str, Any]) -> Found:
    """Keys below one that is set as a whole: which of both would hold is not for their order to say."""
    for key in values:
        parts = key.split(".")
        for length in range(1, len(parts)):
            if (whole := ".".join(parts[:length])) in values:
                yield ConfigInvalid(f"{_shown(key)} is set twice: {_shown(whole)} is set as a whole")


def _of_groups(groups: Mapping[str, Any]) -> Found:
    for group, option in groups.items():
        text = f"{group}={option}"
        if not _GROUP.fullmatch(group) or (group not in GROUPS and "@" not in group):
            yield _no(text, f"a client may choose options of {', '.join(GROUPS)} alone")
        elif not isinstance(option, str) or not _NAME.fullmatch(option):
            yield ConfigInvalid(f"{_shown(text)}: {group} needs the name of one option")


def _of(key: str, value: Any) -> Found:
    text = f"{key}={value}"
    parts = key.split(".")
    if parts[0] == "hydra" or not _KEY.fullmatch(key) or "__" in key:
        yield _no(text, "this is no key that a client may set")
        return
    if parts[0] not in (*GROUPS, *PLAIN, *FREE) or parts[0] == "experiment":
        yield _no(text, f"a client may not set {parts[0]}; it is the owner's")
        return
    if parts[0] in FREE:
        if not isinstance(value, str) and value is not None:
            yield ConfigInvalid(f"{_shown(text)}: {key} is text")
        elif isinstance(value, str) and "\0" in value:
            yield ConfigInvalid(f"{key} holds a NUL")
        return
    yield from _inside(tuple(parts), value, text)


def _inside(path: tuple[str, ...], value: Any, text: str, depth: int = 0, is_item: bool = False) -> Found:
    """Everything that is wrong with a value and all below it."""
    if not is_item:
        yield from _power(path, value, text)
    if depth > MAX_DEPTH:
        yield ConfigInvalid(f"{_shown(text)}: is nested too deep")
        return
    match value:
        case dict():
            for key, inner in value.items():
                if (
                    not isinstance(key, str)
                    or not _INNER.fullmatch(key)
                    or key.split(".")[0] == "hydra"
                    or "${" in key
                ):
                    yield _no(text, f"{str(key)[:60]!r} is no key that a client may set")
                else:
                    yield from _inside((*path, key), inner, text, depth + 1)
        case list() | tuple():
            for inner in value:
                yield from _inside(path, inner, text, depth + 1, is_item=True)
        case float() if not math.isfinite(value):
            yield ConfigInvalid(f"{_shown(text)}: must be a finite number")
        case str():
            yield from _said(path, value, text)


def _power(path: tuple[str, ...], value: Any, text: str) -> Found:
    """What makes a worker run, write, reach or cost more than its owner said."""
    if path[-1] in PROGRAMS:
        yield _no(text, "a client may not let workers run commands, or bring files into worktrees")
    if path[-1] in NARROW and "write_scope" in path:
        yield _no(text, "a client may not change what no worker may write")
    if path[-1] in FIXED and value != FIXED[path[-1]]:
        yield _no(text, f"a client may set {path[-1]} to {FIXED[path[-1]]} alone")
    if path[-1] == "confirm_above_usd":
        yield _no(text, "a client may not say from which cost on its user is asked")
    if path[-1] == "tools" and not _only_reading(value):
        yield _no(text, f"a client may name the tools {', '.join(READING)} alone; choose a role that has more")


def _only_reading(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and all(tool in READING for tool in value)


def _said(path: tuple[str, ...], value: str, text: str) -> Found:
    if "${" in value:
        yield _no(text, "nothing is interpolated for a client", "put such text into the task")
    if value == "???":
        yield ConfigInvalid(f"{_shown(text)}: `???` means that a value is missing; give one")
    if path[-1] in TEXTS or any(part in ("inputs",) for part in path):
        if "\0" in value:
            yield ConfigInvalid(f"{_shown(text)}: holds a NUL")
        return
    seen = value == plain(value) if path[-1] == "label" else value.isprintable()
    if not seen or "\n" in value or len(value) > LONGEST_LINE:
        yield ConfigInvalid(f"{_shown(text)}: must be one line of at most {LONGEST_LINE} visible letters")
    if value.startswith("-"):
        yield ConfigInvalid(f"{_shown(text)}: may not begin with a dash")
    if " " in value and any(part in MODELS for part in path[-2:]):
        yield ConfigInvalid(f"{_shown(text)}: the name of a model is one word")
    if path[0] in FILES or path[-1] == "workflow":
        yield from _file(value, text)
    if "write_scope" in path and (value.startswith(("/", "~")) or ".." in value.split("/")):
        yield _no(text, "a client may name files of the project alone, relative to it")


def _file(value: str, text: str) -> Found:
    parts = value.split("/")
    if value.startswith(("/", "~")) or ".." in parts or "\\" in value or ":" in value:
        yield _no(text, "a client may name files of the project alone, relative to it")
    elif any(part.startswith(".") and part not in (".", ".ccorch") for part in parts):
        yield _no(text, "a client may not name hidden files")


def _check_size(values: Mapping[str, Any]) -> None:
    rest = {key: value for key, value in values.items() if key not in FREE}
    try:
        size = len(json.dumps(rest, ensure_ascii=False))
    except (TypeError, ValueError, RecursionError):
        raise ConfigInvalid("overlay.set holds what is no JSON, or is nested too deep") from None
    if size > MOST_LETTERS or _count(rest) > MAX_NODES:
        raise ConfigInvalid(f"overlay.set is larger than {MOST_LETTERS} letters or {MAX_NODES} values")


def _count(value: Any) -> int:
    match value:
        case dict():
            return 1 + sum(map(_count, value.values()))
        case list() | tuple():
            return 1 + sum(map(_count, value))
    return 1


def _no(text: str, what: str, hint: str = "") -> ConfigForbidden:
    told = hint or "leave it out; what the owner has set holds"
    key = text.partition("=")[0][:_SHOWN]
    return ConfigForbidden(f"{_shown(text)}: {what}", hint=told, key=plain(key))


def _shown(text: str) -> str:
    text = plain(text).replace("\n", " ")
    return beginning(text, _SHOWN)
