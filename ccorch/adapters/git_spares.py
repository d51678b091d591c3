"""Files of large repositories that lie ready, so that a worktree is there at once however slow the disk is."""

import hashlib
import os
import shutil
import struct
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ccorch.adapters.files import make_private_dir, scatter
from ccorch.adapters.git_command import WHOLE, Git
from ccorch.adapters.git_repository import Repository
from ccorch.errors import CcorchError

FEWEST = 2_000
"""Files that a repository has at least for one to be worth its room."""

MOST = 200_000
"""Files of a repository that is too large for it."""

MOST_SPARES = 4
"""How many are kept in all; the one that was made longest ago goes first."""

MOST_EACH = 2
"""How many are kept of one repository: as many as its writers have lacked."""

LEFT_BEHIND = 3600.0
"""Seconds after which what was never finished is taken away."""

MAKER = "ccorch-spare-worktree"
"""Name of a thread that makes one."""


@dataclass(frozen=True)
class Spares:
    """For each repository its files at some commit, and an index that knows them; git has no record of it."""

    folder: Path
    fewest: int = FEWEST
    _making: set[str] = field(default_factory=set)
    _wanted: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def furnish(self, repository: Repository, folder: Path, record: Path, commit: str) -> None:
        """Make an empty worktree whole: from what lies ready, or from files that are written now."""
        with self._room() as room:
            # one that somebody has put a file into is thrown away
            if self._found(repository, room) and not _git(record, room).names("--others"):
                return _become(folder, record, room, commit)
        key = _key(repository)
        with self._lock:
            # nothing was there for this one, so one more had better be next time
            self._wanted[key] = min(self._wanted.get(key, 0) + 1, MOST_EACH)
        with self._room() as room:
            (room / "files").mkdir()
            _become(folder, record, room, commit)

    def make_soon(self, repository: Repository, record: Path, commit: str) -> None:
        """Begin to make what the next worktrees need, where it is worth that and there is too little."""
        key = _key(repository)
        if not self.fewest <= _size(record / "index") <= MOST:
            return
        with self._lock:
            if key in self._making:
                return
            self._making.add(key)
        threading.Thread(target=self._make_enough, args=(repository, commit), name=MAKER, daemon=True).start()

    def make(self, repository: Repository, commit: str) -> None:
        """Make one; whole or not at all."""
        with self._room() as room:
            self._tidy()
            (room / "files").mkdir()
            _git(repository.common, room).out(*WHOLE, "read-tree", "--reset", "-u", commit)
            room.rename(self.folder / f"{_key(repository)}{room.name}")

    def _make_enough(self, repository: Repository, commit: str) -> None:
        try:
            while self._lacks(_key(repository)):
                self.make(repository, commit)
        except (OSError, CcorchError) as problem:
            with self._lock:
                self._making.discard(_key(repository))
            print(f"no spare worktree of {repository.common}: {problem}", flush=True)

    def _lacks(self, key: str) -> bool:
        """Whether another one is to be made; whoever makes them is told once that there are enough."""
        with self._lock:
            lacks = len(self._ready(key)) < self._wanted.get(key, 1)
            if not lacks:
                self._making.discard(key)
            return lacks

    def _ready(self, key: str) -> list[Path]:
        return sorted(self.folder.glob(f"{key}.*"))

    def _found(self, repository: Repository, room: Path) -> bool:
        """Whether something lies ready; it is moved into the room, for this caller alone."""
        return any(_renamed(ready, room) for ready in self._ready(_key(repository)))

    @contextmanager
    def _room(self) -> Iterator[Path]:
        """A folder to make one in; what is left of it is taken away."""
        make_private_dir(self.folder, self.folder.parent)
        scatter(self.folder)
        room = Path(tempfile.mkdtemp(dir=self.folder, prefix="."))
        try:
            yield room
        finally:
            shutil.rmtree(room, ignore_errors=True)

    def _tidy(self) -> None:
        """Take away what was never finished, and what was made longest ago."""
        for left in self.folder.glob(".*"):
            if time.time() - left.stat().st_mtime > LEFT_BEHIND:
                shutil.rmtree(left, ignore_errors=True)
        by_age = sorted(self.folder.glob("[0-9a-f]*"), key=lambda one: one.stat().st_mtime)
        for old in by_age[: 1 - MOST_SPARES or None]:
            shutil.rmtree(old, ignore_errors=True)


def _become(folder: Path, record: Path, room: Path, commit: str) -> None:
    """Let what is in the room be the worktree at that folder."""
    files, index = room / "files", room / "index"
    # files that differ from the commit, or are not as git has left them, are written anew
    _git(record, room).out(*WHOLE, "read-tree", "--reset", "-u", commit)
    (folder / ".git").rename(files / ".git")
    folder.rmdir()
    files.rename(folder)
    index.rename(record / "index")  # last: a worktree with an index is a whole one


def _git(git_folder: Path, room: Path) -> Git:
    return Git.of(git_folder, room / "files").having(GIT_INDEX_FILE=str(room / "index"))


def _key(repository: Repository) -> str:
    return hashlib.sha256(os.fsencode(repository.common)).hexdigest()[:32]


def _size(index: Path) -> int:
    """How many files an index knows."""
    with open(index, "rb") as file:
        _, _, files = struct.unpack(">4sII", file.read(12))
    return int(files)


def _renamed(source: Path, target: Path) -> bool:
    """Whether this caller was the first to take it."""
    try:
        source.rename(target)
    except FileNotFoundError:
        return False
    return True
