"""Hydra's own flags and tab completion, handed to the rooms that know them."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from ccorch.frontends.cli import help as told
from ccorch.frontends.cli.command import EVERYWHERE, Command, spelled
from ccorch.frontends.cli.screen import Screen
from ccorch.operations.registry import BY_NAME, VERBS

FLAGS = ("--cfg", "-c", "--info", "-i", "--package", "-p", "--resolve", "--hydra-help")
SHELL = ("-sc", "--shell-completion")
COMPLETE = "_complete"


def is_asked(found: Command) -> bool:
    """Whether Hydra's own flags stand among the words of `run` or `plan`."""
    if found.verb is None or found.verb.name not in ("run", "plan"):
        return False
    flags = {word.partition("=")[0] for word in _before_end(found.words)}
    return not flags.isdisjoint((*FLAGS, *SHELL))


def show(found: Command, screen: Screen, environment: Mapping[str, str]) -> int:
    """Print what they ask for; nothing is run."""
    words = list(found.words)
    if "--hydra-help" in words:
        screen.show(told.hydra(screen.width))
        return 0
    shell = next((place for place, word in enumerate(words) if word in SHELL), None)
    if shell is None:
        from ccorch.config import hydra_app

        return hydra_app.main(words, project=found.project)
    if any(word.startswith("query") for word in words[shell + 1 :]):
        return complete(environment.get("COMP_LINE", ""), found.project, screen)
    from ccorch.config import completion

    status, text = completion.answer(words[shell + 1 :], found.project, environment)
    print(text, end="", file=screen.err if status else screen.out)
    return status


def complete(line: str, project: Path, screen: Screen) -> int:
    """Print the words that the last word of a command line can become."""
    screen.show(candidates(line, project))
    return 0


def candidates(line: str, project: Path) -> list[str]:
    """Verbs, flags and overrides that the last word can become, by what stands before it."""
    before, _, word = line.rpartition(" ")
    typed = before.split()[1:]
    if typed[-1:] == ["-C"]:
        return []
    project = _project(typed, project)
    typed = [text for text in typed if not text.startswith("-")]
    verb = next((BY_NAME[" ".join(typed[:n])] for n in (2, 1) if " ".join(typed[:n]) in BY_NAME), None)
    if word.startswith("-"):
        return sorted(name for name in _flags(verb.name if verb else "run") if name.startswith(word))
    verbs = _verbs(typed, word)
    if verb is not None and "overrides" not in verb.request.model_fields:
        return verbs
    from ccorch.config import completion

    return [*verbs, *completion.complete(line, project)]


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
