"""Run commands on a result and on what it began with, both as plain files without git and without credentials."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ccorch.operations.house import House
from ccorch.ports import Ran
from ccorch.rules.passing import PASSED, PROXIES
from ccorch.rules.redaction import Redactor, passwords_in
from ccorch.rules.scope import matches
from ccorch.schema.checks import Checks, Command
from ccorch.schema.verdict import Check
from ccorch.verify.result import is_test
from ccorch.verify.trial import Attempted, Tried, proof


@dataclass(frozen=True)
class Trials:
    """The commands that try a result."""

    commands: tuple[Command, ...]
    """These must fail on the old code."""
    invariants: tuple[Command, ...]
    """These need not."""
    seconds: float
    """Longest time of each."""


def tried_by(
    house: House,
    project: Path,
    run: str,
    checks: Checks,
    trials: Trials,
    between: tuple[str, str],
    folder: str,
) -> tuple[Check, ...]:
    """What every command proves about the difference between two commits.

    The result is tried with its protected files as they are in the base. The old code is tried with the tests that
    the change brings: who changes a test so that it cannot fail any more is found out by that.
    """
    words = (*trials.commands, *trials.invariants)
    if not words:
        return ()
    base, result = between
    old = house.results.mixed(project, base, result, lambda path: is_test(checks, path))
    new = house.results.mixed(project, result, base, lambda path: matches(checks.protected, path))
    before = _on(house, project, run, old, words, trials.seconds, f"{folder}/{{}}.base.log")
    after = _on(house, project, run, new, words, trials.seconds, f"{folder}/{{}}.result.log")
    invariant = [False] * len(trials.commands) + [True] * len(trials.invariants)
    return tuple(proof(Tried(*one)) for one in zip(words, invariant, before, after, strict=True))


def _on(
    house: House, project: Path, run: str, tree: str, words: Sequence[Command], seconds: float, log: str
) -> list[Attempted]:
    with house.results.laid_out(project, tree) as place:
        return list(_each(house, run, place, words, seconds, log))


def _each(
    house: House, run: str, place: Path, words: Sequence[Command], seconds: float, log: str
) -> Iterator[Attempted]:
    environment = {name: value for name, value in house.environment.items() if name in PASSED}
    hidden = Redactor(passwords_in([environment[name] for name in PROXIES if name in environment]))
    for number, command in enumerate(words, 1):
        ran = house.commands.tried(command, place, environment, seconds)
        name = log.format(number)
        house.library.artifact(run, name, hidden.text(_said(ran)).encode("utf-8", "replace"))
        yield Attempted(ran, name)


def _said(ran: Ran | None) -> str:
    if ran is None:
        return "there is no such program\n"
    late = " because its time was over" if ran.timed_out else ""
    return f"{ran.out.rstrip()}\n--- ended with status {ran.status}{late} ---\n"
