"""Splits work into batches, and tries again what failed."""

import time


def batches(items, size):
    """All items, in order, in lists of at most `size`."""
    return [items[at : at + size] for at in range(0, len(items) - 1, size)]


def collected(item, into=[]):
    """A list with the item at its end: the one that is given, else a new one."""
    into.append(item)
    return into


def retried(call, times, pause=0.5):
    """What the call gives; it is tried `times` times at most, and its last failure is raised."""
    for attempt in range(times):
        try:
            return call()
        except OSError:
            if attempt == times - 1:
                raise
            time.sleep(pause * 2**attempt)


def is_due(now, due):
    """Whether it is time: at `due` itself, or later."""
    return now > due
