"""What lies in a worktree besides plain files that git lists, and whether git's own record of it is as made."""

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ccorch.adapters import git_marks
from ccorch.adapters.brought import Brought
from ccorch.adapters.git_command import Git
from ccorch.adapters.git_repository import Repository
from ccorch.rules.scope import is_gits

_KINDS = {stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket", stat.S_IFCHR: "a device", stat.S_IFBLK: "a device"}
_INSTALLED = frozenset((b"node_modules", b"site-packages", b"dist-packages"))
"""Folders into which package managers link files hard; there only what is committed is looked at for it."""


@dataclass
class Walk:
    """One way through all that lies in a worktree."""

    top: bytes
    committed: frozenset[bytes]
    """Files of the result."""
    listed: frozenset[bytes]
    """Files that are told as ignored."""
    brought: Brought
    unlisted: list[bytes] = field(default_factory=list)
    """Files, and folders that git takes for its own, of which nothing has told yet."""
    odd: list[str] = field(default_factory=list)
    """What is no plain file, in words."""
    _linked: dict[tuple[int, int], list[bytes]] = field(default_factory=dict)
    _links: dict[tuple[int, int], int] = field(default_factory=dict)

    def go(self, shown: Callable[[bytes], str]) -> None:
        """Look at everything once."""
        folders = [b""]
        while folders:
            folder = folders.pop()
            try:
                with os.scandir(os.path.join(self.top, folder)) as entries:
                    folders += [name for entry in entries if (name := self._seen(entry, folder, shown)) is not None]
            except OSError as problem:
                self.odd.append(f"{shown(folder or b'.')} cannot be looked into ({problem.strerror})")
        for file, names in self._linked.items():
            if len(names) < self._links[file]:
                self.odd += [f"{shown(name)} is a file that lies elsewhere, too (hard link)" for name in names]

    def _seen(self, entry: os.DirEntry[bytes], folder: bytes, shown: Callable[[bytes], str]) -> bytes | None:
        """The folder to go on in; null for everything else."""
        name = os.path.join(folder, entry.name)
        if entry.is_dir(follow_symlinks=False):
            if is_gits(os.fsdecode(entry.name)) and name not in self.brought.folders:
                self.unlisted.append(name)
                return None
            return name
        if name == b".git" or name in self.brought.untouched:
            return None
        known = name in self.committed or name in self.listed or name in self.brought.names
        if not entry.is_symlink():
            self._look(entry.stat(follow_symlinks=False), name, shown)
            known = known or not entry.is_file(follow_symlinks=False)
        if not known:
            self.unlisted.append(name)
        return None

    def _look(self, status: os.stat_result, name: bytes, shown: Callable[[bytes], str]) -> None:
        if what := _KINDS.get(stat.S_IFMT(status.st_mode)):
            self.odd.append(f"{shown(name)} is {what}")
        elif status.st_mode & (stat.S_ISUID | stat.S_ISGID):
            self.odd.append(f"{shown(name)} runs with the rights of its owner or group")
        elif status.st_nlink > 1 and (name in self.committed or _INSTALLED.isdisjoint(name.split(b"/"))):
            file = (status.st_dev, status.st_ino)
            self._linked.setdefault(file, []).append(name)
            self._links[file] = status.st_nlink


def ways_out(top: Path, links: Iterator[tuple[str, bytes]]) -> Iterator[str]:
    """Links that lead out of the worktree, or to what is git's, by way of others; each has a name that is told."""
    real = os.path.realpath(top)
    for told, name in links:
        place = os.path.realpath(os.path.join(os.fsencode(top), name))
        below = os.path.relpath(place, os.fsencode(real))
        if below.split(b"/")[0] == b"..":
            yield f"{told} is a link that leads out by way of others"
        elif is_gits(os.fsdecode(below)):
            yield f"{told} is a link to what is git's"


def of_record(
    repository: Repository, folder: Path, record: Path | None, submodules: frozenset[bytes]
) -> Iterator[str]:
    """What of git's own record of the worktree is not as it was made; the result has these submodules."""
    if record is None:
        yield "git's record of the worktree is gone, or names another folder"
        return
    made = {
        folder / ".git": f"gitdir: {record}\n",
        record / "commondir": "../..\n",
    }
    for path, text in made.items():
        if _text(path) != text:
            yield f"{path.name} of the worktree is not as git has made it"
    if not (record / "locked").exists():
        yield "the worktree is not locked any more"
    index = record / "index"
    if index.is_symlink() or not index.is_file():
        yield "the index of the worktree is no file any more"
        return
    for entry in Git.of(repository.common, folder).having(GIT_INDEX_FILE=str(index)).names("-s"):
        if entry.startswith(b"160000 ") and entry not in submodules:
            name = repository.shown(entry.partition(b"\t")[2])
            yield f"{name} is a commit that was staged in the place of a folder"


def _text(path: Path) -> str | None:
    """What a small file says; null for everything else."""
    try:
        return git_marks.text(path)
    except OSError:
        return None
