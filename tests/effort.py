"""How much work something is: processor time, told for a machine of the usual pace whatever this one's is now."""

import json
import re
import time
from collections.abc import Callable

USUAL = 0.02
"""Processor seconds of the known work on a machine of the usual pace."""
TRIES = 10


def effort(work: Callable[[], object], enough: float) -> float:
    """Seconds that this work takes at the usual pace: the least of some tries; one within `enough` is the last.

    A machine that is slow, or busy with other things, takes longer for known work too, which is measured beside it.
    """
    found = float("inf")
    for _ in range(TRIES):
        before, taken, after = _seconds(_known), _seconds(work), _seconds(_known)
        found = min(found, taken / max(1.0, before / USUAL, after / USUAL))
        if found <= enough:
            break
    return found


def _seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def _known() -> object:
    """Something of everything: objects, texts, patterns."""
    rows = [{"name": f"n{number}", "at": number % 97, "words": ("a", "b", str(number))} for number in range(6_000)]
    text = json.dumps(sorted(rows, key=lambda row: (row["at"], row["name"])))
    return len(re.findall(r'"n(\d+)7"', text)), json.loads(text)
