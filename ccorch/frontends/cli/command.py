"""From the words after `ccorch` to the verb that is meant."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ccorch.errors import ArgumentInvalid
from ccorch.operations.registry import BY_NAME, VERBS, Verb

EVERYWHERE = ("-C", "--json", "-h", "--help", "--version")
"""Flags that may stand anywhere."""

ALONE = {"queue": "queue ls", "artifact": "artifact ls"}
"""What a group's name means by itself, where it does not ask for what the group holds."""


@dataclass(frozen=True)
class Command:
    """What was asked, before its flags are read."""

    verb: Verb | None
    words: tuple[str, ...]
    project: Path
    as_json: bool = False
    asks: str = ""
    """help or version, where that was asked instead."""


def command(argv: Sequence[str]) -> Command:
    """The verb with the longest matching name; words that begin with an override or a flag are `run`."""
    for place, word in enumerate(argv, 1):
        _check_letters(place, word)
    words, project, as_json, asks = _without_common(argv)
    if words[:1] == ["help"]:
        words, asks = words[1:], "help"
    if not words:
        return Command(None, (), project, as_json, asks)
    verb, used = _verb(words, asks)
    # a group's name alone asks for what it holds
    return Command(verb, tuple(words[used:]), project, as_json, asks if verb else "help")


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
    if words[0] in ALONE and not asks and all(word.startswith("-") for word in words[1:]):
        return BY_NAME[ALONE[words[0]]], 1
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
    from ccorch.config.layers import GROUPS

    if words[0] in GROUPS:
        return f"`ccorch catalog {words[0]}` lists what there is; one is chosen with {words[0]}=NAME"
    if _is_role(words[0]):
        rest = " ".join(word for word in words[1:] if "=" not in word and not word.startswith("-")) or "…"
        return f'a role is chosen with role=: `ccorch role={words[0]} task="{rest}"`'
    is_sentence = len(words) > 2 and not any("=" in word or word.startswith("-") for word in words)
    if near := difflib.get_close_matches(words[0], BY_NAME, 1, 0.8 if is_sentence else 0.6):
        return f"did you mean `ccorch {near[0]}`?"
    if is_sentence:
        return f'a task is given with task=: `ccorch role=review task="{" ".join(words)}"`'
    return "`ccorch --help` lists the verbs; an override is KEY=VALUE, such as role=review"


def _is_role(word: str) -> bool:
    from ccorch.config.layers import GROUPS, packaged_folder

    return word.isidentifier() and (Path(packaged_folder("conf")) / GROUPS["role"] / f"{word}.yaml").is_file()
