"""The file of bills: one line each time that a run's bill is told anew; the daemon appends."""

import fcntl
import os
from pathlib import Path

from ccorch.adapters.files import append_line, writing
from ccorch.schema.bill import Bill


def append(path: Path, bill: Bill) -> None:
    """Put a bill at the end, on disk, or raise WorkspaceUnwritable; a torn line before it stays by itself."""
    line = bill.model_dump_json().encode() + b"\n"
    with writing(path):
        file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            size = os.fstat(file).st_size
            is_torn = size > 0 and os.pread(file, 1, size - 1) != b"\n"
            append_line(file, b"\n" + line if is_torn else line)
        finally:
            os.close(file)
