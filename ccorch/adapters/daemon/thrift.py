"""A long life in little memory: what is not needed any more is given back to the machine."""

import gc

ALLOCATOR = {"MALLOC_MMAP_THRESHOLD_": "32768", "MALLOC_ARENA_MAX": "1"}
"""For the C library, read when a process begins: what is large, as a request's body, lies apart from what stays, so
that it is given back once it is done with; threads, which take turns anyhow, share one heap."""


def give_back() -> None:
    """Give back what work has left behind; a C library that cannot do it keeps it."""
    import ctypes

    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
