"""What drives runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ccorch.schema.event import Answered
    from ccorch.schema.fact import Asker
    from ccorch.schema.noted import Noted
    from ccorch.schema.run import Launch, Submission, Told


class Engine(Protocol):
    """Drives runs: in this process, or in the daemon."""

    def submit(self, submission: Submission) -> None:
        """Accept a run; repeated submissions of one run are one run."""
        ...

    def stop(self, run: str, by: Asker, reason: str) -> bool:
        """Ask a run to stop; False when that was asked before. Raises RunStateConflict when it is over."""
        ...

    def pause(self, run: str, by: Asker, reason: str) -> bool:
        """Start nothing more of a run; False when it is paused. Raises RunStateConflict when it is over."""
        ...

    def resume(self, run: str, by: Asker, launch: Launch | None, drift: tuple[str, ...] = ()) -> bool:
        """Go on with a paused run; False when it is not. One that was over needs `launch`, and notes `drift`."""
        ...

    def move(self, run: str, by: Asker, priority: int) -> bool:
        """Give a run another place in the queue; False when it has that one. Raises RunStateConflict."""
        ...

    def retry(self, run: str, node: str, by: Asker, reason: str) -> tuple[str, ...]:
        """Have a node and everything after it done again; their names. Raises NotFound and RunStateConflict."""
        ...

    def send(self, run: str, told: Told, launch: Launch | None) -> str:
        """Tell a worker something: `live` in its session, or `resumed` where its session goes on in a new attempt.

        `launch` is needed for a run that is over. Raises NotFound and RunStateConflict.
        """
        ...

    def note(self, run: str, noted: Noted) -> None:
        """Write something down about a run, also about one that is over."""
        ...

    def answer(self, run: str, answered: Answered) -> None:
        """Answer a gate; raises RunStateConflict when it does not wait for this answer."""
        ...

    def is_alive(self) -> bool:
        """Whether something drives runs now; starts nothing."""
        ...

    def ensure(self) -> None:
        """Make sure that something drives runs."""
        ...
