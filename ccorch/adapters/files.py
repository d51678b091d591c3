"""Private files that are written whole or not at all, and never through a symbolic link."""

import errno
import fcntl
import json
import os
import stat
import struct
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path
from typing import Any, BinaryIO

from ccorch.errors import RunCorrupt, WorkspaceUnwritable

_ANY = os.O_CLOEXEC | os.O_NOFOLLOW
_GET_FLAGS, _SET_FLAGS, _TOP_FOLDER = 0x80086601, 0x40086602, 0x00020000
"""FS_IOC_GETFLAGS, FS_IOC_SETFLAGS and EXT4_TOPDIR_FL of linux/fs.h: `chattr +T`."""


def write_private(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Put the content there, readable for the owner only; after a crash the old file or the new one is there.

    What is not durable is not waited for on its way to the disk: a loss of power may leave it empty.
    """
    with writing(path):
        _refuse_link(path)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:100]}.", suffix=".tmp")
        try:
            with open(handle, "wb") as file:
                file.write(content)
                file.flush()
                if durable:
                    os.fsync(file.fileno())
            os.rename(name, path)
        finally:
            # whatever went wrong, no draft stays; one that was renamed is gone
            Path(name).unlink(missing_ok=True)
        if durable:
            sync_folder(path.parent)


def sync_files(folder: Path, *names: str) -> None:
    """Wait until these files of a folder, and the folder itself, are on the disk."""
    for name in names:
        file = os.open(folder / name, os.O_RDONLY | _ANY)
        try:
            os.fsync(file)
        finally:
            os.close(file)
    sync_folder(folder)


def make_private_dir(path: Path, root: Path) -> None:
    """Make the folder and what is missing above it, down from `root`; no link is followed on that way."""
    with writing(path):
        _make(root, parents=True, may_be_link=True)
        below = root
        for part in path.relative_to(root).parts:
            below = below / part
            _make(below, parents=False, may_be_link=False)


def scatter(folder: Path) -> None:
    """Have folders that are made in here lie far from each other on the disk, where that can be asked for (ext4).

    ext4 tries the place of every file that was deleted nearby within the last minutes before it makes one: where
    10,000 were, 10,000 new ones take ten seconds instead of half of one.
    """
    here = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | _ANY)
    try:
        (flags,) = struct.unpack("i", fcntl.ioctl(here, _GET_FLAGS, bytes(4)))
        if not flags & _TOP_FOLDER:
            fcntl.ioctl(here, _SET_FLAGS, struct.pack("i", flags | _TOP_FOLDER))
    except OSError:
        pass  # another file system, which has no such habit
    finally:
        os.close(here)


def append_line(file: int, line: bytes, *, durable: bool = True) -> None:
    """One write at the end of an open file, on disk when durable; on failure the file is cut back."""
    size = os.fstat(file).st_size
    try:
        if os.write(file, line) != len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if durable:
            os.fsync(file)
    except OSError:
        os.ftruncate(file, size)
        raise


def append_shared(path: Path, line: bytes) -> None:
    """Put a line at the end of a private file that several processes write, on disk; a torn one stays by itself."""
    with writing(path):
        file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | _ANY, 0o600)
        try:
            # an append that fails is cut back, which nobody else's line may come before
            fcntl.flock(file, fcntl.LOCK_EX)
            size = os.fstat(file).st_size
            is_torn = size > 0 and os.pread(file, 1, size - 1) != b"\n"
            append_line(file, b"\n" + line if is_torn else line)
        finally:
            os.close(file)


def open_below(folder: Path, name: str) -> BinaryIO:
    """A regular file to read, by its name relative to the folder; no part of the name may be a link."""
    *folders, last = name.split("/")
    here = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in folders:
            below = os.open(part, os.O_RDONLY | os.O_DIRECTORY | _ANY, dir_fd=here)
            os.close(here)
            here = below
        file = os.open(last, os.O_RDONLY | os.O_NONBLOCK | _ANY, dir_fd=here)
    finally:
        os.close(here)
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise OSError(errno.EINVAL, "not a regular file", str(folder / name))
    return open(file, "rb")


def whole_lines(file: BinaryIO) -> Iterator[bytes]:
    """The lines from here on; one without an end is not there yet, for it is being written or was torn."""
    return takewhile(lambda line: line.endswith(b"\n"), file)


def known_object(path: Path) -> dict[str, Any]:
    """The JSON object that a file of ours holds; nothing where there is none or it cannot be read."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def read_limited(path: Path, limit: int) -> bytes:
    """The content of a regular file; one larger than the limit is refused."""
    with open_below(path.parent, path.name) as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise RunCorrupt(f"{path} is larger than {limit} bytes", path=str(path))
    return content


def read_given(path: Path, limit: int) -> tuple[bytes | None, str | None]:
    """What a file that somebody else keeps holds, or why not; both null when there is none. Links are followed."""
    try:
        # not blocking: whoever opens a FIFO waits for its writer
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None, None
    except ValueError:
        return None, f"{str(path)!r} is no path of a file"
    except OSError as problem:
        return None, f"{path} cannot be read: {problem.strerror}"
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        return None, f"{path} is not a regular file"
    with open(file, "rb") as given:
        content = given.read(limit + 1)
    return (content, None) if len(content) <= limit else (None, f"{path} is larger than {limit >> 20} MB")


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable."""
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Failures of the disk inside become WorkspaceUnwritable, with the path and the reason."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise WorkspaceUnwritable(f"cannot write {path}: {reason}", path=str(path), reason=reason) from error


def _make(path: Path, *, parents: bool, may_be_link: bool) -> None:
    if _is_folder(path, may_be_link):
        return
    if parents:
        path.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        if not may_be_link:
            _refuse_link(path)
        if not path.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path)) from None


def _is_folder(path: Path, may_be_link: bool) -> bool:
    try:
        return stat.S_ISDIR(os.stat(path, follow_symlinks=may_be_link).st_mode)
    except OSError:
        return False


def _refuse_link(path: Path) -> None:
    if path.is_symlink():
        raise OSError(errno.ELOOP, "it is a symbolic link", str(path))
