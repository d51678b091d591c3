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

from ccorch.adapters.files import make_private_dir
from ccorch.adapters.git_command import Git
from ccorch.adapters.git_repository import Repository
from ccorch.errors import ProjectInvalid

FEWEST = 2_000
"""Files that a repository has at least for one to be worth its room."""

MOST = 200_000
"""Files of a repository that is too large for it."""

MOST_SPARES = 4
"""Repositories for which one is kept; the one that was made longest ago goes first."""

LEFT_BEHIND = 3600.0
"""Seconds after which what was never finished is taken away."""

MAKER = "ccorch-spare-worktree"
"""Name of a thread that makes one."""

# a sparse project gets whole worktrees, so that an absent file is always a deleted one
WHOLE = ("-c", "core.sparseCheckout=false")


@dataclass(frozen=True)
class Spares:
    """One for each repository: its files at some commit, and an index that knows them; git has no record of it."""

    folder: Path
    fewest: int = FEWEST
    _making: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, repository: Repository, folder: Path, record: Path, commit: str) -> bool:
        """Make an empty worktree whole from what lies ready; false where nothing does, or somebody was in it."""
        with self._taken(repository) as taken:
            if taken is None:
                return False
            files, index = taken / "files", taken / "index"
            git = Git.of(record, files).having(GIT_INDEX_FILE=str(index))
            if git.names("--others"):
                return False
            # files that differ from the commit, or are not as git has left them, are written anew
            git.out(*WHOLE, "read-tree", "--reset", "-u", commit)
            (folder / ".git").rename(files / ".git")
            folder.rmdir()
            files.rename(folder)
            index.rename(record / "index")  # last: a worktree with an index is a whole one
            return True

    def make_soon(self, repository: Repository, record: Path, commit: str) -> None:
        """Begin to make one for the next worktree, where it is worth that and there is none."""
        key = _key(repository)
        if not self.fewest <= _size(record / "index") <= MOST or (self.folder / key).exists():
            return
        with self._lock:
            if key in self._making:
                return
            self._making.add(key)
        threading.Thread(target=self._make_once, args=(repository, commit), name=MAKER, daemon=True).start()

    def make(self, repository: Repository, commit: str) -> None:
        """Make one; whole or not at all."""
        make_private_dir(self.folder, self.folder.parent)
        self._tidy()
        half = Path(tempfile.mkdtemp(dir=self.folder, prefix="."))
        try:
            (half / "files").mkdir()
            git = Git.of(repository.common, half / "files").having(GIT_INDEX_FILE=str(half / "index"))
            git.out(*WHOLE, "read-tree", "--reset", "-u", commit)
            half.rename(self.folder / _key(repository))
        finally:
            shutil.rmtree(half, ignore_errors=True)

    def _make_once(self, repository: Repository, commit: str) -> None:
        try:
            self.make(repository, commit)
        except (OSError, ProjectInvalid) as problem:
            print(f"no spare worktree of {repository.common}: {problem}", flush=True)
        finally:
            with self._lock:
                self._making.discard(_key(repository))

    @contextmanager
    def _taken(self, repository: Repository) -> Iterator[Path | None]:
        """What lies ready, for this caller alone; what is left of it is taken away."""
        ready = self.folder / _key(repository)
        if not ready.is_dir():
            yield None
            return
        mine = Path(tempfile.mkdtemp(dir=self.folder, prefix="."))
        try:
            yield mine if _renamed(ready, mine) else None
        finally:
            shutil.rmtree(mine, ignore_errors=True)

    def _tidy(self) -> None:
        """Take away what was never finished, and what was made longest ago."""
        for left in self.folder.glob(".*"):
            if time.time() - left.stat().st_mtime > LEFT_BEHIND:
                shutil.rmtree(left, ignore_errors=True)
        by_age = sorted(self.folder.glob("[0-9a-f]*"), key=lambda one: one.stat().st_mtime)
        for old in by_age[: 1 - MOST_SPARES or None]:
            shutil.rmtree(old, ignore_errors=True)


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
