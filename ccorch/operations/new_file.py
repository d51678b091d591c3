"""New files of a project: whole or not there, and never in the place of something."""

import errno
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


def put(name: str, content: str, what: str) -> None:
    """Write what was asked for to the file of that name, for its owner alone; whole, or what was there stays.

    A link to a file is refused, for somebody else may have put it there; what is no file, such as a pipe, gets it.
    """
    path = Path(name)
    try:
        if path.exists() and not path.is_file():
            path.write_text(content, encoding="utf-8")
        elif path.is_symlink():
            raise OSError(errno.ELOOP, "it is a symbolic link")
        else:
            _put(path, content.encode("utf-8", "replace"))
    except OSError as problem:
        raise WorkspaceUnwritable(
            f"cannot write the {what} to {name!r}: {problem.strerror}", path=name
        ) from problem


def _put(path: Path, content: bytes) -> None:
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:100]}.", suffix=".tmp")
    try:
        with open(handle, "wb") as file:
            file.write(content)
        if path.exists():
            os.chmod(draft, path.stat().st_mode & 0o777)
        os.rename(draft, path)
    finally:
        Path(draft).unlink(missing_ok=True)


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
