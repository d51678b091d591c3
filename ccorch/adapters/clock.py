"""The clock port, answered by the machine."""

import time


class SystemClock:
    """Time as the machine tells it."""

    def now(self) -> float:
        """Unix time in seconds."""
        return time.time()
