"""The files of a run, with their hashes; only what is listed can be read."""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from pydantic import ValidationError

from ccorch.adapters.files import open_below, read_limited, write_private
from ccorch.adapters.run_folder.digests import SHARED, Digests
from ccorch.adapters.run_folder.layout import MANIFEST, no_artifact, relative_name
from ccorch.errors import RunCorrupt
from ccorch.ports.shelf import Lines, Listed
from ccorch.schema.artifacts import Left
from ccorch.schema.base import Value
from ccorch.schema.ids import Sha256

_LIMIT = 64 << 20
_PIECE = 1 << 20


class FileHash(Value):
    """What a file was when it was listed."""

    bytes: int
    """Size."""
    sha256: Sha256
    """Hash of its content."""


class Manifest(Value):
    """The files of a run."""

    final: bool
    """Whether the run was over when it was made; before that, files come and grow."""
    files: dict[str, FileHash]
    """Every file but the manifest itself, by its name relative to the run's folder."""


class Page(Value):
    """Some lines of a file."""

    path: str
    """Name of the file, relative to the run's folder."""
    start: int
    """Number of the first line, from 1."""
    lines: tuple[str, ...]
    """The lines without their ends."""
    next: int | None
    """Line to go on with; null at the end."""
    cut: bool
    """Whether a line was too long and is shown in part."""


class KeptFiles:
    """The files of a run that is over, as its manifest tells them."""

    final = True

    def __init__(self, manifest: Manifest) -> None:
        self._files = manifest.files
        self.names = tuple(sorted(manifest.files))

    def about(self, names: Sequence[str]) -> tuple[Listed, ...]:
        """Size and hash of these."""
        return tuple(Listed(name, self._files[name].bytes, self._files[name].sha256) for name in names)


class LiveFiles:
    """The files of a run that goes on, as its folder holds them now."""

    final = False

    def __init__(self, artifacts: "Artifacts") -> None:
        self._artifacts = artifacts
        self.names = tuple(sorted(_names(artifacts.folder)))

    def about(self, names: Sequence[str]) -> tuple[Listed, ...]:
        """Size and hash of these; what was read before and is as it was then is not read again."""
        found = self._artifacts.hashes(names, SHARED)
        return tuple(Listed(name, file.bytes, file.sha256) for name, file in found.items())


class Artifacts:
    """The files of one run folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def listed(self) -> KeptFiles | LiveFiles:
        """What the final manifest lists, or what the folder holds now."""
        stored = self._stored()
        return KeptFiles(stored) if stored and stored.final else LiveFiles(self)

    def kept(self) -> Left:
        """What the final manifest lists, or what the folder holds where there is none yet."""
        stored = self._stored()
        if stored and stored.final:
            return Left(files=len(stored.files), bytes=sum(one.bytes for one in stored.files.values()))
        sizes = list[int]()
        for name in _names(self.folder):
            with suppress(FileNotFoundError, NotADirectoryError):
                sizes.append(os.lstat(self.folder / name).st_size)
        return Left(files=len(sizes), bytes=sum(sizes))

    def scan(self, *, final: bool) -> Manifest:
        """A manifest of what the folder holds now; what goes away meanwhile is not in it."""
        return Manifest(final=final, files=self.hashes(sorted(_names(self.folder))))

    def hashes(self, names: Iterable[str], known: Digests | None = None) -> dict[str, FileHash]:
        """What these files are now; with `known`, what was read before and is as it was then is not read again."""
        files: dict[str, FileHash] = {}
        for name in names:
            with suppress(FileNotFoundError, NotADirectoryError):
                files[name] = self._hash(name, known)
        return files

    def store(self, manifest: Manifest, *, durable: bool = True) -> None:
        """Write the manifest."""
        write_private(self.folder / MANIFEST, manifest.model_dump_json(indent=1).encode() + b"\n", durable=durable)

    def relist(self, name: str) -> None:
        """Bring a final manifest up to date after one file was written; one that is not final is left."""
        stored = self._stored()
        if stored and stored.final:
            files = dict(sorted({**stored.files, name: self._hash(name)}.items()))
            self.store(Manifest(final=True, files=files))

    def differences(self) -> tuple[str, ...]:
        """How the files differ from the final manifest, in words; nothing before there is one."""
        stored = self._stored()
        if not stored or not stored.final:
            return ()
        now = self.scan(final=True).files
        gone = [f"{name} is missing" for name in stored.files if name not in now]
        new = [f"{name} is not in the manifest" for name in now if name not in stored.files]
        other = [f"{name} was changed" for name, was in stored.files.items() if name in now and now[name] != was]
        return (*gone, *new, *other)

    def read(self, path: str, start: int = 1, lines: int = 200, most_bytes: int = 200_000) -> Page:
        """Lines of a listed file, from `start` on, at most so many lines and bytes."""
        found = self.lines(path, start, lines, most_bytes)
        texts = tuple(text for _, text in found.lines)
        return Page(path=path, start=start, lines=texts, next=found.next, cut=found.cut)

    def lines(self, path: str, start: int, most: int, most_bytes: int, holding: str = "") -> Lines:
        """The same with their numbers, only lines that hold the text; a long line is never held in memory."""
        shown: list[tuple[int, str]] = []
        left, number, next_one, is_cut = most_bytes, 0, None, False
        wanted = holding.casefold()
        with self._open(path) as file:
            while piece := file.readline(_PIECE):
                is_longer = not piece.endswith(b"\n") and _skip_line(file)
                number += 1
                if number < start or next_one is not None:
                    continue
                if wanted and wanted not in piece.decode("utf-8", "replace").casefold():
                    continue
                if len(shown) == most or left <= 0:
                    next_one = number
                    continue
                shown.append((number, piece[:left].decode("utf-8", "replace").rstrip("\r\n")))
                is_cut = is_cut or is_longer or len(piece.rstrip(b"\r\n")) > left
                left -= len(piece)
        return Lines(lines=tuple(shown), next=next_one, total=number, cut=is_cut)

    def _open(self, path: str) -> BinaryIO:
        name = relative_name(path)
        manifest = self._stored()
        if manifest and manifest.final and name not in manifest.files and name != MANIFEST:
            raise no_artifact(path)
        try:
            return open_below(self.folder, name)
        except OSError as error:
            raise no_artifact(path) from error

    def _hash(self, name: str, known: Digests | None = None) -> FileHash:
        with open_below(self.folder, name) as file:
            size, digest = (known or Digests()).of(str(self.folder / name), file)
        return FileHash(bytes=size, sha256=digest)

    def _stored(self) -> Manifest | None:
        path = self.folder / MANIFEST
        try:
            return Manifest.model_validate_json(read_limited(path, _LIMIT))
        except FileNotFoundError:
            return None
        except (OSError, ValidationError) as error:
            raise RunCorrupt(f"{path} is not a manifest", path=str(path)) from error


def _names(folder: Path, below: str = "") -> Iterator[str]:
    with os.scandir(folder) as entries:
        for entry in entries:
            name = below + entry.name
            if entry.name.startswith(".") or name == MANIFEST:
                continue
            if entry.is_dir(follow_symlinks=False):
                with suppress(FileNotFoundError):  # it went away meanwhile
                    yield from _names(folder / entry.name, name + "/")
            elif entry.is_file(follow_symlinks=False):
                yield name


def _skip_line(file: BinaryIO) -> bool:
    """Read to the end of the line; whether anything but its end was there."""
    skipped = False
    while piece := file.readline(_PIECE):
        skipped = skipped or piece != b"\n"
        if piece.endswith(b"\n"):
            break
    return skipped
