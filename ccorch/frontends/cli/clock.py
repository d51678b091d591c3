"""Times as the person at this machine reads them: local ones."""

import time


def clock(at: float) -> str:
    """The local time of day."""
    return time.strftime("%H:%M:%S", time.localtime(at))


def moment(at: float | None) -> str:
    """The local day and time."""
    return "-" if at is None else time.strftime("%Y-%m-%d %H:%M", time.localtime(at))
