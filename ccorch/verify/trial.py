"""What a command that tries a result proves: only one that could have failed says anything."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from ccorch.ports import Ran
from ccorch.schema.verdict import Check, Judgement


@dataclass(frozen=True)
class Attempted:
    """How a command ended on one state of the project."""

    ran: Ran | None
    """Null when there is no such program."""
    log: str
    """Where what it printed is kept."""


@dataclass(frozen=True)
class Tried:
    """A command, on the old code and on the result."""

    words: Sequence[str]
    is_invariant: bool
    """Whether it is to pass on the old code, too."""
    before: Attempted
    after: Attempted
    on_faults: tuple[Attempted, ...] = ()
    """How it ended on the result with each fault planted."""

    @property
    def name(self) -> str:
        """The command in one line."""
        return shlex.join(self.words)


def proof(tried: Tried) -> Check:
    """What the command says about the result."""
    judgement, reason = _judged(tried)
    evidence = (tried.before.log, tried.after.log, *(one.log for one in tried.on_faults))
    return Check(name=f"test {tried.name}", judgement=judgement, reason=reason, evidence=evidence)


def _judged(tried: Tried) -> tuple[Judgement, str]:
    before, after = tried.before.ran, tried.after.ran
    if before is None or after is None:
        return "blocked", f"there is no program {tried.words[0]!r} in the PATH"
    if after.timed_out:
        return "fail", f"on the result it was ended because its time was over; {_old(before)}"
    if after.status != 0:
        return "fail", f"on the result it ended with {_status(after)}; {_old(before)}"
    if tried.is_invariant:
        return "pass", "it passes on the result, as an invariant should"
    if before.status == 0 and any(one.ran is not None and one.ran.status != 0 for one in tried.on_faults):
        return "pass", "it passes on the result and fails on a planted fault"
    if before.status == 0:
        return "unknown", (
            "vacuous: it passes on what the run began with, too, so it proves nothing; "
            "give a test that fails there, or declare it as --invariant"
        )
    return "pass", f"it fails with {_status(before)} on what the run began with and passes on the result"


def _old(before: Ran) -> str:
    return (
        "it passes on what the run began with" if before.status == 0 else "it fails on what the run began with, too"
    )


def _status(ran: Ran) -> str:
    if ran.timed_out:
        return "a time-out"
    return f"signal {-ran.status}" if ran.status < 0 else f"status {ran.status}"
