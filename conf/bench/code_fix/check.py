"""Counts the promises of slots.py that hold; none counts when something that worked before is broken."""

import runpy

PROMISES = {
    "spans that touch stay apart": lambda merged, free: merged([(1, 2), (2, 3)]) == [(1, 3)],
    "a span inside another shortens it": lambda merged, free: merged([(1, 9), (3, 4)]) == [(1, 9)],
    "time before the start is given as free": lambda merged, free: free([(0, 10)], 20, 30) == [(20, 30)],
}
BEFORE = (
    lambda merged, free: merged([]) == [],
    lambda merged, free: merged([(5, 6), (1, 2)]) == [(1, 2), (5, 6)],
    lambda merged, free: merged([(3, 6), (1, 4)]) == [(1, 6)],
    lambda merged, free: free([], 1, 5) == [(1, 5)],
    lambda merged, free: free([(2, 3), (4, 9)], 1, 5) == [(1, 2), (3, 4)],
    lambda merged, free: free([(9, 12), (20, 30)], 1, 10) == [(1, 9)],
)


def holds(promise):
    """Whether it is kept; code that breaks off keeps nothing."""
    try:
        return promise(module["merged"], module["free"]) is True
    except Exception:
        return False


module = runpy.run_path("slots.py")
kept = [name for name, promise in PROMISES.items() if holds(promise)]
if all(holds(promise) for promise in BEFORE):
    print("\n".join(name for name in PROMISES if name not in kept))
    print(f"right {len(kept)} of {len(PROMISES)}")
else:
    print("something that worked before is broken")
    print(f"right 0 of {len(PROMISES)}")
