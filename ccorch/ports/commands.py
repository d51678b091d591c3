"""What the house needs to run programs that nobody has looked at."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ccorch.schema.policy import Sandbox


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    status: int
    """Its exit status; negative is the signal that ended it."""
    out: str
    """What it printed, as far as the limit allows."""
    timed_out: bool = False
    """Whether it was ended because its time was over."""


class Commands(Protocol):
    """Runs code that nobody has looked at."""

    def tried(
        self,
        words: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        seconds: float,
        unwanted: Callable[[], bool] = lambda: False,
        sandbox: Sandbox = "off",
        lent: Sequence[Path] = (),
    ) -> Ran | None:
        """Run a command in a folder with exactly this environment, a home and a temporary folder of its own.

        It and everything that it started is ended when the time is over, or nobody wants it any more. In a sandbox
        it writes in these folders alone, finds what is lent where it is, and reaches no network; raises
        SandboxUnavailable. Null when there is no such program.
        """
        ...

    def python(self, script: Path, folder: Path, seconds: float) -> Ran:
        """Run a script alone in a folder: no environment, no site packages, little memory, nothing to write."""
        ...
