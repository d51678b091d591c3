"""Files of people: written whole or left as they were, never by accident in the place of something."""

import errno
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from ccorch.errors import NAME_ANOTHER, WorkspaceUnwritable


def make(path: Path, content: bytes, mode: int = 0o644) -> bool:
    """Make the file; false when something of that name is there already. Raises WorkspaceUnwritable."""
    with _told(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with _draft(path, content, mode) as draft:
                # a link, unlike a rename, never takes the place of something
                os.link(draft, path)
        except FileExistsError:
            return False
    return True


def replace(path: Path, content: bytes, mode: int) -> None:
    """Put this in the place of the file. Raises WorkspaceUnwritable."""
    with _told(path), _draft(path, content, mode) as draft:
        os.rename(draft, path)


def put(name: str, content: str | bytes, what: str) -> None:
    """Write what was asked for to the file of that name, for its owner alone; whole, or what was there stays.

    A link to a file is refused, for somebody else may have put it there; what is no file, such as a pipe, gets it.
    """
    path, data = Path(name), content.encode("utf-8", "replace") if isinstance(content, str) else content
    try:
        if path.exists() and not path.is_file():
            _poured(path, data)
            return
        if path.is_symlink():
            raise OSError(errno.ELOOP, "it is a symbolic link")
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o600
        with _draft(path, data, mode) as draft:
            os.rename(draft, path)
    except OSError as problem:
        said = f"cannot write the {what} to {name!r}: {problem.strerror}"
        raise WorkspaceUnwritable(said, hint=NAME_ANOTHER, path=name) from problem


def _poured(path: Path, data: bytes) -> None:
    """Write to what is no file; where a file has taken its place meanwhile, that is left as it is."""
    with open(os.open(path, os.O_WRONLY | os.O_CLOEXEC), "wb") as there:
        if stat.S_ISREG(os.fstat(there.fileno()).st_mode):
            raise OSError(errno.EEXIST, "a file has taken its place meanwhile")
        there.write(data)


def keep(path: Path, content: bytes, mode: int) -> Path:
    """A copy of what the file was, beside it, under a name that nothing has. Raises WorkspaceUnwritable."""
    names = (f"{path.name}.before-ccorch{f'-{number}' if number > 1 else ''}" for number in count(1))
    return next(copy for name in names if make(copy := path.with_name(name), content, mode))


@contextmanager
def _draft(path: Path, content: bytes, mode: int) -> Iterator[str]:
    """A file beside it with the content; it is gone afterwards, unless it has another name by then."""
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:100]}.", suffix=".tmp")
    try:
        with open(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(draft, mode)
        yield draft
    finally:
        Path(draft).unlink(missing_ok=True)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        said = f"cannot write {path}: {problem.strerror}"
        raise WorkspaceUnwritable(said, path=str(path)) from problem
