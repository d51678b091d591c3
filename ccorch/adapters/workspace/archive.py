"""Archives: runs packed into one compressed file, every member known by its sha256, read back before it counts."""

import gzip
import hashlib
import io
import os
import tarfile
import tempfile
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from pydantic import ValidationError

from ccorch import __version__
from ccorch.adapters.files import make_private_dir, open_below, sync_folder, writing
from ccorch.adapters.run_folder.artifacts import FileHash
from ccorch.adapters.run_folder.layout import is_run_id, relative_name
from ccorch.errors import CcorchError, NotFound, RunCorrupt, RunStateConflict, WorkspaceUnwritable
from ccorch.schema.base import Many, Value

ENDING = ".tar.gz"
CONTENTS = "archive.json"
_PIECE = 1 << 20
_LARGEST_CONTENTS = 256 << 20
_LARGEST_HEADER = 1 << 16
"""Bytes of what stands before a member; a name needs fewer."""

_BROKEN = (tarfile.TarError, gzip.BadGzipFile, EOFError, zlib.error, RecursionError)
"""Recursion: headers of headers, without end."""


class Contents(Value):
    """What an archive says of itself; its first member."""

    format: int
    """Version of this form."""
    ccorch: str
    """Version that packed it."""
    at: float
    """Unix time."""
    runs: Many[str]
    """Runs in it."""
    files: dict[str, FileHash]
    """Every member but this one, as `<run>/<file>`."""


def pack(folder: Path, sources: Mapping[str, Path], at: float) -> Path:
    """A new archive of these run folders; it has its name only when it was read back whole."""
    make_private_dir(folder, folder.parents[2])
    contents = Contents(format=1, ccorch=__version__, at=at, runs=tuple(sources), files=dict(_files(sources)))
    with writing(folder):
        handle, draft = tempfile.mkstemp(dir=folder, prefix=".packing-", suffix=".tmp")
        try:
            with open(handle, "wb") as file:
                _write(file, contents, sources)
                file.flush()
                os.fsync(file.fileno())
            if _verified(Path(draft)) != contents:
                raise RunCorrupt("the archive is not what was packed", hint="nothing was removed; try again")
            return _named(folder, Path(draft), at)
        finally:
            Path(draft).unlink(missing_ok=True)


def contents(path: Path) -> Contents:
    """What an archive says of itself; its members are not read. Raises RunCorrupt."""
    with _opened(path) as members:
        return _contents(path, next(members, None))


def holds(path: Path, run: str, folder: Path) -> bool:
    """Whether an archive holds a run's folder exactly as it is now."""
    packed = {name: known for name, known in contents(path).files.items() if name.startswith(f"{run}/")}
    return dict(_files({run: folder})) == packed


def unpack(path: Path, runs: Sequence[str], into: Path) -> None:
    """Put these runs of an archive into a folder, every file compared with its hash. Raises RunCorrupt."""
    with _opened(path) as members:
        told = _contents(path, next(members, None))
        for name, file in _compared(path, told, members):
            run, _, rest = name.partition("/")
            if run in runs:
                place = into / run / rest
                make_private_dir(place.parent, into)
                with writing(place), open(place, "xb", opener=_private) as copy:
                    for piece in file:
                        copy.write(piece)
                    copy.flush()
                    os.fsync(copy.fileno())
            else:
                for _ in file:
                    pass


def _verified(path: Path) -> Contents:
    with _opened(path) as members:
        told = _contents(path, next(members, None))
        for _, file in _compared(path, told, members):
            for _ in file:
                pass
    return told


def _compared(path: Path, told: Contents, members: "Iterator[_Member]") -> Iterator[tuple[str, Iterator[bytes]]]:
    """Every member with its pieces; after the last one it is known that none is missing, changed or added."""
    seen: set[str] = set()
    for member in members:
        if member.name not in told.files or member.name in seen:
            raise _broken(path, f"{member.name!r} is not in its list")
        seen.add(member.name)
        yield member.name, _checked(path, member, told.files[member.name])
    if missing := sorted(set(told.files) - seen):
        raise _broken(path, f"it is cut short: {missing[0]} and {len(missing) - 1} more files are missing")


def _checked(path: Path, member: "_Member", known: FileHash) -> Iterator[bytes]:
    digest, size = hashlib.sha256(), 0
    for piece in member.pieces:
        digest.update(piece)
        size += len(piece)
        if size > known.bytes:
            break
        yield piece
    if (size, digest.hexdigest()) != (known.bytes, known.sha256):
        raise _broken(path, f"{member.name} is not as it was packed")


