"""What a controller best does next with a run, why, and the commands among which it chooses."""

from typing import Literal

from ccorch.schema.base import Many, Value

Action = Literal[
    "wait",
    "answer",
    "stop_or_review",
    "resume",
    "verify",
    "accept",
    "read",
    "review",
    "inspect_or_retry",
    "nothing",
]


class Choice(Value):
    """Something that can be done now."""

    means: str
    """What it does, in a few words."""
    command: str
    """The command that does it."""


class NextStep(Value):
    """The recommended action; whoever decides may choose another one."""

    action: Action
    """What is recommended."""
    reason: str
    """Why, by facts of the run and never by words of a worker."""
    choices: Many[Choice] = ()
    """What can be done, the recommended one first."""
    wait_seconds: int = 0
    """How long the next wait best is, where waiting is recommended; 0 where it is not."""

    @property
    def asks(self) -> bool:
        """Whether it is the controller's turn."""
        return self.action not in ("wait", "nothing")
