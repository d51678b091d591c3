"""By what an attempt is known everywhere."""

from dataclasses import dataclass


@dataclass(frozen=True)
class AttemptId:
    """One execution of one node of one run."""

    run: str
    node: str
    attempt: int

    def __str__(self) -> str:
        return f"{self.run}/{self.node}/{self.attempt}"
