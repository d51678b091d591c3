"""New files of a project: whole or not there, and never in the place of something."""

import os
import tempfile
from pathlib import Path

from ccorch.errors import WorkspaceUnwritable


def make(path: Path, content: bytes, mode: int = 0o644) -> bool:
    """Make the file; false when something of that name is there already. Raises WorkspaceUnwritable."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return _made(path, content, mode)
    except OSError as problem:
        said = f"cannot write {path}: {problem.strerror}"
        raise WorkspaceUnwritable(said, path=str(path)) from problem


def _made(path: Path, content: bytes, mode: int) -> bool:
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with open(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(draft, mode)
        # a link, unlike a rename, never takes the place of something
        os.link(draft, path)
    except FileExistsError:
        return False
    finally:
        Path(draft).unlink(missing_ok=True)
    return True