class _Header(tarfile.TarInfo):
    """What stands before a member; one larger than a name needs would be held in memory as a whole."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> "_Header":
        """The header of these bytes."""
        found = super().frombuf(buf, encoding, errors)
        if found.type not in tarfile.REGULAR_TYPES and found.size > _LARGEST_HEADER:
            raise tarfile.ReadError("a header is too large")
        return found


class _Member:
    """A file in an archive."""

    def __init__(self, name: str, file: BinaryIO) -> None:
        self.name = name
        self.pieces = iter(lambda: file.read(_PIECE), b"")


@contextmanager
def _opened(path: Path) -> Iterator[Iterator[_Member]]:
    """The members in order; whatever is wrong with the file is told as RunCorrupt."""
    try:
        with (
            open_below(path.parent, path.name) as file,
            gzip.GzipFile(fileobj=file, mode="rb") as packed,
            tarfile.open(fileobj=packed, mode="r|", tarinfo=_Header) as tar,
        ):
            yield _members(path, tar, packed)
    except FileNotFoundError as problem:
        raise NotFound(f"no archive {str(path)!r}", hint="`ccorch workspace status` lists them") from problem
    except _BROKEN as problem:
        raise _broken(path, f"it is cut short or damaged ({problem})") from problem
    except OSError as problem:
        raise _broken(path, problem.strerror or str(problem)) from problem


def _members(path: Path, tar: tarfile.TarFile, packed: gzip.GzipFile) -> Iterator[_Member]:
    for info in tar:
        file = tar.extractfile(info) if info.isreg() else None
        if file is None:
            raise _broken(path, f"{info.name!r} is no regular file")
        yield _Member(info.name, file)  # type: ignore[arg-type]
    # the checksum stands at the very end, behind what any member needs
    while packed.read(_PIECE):
        pass


def _contents(path: Path, first: _Member | None) -> Contents:
    if first is None or first.name != CONTENTS:
        raise _broken(path, f"it does not begin with {CONTENTS}")
    said = bytearray()
    for piece in first.pieces:
        said += piece
        if len(said) > _LARGEST_CONTENTS:
            raise _broken(path, "its list is too long")
    try:
        told = Contents.model_validate_json(bytes(said))
    except ValidationError as problem:
        raise _broken(path, f"its list cannot be read: {problem.errors()[0]['msg']}") from problem
    for name in told.files:
        run, _, rest = name.partition("/")
        if run not in told.runs or not is_run_id(run) or not _is_plain(rest):
            raise _broken(path, f"{name!r} is no file of a run in it")
    return told


def _is_plain(name: str) -> bool:
    try:
        return bool(relative_name(name))
    except CcorchError:
        return False


def _files(sources: Mapping[str, Path]) -> Iterator[tuple[str, FileHash]]:
    for run, folder in sources.items():
        for name in names(folder):
            digest, size = hashlib.sha256(), 0
            with open_below(folder, name) as file:
                while piece := file.read(_PIECE):
                    digest.update(piece)
                    size += len(piece)
            yield f"{run}/{name}", FileHash(bytes=size, sha256=digest.hexdigest())


def names(folder: Path, below: str = "") -> Iterator[str]:
    """Every file of a run's folder, the manifest too; what no archive can carry is told."""
    with os.scandir(folder / below if below else folder) as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    for entry in found:
        name = below + entry.name
        if entry.is_dir(follow_symlinks=False):
            yield from names(folder, name + "/")
        elif entry.is_file(follow_symlinks=False) and _is_plain(name):
            yield name
        else:
            raise RunStateConflict(
                f"{folder / name} is a link, hidden or no regular file, which no archive carries",
                hint="look at it and take it away by hand, then pack again",
            )


def _write(file: BinaryIO, told: Contents, sources: Mapping[str, Path]) -> None:
    with (
        gzip.GzipFile(fileobj=file, mode="wb", filename="", mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as tar,
    ):
        said = told.model_dump_json().encode()
        tar.addfile(_info(CONTENTS, len(said)), io.BytesIO(said))
        for name, known in told.files.items():
            run, _, rest = name.partition("/")
            with open_below(sources[run], rest) as source:
                tar.addfile(_info(name, known.bytes), source)


def _info(name: str, size: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    return info


def _named(folder: Path, draft: Path, at: float) -> Path:
    """Give the file a name that no other has; a link never takes the place of something."""
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(at))
    for number in range(1, 1000):
        path = folder / f"runs-{stamp}{f'-{number}' if number > 1 else ''}{ENDING}"
        try:
            os.link(draft, path)
        except FileExistsError:
            continue
        sync_folder(folder)
        return path
    raise WorkspaceUnwritable(f"{folder} holds a thousand archives of this second", path=str(folder))


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


def _broken(path: Path, reason: str) -> RunCorrupt:
    return RunCorrupt(
        f"archive {path.name} cannot be used: {reason}", hint="nothing was changed by it", path=str(path)
    )
