"""Where a project's repository is, and where the project is in it."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from ccorch.adapters import git_marks, git_waits
from ccorch.adapters.git_command import Git, complaint, surroundings
from ccorch.errors import ProjectInvalid

_PLACES = (("--show-toplevel",), ("--git-common-dir",), ("--git-path", "index"))
_NO_COMMIT = 1
"""Exit status of who is quietly told that there is no such thing."""


@dataclass(frozen=True)
class Repository:
    """A project's repository."""

    here: Git
    common: Path
    """The git folder that all worktrees share."""
    below: Path
    """The project, relative to the top of its checkout."""
    index: Path
    """What the checkout has staged."""
    head: str | None
    """The commit that was checked out when this was found; null before the first one."""

    def base(self, commit: str) -> str:
        """The commit to start from, which must be there."""
        found = self.here.commit(commit)
        if found is None:
            raise ProjectInvalid(f"{str(self.here.cwd)!r} has no commit {commit!r}", hint="make a new plan")
        return found

    def worktree(self, *words: str) -> bytes:
        """What `git worktree` printed; it reads the records of all."""
        git_waits.check_records(self.common)
        return self.here.worktree(*words)

    def record_of(self, folder: Path) -> Path | None:
        """What the repository keeps about the worktree in this folder."""
        wanted = os.path.realpath(folder)
        for told in (self.common / "worktrees").glob("*/gitdir"):
            try:
                place = git_marks.text(told).removesuffix("\n")
            except OSError:  # somebody removes another one, or it is none
                continue
            if os.path.realpath(os.path.dirname(place)) == wanted:
                return told.parent
        return None

    def shown(self, name: bytes) -> str:
        """A path of the repository as one relative to the project."""
        return os.path.relpath(name, os.fsencode(self.below)).decode("utf-8", "replace")


def discover(project: Path) -> Repository | None:
    """The project's repository; null when git is not installed or the project is in no checkout."""
    if not project.is_dir():
        raise ProjectInvalid(f"{str(project)!r} is not a folder", hint="name the project's folder with -C")
    if shutil.which("git", path=surroundings()["PATH"]) is None:
        return None
    git_waits.check_repository(project.resolve())
    here = Git(project.resolve())
    done = here.ask("rev-parse", *chain(*_PLACES), "--verify", "--quiet", "HEAD^{commit}")
    if done.rc not in (0, _NO_COMMIT) or not done.stdout:
        _check_absent(here.cwd, complaint(done.stderr))
        return None
    *told, last = done.stdout.split(b"\n")[:-1]
    places, head = (told, last.decode()) if done.rc == 0 else ([*told, last], None)
    if len(places) != len(_PLACES):  # a name holds a line break
        places = [here.out("rev-parse", *words).removesuffix(b"\n") for words in _PLACES]
    top, common, index = (here.cwd / os.fsdecode(place) for place in places)
    if not here.cwd.is_relative_to(top):
        raise ProjectInvalid(f"the repository of {str(here.cwd)!r} keeps its files elsewhere, in {str(top)!r}")
    return Repository(here, common.resolve(), here.cwd.relative_to(top), index, head)


def _check_absent(project: Path, reason: str) -> None:
    """Having no checkout is no problem; one that git refuses to read is."""
    if "not a git repository (or any" not in reason and "must be run in a work tree" not in reason:
        hint = "let the user that runs ccorch own the repository" if "dubious ownership" in reason else ""
        raise ProjectInvalid(f"git cannot read {str(project)!r}: {reason}", hint=hint, reason=reason)


def found(project: Path) -> Repository:
    repository = discover(project)
    if repository is None:
        raise ProjectInvalid(
            f"{str(project)!r} is in no git checkout, so it has no worktrees",
            hint="make it a repository (`git init && git commit`), or run with policy.write=false",
        )
    return repository


@contextmanager
def private_index(original: Path | None = None) -> Iterator[Path]:
    """A private index, a copy if there is an original; git judges freshness by its time, so that is copied too."""
    with tempfile.TemporaryDirectory(prefix="ccorch-index-") as folder:
        index = Path(folder) / "index"
        if original is not None and original.exists():
            if not original.is_file():
                raise ProjectInvalid(f"{str(original)!r} is no file, so nobody can tell what is in it")
            shutil.copy2(original, index)
        yield index
