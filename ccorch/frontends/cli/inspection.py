"""Hydra's own flags and tab completion, handed to the rooms that know them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ccorch.frontends.cli.asking import spelled
from ccorch.frontends.cli.command import EVERYWHERE, Command
from ccorch.frontends.cli.screen import Screen
from ccorch.operations.registry import BY_NAME, VERBS

if TYPE_CHECKING:
    from ccorch.operations.house import House

    Open = Callable[[Path], House]

LATEST = 50
"""Runs that are offered for completion."""

FLAGS = ("--cfg", "-c", "--info", "-i", "--package", "-p", "--resolve", "--hydra-help")
SHELL = ("-sc", "--shell-completion")


def is_asked(found: Command) -> bool:
    """Whether Hydra's own flags stand among the words of `run` or `plan`."""
    if found.verb is None or found.verb.name not in ("run", "plan"):
        return False
    flags = {word.partition("=")[0] for word in _before_end(found.words)}
    return not flags.isdisjoint((*FLAGS, *SHELL))


def show(found: Command, screen: Screen, environment: Mapping[str, str], house: Open | None = None) -> int:
    """Print what they ask for; nothing is run."""
    words = list(found.words)
    if "--hydra-help" in words:
        from ccorch.frontends.cli.help import hydra

        screen.show(hydra(screen.width))
        return 0
    shell = next((place for place, word in enumerate(words) if word in SHELL), None)
    if shell is None:
        from ccorch.config import hydra_app

        return hydra_app.main(words, project=found.project)
    if any(word.startswith("query") for word in words[shell + 1 :]):
        return complete(environment.get("COMP_LINE", ""), found.project, screen, house)
    from ccorch.config import completion

    status, text = completion.answer(words[shell + 1 :], found.project, environment)
    print(text, end="", file=screen.err if status else screen.out)
    return status


def complete(line: str, project: Path, screen: Screen, house: Open | None = None) -> int:
    """Print the words that the last word of a command line can become."""
    screen.show(candidates(line, project, house))
    return 0


def candidates(line: str, project: Path, house: Open | None = None) -> list[str]:
    """Verbs, flags, their values, runs, options and overrides that the last word can become."""
    before, _, word = line.rpartition(" ")
    typed = before.split()[1:]
    if typed[-1:] == ["-C"]:
        return []
    project = _project(typed, project)
    last = typed[-1] if typed else ""
    typed = [text for text in typed if not text.startswith("-")]
    verb = next((BY_NAME[" ".join(typed[:n])] for n in (2, 1) if " ".join(typed[:n]) in BY_NAME), None)
    chosen = _of_flag(verb.name if verb else "run", last, word)
    if chosen is not None:
        return chosen
    if word.startswith("-"):
        return sorted(name for name in _flags(verb.name if verb else "run") if name.startswith(word))
    return [*_verbs(typed, word), *_named(verb.name if verb else "run", typed, word, line, project, house)]


def _of_flag(verb: str, last: str, word: str) -> list[str] | None:
    """What may stand behind a flag of few words; None where no such flag stands before."""
    spelling, equals, begun = word.partition("=") if word.startswith("--") else (last, "", word)
    flag = next((flag for flag in spelled(BY_NAME[verb]) if spelling in flag.spellings and flag.choices), None)
    if flag is None or (word.startswith("--") and not equals):
        return None
    return [f"{spelling}={name}" if equals else name for name in flag.choices if name.startswith(begun)]


def _named(verb: str, typed: Sequence[str], word: str, line: str, project: Path, house: Open | None) -> list[str]:
    """What the verb takes without a flag: runs, options, overrides."""
    from ccorch.config import completion

    positional = BY_NAME[verb].positional
    if house is not None and positional[:1] in (("run",), ("before",)):
        return [run for run in _runs(house(project)) if run.startswith(word)]
    if positional[:1] == ("option",) and "=" not in word and len(typed) == 2:
        return [name for name in completion.options(project) if name.startswith(word)]
    if "overrides" not in BY_NAME[verb].request.model_fields:
        return []
    key, equals, begun = word.partition("=")
    if equals and key in ("profile", "routing.profile", "script") and house is not None:
        from ccorch.operations.extras import names

        return [f"{key}={name}" for name in names(house(project), key) if name.startswith(begun)]
    return completion.complete(line, project)


def _runs(house: House) -> list[str]:
    return [row.run_id for row in house.library.rows(LATEST).rows]


def _verbs(typed: Sequence[str], word: str) -> list[str]:
    """The next word of every verb whose first words are those."""
    names = (verb.name.split() for verb in VERBS)
    fitting = (name[len(typed)] for name in names if name[: len(typed)] == list(typed) and len(name) > len(typed))
    return [name for name in dict.fromkeys(fitting) if name.startswith(word)]


def _flags(verb: str) -> list[str]:
    own = [name for flag in spelled(BY_NAME[verb]) for name in flag.spellings]
    return [*own, *EVERYWHERE, *(FLAGS if verb in ("run", "plan") else ())]


def _project(typed: Sequence[str], project: Path) -> Path:
    if "-C" in typed[:-1]:
        return Path(os.path.expanduser(typed[list(typed).index("-C") + 1]))
    return project


def _before_end(words: Sequence[str]) -> Sequence[str]:
    return words[: words.index("--")] if "--" in words else words
