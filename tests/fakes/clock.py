"""A clock that moves only when it is told to, and a second with every look if so wished."""

from dataclasses import dataclass


@dataclass
class FakeClock:
    """Answers the clock port."""

    time: float = 1_000.0
    step: float = 0.0

    def now(self) -> float:
        """The time, which then moves by the step."""
        now = self.time
        self.time += self.step
        return now
