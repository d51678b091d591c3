"""What was typed: choices of options and values of keys, each problem named with the words that caused it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

from ccorch.config import grammar, private
from ccorch.config.document import MAX_DEPTH, MAX_NODES, Path
from ccorch.config.guard import OWNER_KEYS, PROGRAMS
from ccorch.config.layers import GROUPS
from ccorch.config.renamed import modern_key
from ccorch.errors import ConfigForbidden, ConfigInvalid
from ccorch.rules.plain import beginning

VERBATIM = ("task", "context", "label", "script", "workflow_file", "profile", "model", "claude")
"""Keys whose value is taken as it stands, whatever signs it has."""

VALUES = "prompt.values."
"""Below it stand free words for a prompt, taken as they are as well."""

NAMES = ("workflow.sources",)
"""Keys whose value is a list of names: an id such as 21e42812 is no number, although Hydra reads one."""

_NAMES = re.compile(r"\[ *[A-Za-z0-9_-]+ *(?:, *[A-Za-z0-9_-]+ *)*\]")
_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_][A-Za-z0-9_-]*)*")
_OPTION = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_IMPORT = re.compile(r"role@workflow\.roles\.[A-Za-z0-9_][A-Za-z0-9_-]*")
_SHOWN = 120


@dataclass(frozen=True)
class Choice:
    """One option chosen for a group."""

    text: str
    group: str
    option: str


@dataclass(frozen=True)
class Assignment:
    """One value for a key; a literal is never searched for interpolations."""

    text: str
    key: str
    value: Any
    literal: bool = False

    @cached_property
    def path(self) -> Path:
        return tuple(self.key.split("."))


@dataclass(frozen=True)
class Overrides:
    """Everything typed, in order."""

    choices: tuple[Choice, ...] = ()
    assignments: tuple[Assignment, ...] = ()


def parse(words: Sequence[str], typed: Mapping[str, Any] | None = None, task: str | None = None) -> Overrides:
    """All choices and assignments; every problem is collected before anything is raised."""
    found: list[Choice | Assignment] = []
    problems: list[str] = []
    for word in words:
        try:
            found.append(_read(word))
        except grammar.Sweep:
            problems.append(_sweep_problem(word))
        except ConfigInvalid as error:
            problems += error.problems
    if typed:
        found += _typed(typed, problems)
    if task is not None:
        found.append(Assignment("task", "task", task, literal=True))
    problems += _duplicates(found)
    if problems:
        raise invalid(problems)
    return Overrides(
        tuple(item for item in found if isinstance(item, Choice)),
        tuple(item for item in found if isinstance(item, Assignment)),
    )


def lanes(words: Sequence[str]) -> list[tuple[str, ...]]:
    """The override tuples that `-m` stands for: every combination of the groups that name several options."""
    branches: list[list[str]] = []
    problems: list[str] = []
    for word in words:
        key, value = _split(word)
        if _is_group(key) and "," in value and not value.startswith("["):
            branches.append([f"{key}={option.strip()}" for option in value.split(",")])
            continue
        branches.append([word])
        try:
            _read(word)
        except grammar.Sweep:
            problems.append(f"{_shown(word)}: only groups can name several options with -m, such as role=a,b")
        except ConfigInvalid as error:
            problems += error.problems
    if problems:
        raise invalid(problems)
    return list(product(*branches))


def invalid(problems: Sequence[str], hint: str = "") -> ConfigInvalid:
    """One error out of all problems."""
    if len(problems) == 1:
        return ConfigInvalid(problems[0], hint=hint)
    lines = "\n".join(f"  {problem}" for problem in problems)
    return ConfigInvalid(f"{len(problems)} problems:\n{lines}", problems=tuple(problems), hint=hint)


def _read(word: str) -> Choice | Assignment:
    if "=" not in word:
        hint = " (a group is left out by choosing another option)" if word.startswith("~") else ", a task task=…"
        raise ConfigInvalid(f"{_shown(word)}: an override is KEY=VALUE or GROUP=OPTION{hint}")
    key, value = _split(word)
    key = modern_key(key) or key
    if _is_group(key) and not value.startswith("{"):
        return Choice(word, key, _option(word, key, value))
    _check_key(word, key)
    if key in VERBATIM or key.startswith(VALUES):
        return Assignment(word, key, None if value == "null" and key != "task" else value, literal=True)
    if key in NAMES and _NAMES.fullmatch(value):
        return Assignment(word, key, [name.strip() for name in value[1:-1].split(",")])
    try:
        return Assignment(word, key, grammar.value(value))
    except ConfigInvalid as error:
        told = "its value cannot be read" if private.is_private(tuple(key.split("."))) else error.message
        raise ConfigInvalid(f"{_shown(word)}: {told}") from error


def _split(word: str) -> tuple[str, str]:
    key, _, value = word.partition("=")
    return key.removeprefix("+").removeprefix("+"), value


def _is_group(key: str) -> bool:
    return key in GROUPS or _IMPORT.fullmatch(key) is not None


def _option(word: str, key: str, value: str) -> str:
    if value.startswith("["):
        raise ConfigInvalid(f"{_shown(word)}: {key} takes one option, not a list; -m {key}=a,b makes lanes")
    if "," in value or value.startswith(("choice(", "glob(", "range(", "interval(")):
        raise grammar.Sweep
    if value == "" or value.lower() == "null" or not _OPTION.fullmatch(value):
        raise ConfigInvalid(f"{_shown(word)}: {key} needs the name of an option")
    return value


def _check_key(word: str, key: str) -> None:
    bare = key.lstrip("~")
    if bare == "hydra" or bare.startswith(("hydra.", "hydra/", "hydra@")):
        raise ConfigForbidden(f"{_shown(word)}: Hydra's own settings are fixed", hint="leave it out")
    if key.startswith("~"):
        raise ConfigInvalid(f"{_shown(word)}: nothing can be removed; choose another option or set a value")
    if "@" in key:
        group = key.partition("@")[2].split(".")[0]
        instead = f"{group}=OPTION" if group in GROUPS else "GROUP=OPTION"
        raise ConfigInvalid(f"{_shown(word)}: only role@workflow.roles.KEY takes a place; write {instead}")
    if "/" in key:
        group = next((name for name, folder in GROUPS.items() if folder == key or folder.endswith(key)), "GROUP")
        raise ConfigInvalid(f"{_shown(word)}: groups have short names; write {group}=OPTION")
    if not _KEY.fullmatch(key) or "__" in key or key.startswith("_") or "._" in key:
        raise ConfigInvalid(f"{_shown(word)}: {key!r} is not a key")


def _typed(typed: Mapping[str, Any], problems: list[str]) -> Iterator[Choice | Assignment]:
    for name in typed.keys() - {"groups", "set"}:
        problems.append(f"{name}: unknown field; use groups and set")
    for group, option in dict(typed.get("groups") or {}).items():
        text = f"{group}={option}"
        if not _is_group(group):
            problems.append(f"{_shown(text)}: no group {group!r}; groups are {', '.join(GROUPS)}")
        elif not isinstance(option, str) or not _OPTION.fullmatch(option):
            problems.append(f"{_shown(text)}: {group} needs the name of one option")
        else:
            yield Choice(text, group, option)
    for key, value in dict(typed.get("set") or {}).items():
        text = f"{key}={value}"
        try:
            _check_key(text, key)
            _check_typed(text, key, value)
        except ConfigInvalid as error:
            problems += error.problems
            continue
        yield Assignment(text, key, value, literal=True)


def _check_typed(text: str, key: str, value: Any) -> None:
    if (owner := key.split(".")[0]) in OWNER_KEYS:
        raise ConfigForbidden(f"{_shown(text)}: a client may not set {owner}", hint="set it in your own layer")
    if not {*key.split(".")}.isdisjoint(PROGRAMS) or any(_holds(value, name) for name in PROGRAMS):
        raise ConfigForbidden(f"{_shown(text)}: a client may not let workers run commands")
    if (key == "policy.sandbox" and value != "required") or _holds(value, "sandbox"):
        raise ConfigForbidden(f"{_shown(text)}: a client may not have commands run outside a sandbox")
    if value == "???":
        raise ConfigInvalid(f"{_shown(text)}: `???` means that a value is missing; give one")
    if _count(value, 0) > MAX_NODES:
        raise ConfigInvalid(f"{_shown(text)}: holds more than {MAX_NODES} values or is nested too deep")


def _holds(value: Any, key: str, depth: int = 0) -> bool:
    if depth > MAX_DEPTH:
        return False  # refused for its depth
    match value:
        case dict():
            return key in value or any(_holds(inner, key, depth + 1) for inner in value.values())
        case list() | tuple():
            return any(_holds(inner, key, depth + 1) for inner in value)
    return False


def _count(value: Any, depth: int) -> int:
    if depth > MAX_DEPTH:
        return MAX_NODES + 1
    match value:
        case dict():
            return 1 + sum(_count(inner, depth + 1) for inner in value.values())
        case list() | tuple():
            return 1 + sum(_count(inner, depth + 1) for inner in value)
    return 1


def _duplicates(found: Sequence[Choice | Assignment]) -> list[str]:
    first: dict[str, str] = {}
    problems = []
    for item in found:
        key = item.group if isinstance(item, Choice) else item.key
        name = f"{key}=" if isinstance(item, Choice) else key
        if name in first:
            problems.append(f"{key} is set twice: {_shown(first[name])} and {_shown(item.text)}")
        first[name] = item.text
    return problems


def _sweep_problem(word: str) -> str:
    key, _ = _split(word)
    if _is_group(key):
        return f"{_shown(word)}: several options need -m, which runs one lane for each"
    return f"{_shown(word)}: one value is needed; write [a,b] for a list, or quote the text"


def _shown(text: str) -> str:
    text = private.word(text)
    return beginning(text, _SHOWN)
