"""What stands in a log behind a place, as lines that nobody has judged yet."""

import os
from pathlib import Path

from ccorch.adapters.files import open_below
from ccorch.ports.watching import Tail

MOST = 4 << 20
"""Bytes that are read at once."""


def tail(folder: Path, name: str, offset: int) -> Tail | None:
    """The whole lines behind that byte; a negative one counts from the end, and what it tears is left out.

    Null when the file is gone or shorter than that. A line longer than what is read at once is left out.
    """
    try:
        with open_below(folder, name) as file:
            size = os.fstat(file.fileno()).st_size
            start = offset if offset >= 0 else max(size + offset, 0)
            if start > size:
                return None
            content = os.pread(file.fileno(), MOST, start)
    except OSError:
        return None
    is_torn = offset < 0 < start
    first = content.find(b"\n") + 1 if is_torn else 0
    end = content.rfind(b"\n") + 1
    if not end and len(content) == MOST:
        return Tail(b"", start + MOST, is_all=False)
    if end < first:
        first = end
    return Tail(content[first:end], start + end, is_all=start + len(content) >= size)
