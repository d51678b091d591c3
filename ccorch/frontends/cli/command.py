"""From the words after `ccorch` to the verb that is meant, and its request."""

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ccorch.errors import ArgumentInvalid
from ccorch.frontends.cli.arguments import Flag, Words, flags, placed, read, request
from ccorch.operations.registry import BY_NAME, VERBS, Verb
from ccorch.schema.base import Value

EVERYWHERE = ("-C", "--json", "-h", "--help", "--version")
"""Flags that may stand anywhere."""

FOLLOW = Flag("follow", "switch", default=False)

OWN = {"show": (FOLLOW,)}
"""Flags that concern the terminal alone, by verb."""


@dataclass(frozen=True)
class Command:
    """What was asked, before its flags are read."""

    verb: Verb | None
    words: tuple[str, ...]
    project: Path
    as_json: bool = False
    asks: str = ""
    """help or version, where that was asked instead."""


def known(verb: Verb) -> tuple[Flag, ...]:
    """Everything a verb takes: the fields of its request, and the terminal's own flags."""
    return (*flags(verb.request), *OWN.get(verb.name, ()))


def spelled(verb: Verb) -> tuple[Flag, ...]:
    """What of it is written with dashes; lists of loose words are not."""
    return tuple(flag for flag in known(verb) if flag.field not in verb.positional or flag.kind != "many")


def command(argv: Sequence[str]) -> Command:
    """The verb with the longest matching name; words that begin with an override or a flag are `run`."""
    for place, word in enumerate(argv, 1):
        _check_letters(place, word)
    words, project, as_json, asks = _without_common(argv)
    if not words:
        return Command(None, (), project, as_json, asks)
    verb, used = _verb(words, asks)
    # a group's name alone asks for what it holds
    return Command(verb, tuple(words[used:]), project, as_json, asks if verb else "help")


def asked(found: Command, stdin: Callable[[], bytes]) -> tuple[Value, frozenset[str]]:
    """The request, and which of the terminal's own flags are set."""
    verb = found.verb
    assert verb is not None
    typed = read(found.words, spelled(verb))
    task, typed = _task(verb, typed, stdin)
    values = placed(typed, verb.positional, known(verb))
    own = {flag.field for flag in OWN.get(verb.name, ())}
    chosen = {name: value for name, value in values.items() if name not in own}
    if task is not None:
        chosen["task"] = task
    return request(verb.request, chosen), frozenset(own & values.keys())


def _task(verb: Verb, typed: Words, stdin: Callable[[], bytes]) -> tuple[str | None, Words]:
    """The task apart from the overrides, as it stands; it never meets the overrides' grammar."""
    if "task" not in verb.request.model_fields:
        return None, typed
    tasks = [word.removeprefix("task=") for word in typed.loose if word.startswith("task=")]
    tasks += [typed.values["task"]] if "task" in typed.values else []
    if len(tasks) > 1:
        raise ArgumentInvalid(f"the task was given {len(tasks)} times", hint="give one task=…")
    values = {name: value for name, value in typed.values.items() if name != "task"}
    loose = tuple(word for word in typed.loose if not word.startswith("task="))
    if tasks and "task_file" in values:
        raise ArgumentInvalid("the task was given twice: as task= and as --task-file")
    task = tasks[0] if tasks else None
    if task == "-" or values.get("task_file") == "-":
        values.pop("task_file", None)
        task = _told(stdin())
    return task, Words(values, loose)


def _told(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise ArgumentInvalid(
            f"the task on standard input is not UTF-8: byte {problem.start} is 0x{content[problem.start]:02x}",
            hint="convert it with `iconv -t utf-8`",
        ) from None


def _check_letters(place: int, word: str) -> None:
    try:
        word.encode("utf-8")
    except UnicodeEncodeError as problem:
        byte = ord(word[problem.start]) & 0xFF
        raise ArgumentInvalid(
            f"word {place} is not UTF-8: byte 0x{byte:02x} after {word[: problem.start]!r}"
        ) from None


def _without_common(argv: Sequence[str]) -> tuple[list[str], Path, bool, str]:
    words: list[str] = []
    project, as_json, asks = Path(), False, ""
    rest = iter(argv)
    for word in rest:
        match word:
            case "--":
                words += ["--", *rest]
            case "-C":
                folder = next(rest, None)
                if folder is None:
                    raise ArgumentInvalid("-C needs a directory")
                project = Path(folder)
            case "--json":
                as_json = True
            case "-h" | "--help":
                asks = "help"
            case "--version":
                asks = asks or "version"
            case _:
                words.append(word)
    return words, project, as_json, asks


def _verb(words: Sequence[str], asks: str) -> tuple[Verb | None, int]:
    for length in range(max(len(verb.name.split()) for verb in VERBS), 0, -1):
        verb = BY_NAME.get(" ".join(words[:length]))
        if verb is not None and len(words) >= length:
            return verb, length
    if words[0].startswith(("-", "~", "+")) or "=" in words[0]:
        return BY_NAME["run"], 0
    if below(words[0]) and (asks or len(words) == 1):
        return None, 0
    raise ArgumentInvalid(f"no verb {' '.join(words[: 2 if below(words[0]) else 1])!r}", hint=_near(words))


def below(word: str) -> tuple[Verb, ...]:
    """The verbs whose first word is this one, such as those of `config`."""
    return tuple(verb for verb in VERBS if verb.name.startswith(f"{word} "))


def _near(words: Sequence[str]) -> str:
    if near := [verb.name for verb in below(words[0])]:
        return f"did you mean {' or '.join(f'`ccorch {name}`' for name in near)}?"
    if _is_role(words[0]):
        rest = " ".join(word for word in words[1:] if "=" not in word and not word.startswith("-")) or "…"
        return f'a role is chosen with role=: `ccorch role={words[0]} task="{rest}"`'
    is_sentence = len(words) > 2 and not any("=" in word or word.startswith("-") for word in words)
    if near := difflib.get_close_matches(words[0], BY_NAME, 1, 0.8 if is_sentence else 0.6):
        return f"did you mean `ccorch {near[0]}`?"
    if is_sentence:
        return f'a task is given with task=: `ccorch role=review task="{" ".join(words)}"`'
    return "verbs are " + ", ".join(BY_NAME) + "; an override is KEY=VALUE, such as role=review"


def _is_role(word: str) -> bool:
    from ccorch.config.layers import GROUPS, packaged_folder

    return word.isidentifier() and (Path(packaged_folder("conf")) / GROUPS["role"] / f"{word}.yaml").is_file()
