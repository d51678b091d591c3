"""What a project's own checkout is like, so that it can be told whether anything of it became different."""

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from ccorch.adapters import git_marks, git_waits
from ccorch.adapters.git_command import Git
from ccorch.adapters.git_repository import Repository, private_index
from ccorch.errors import ProjectInvalid
from ccorch.rules.checkout import NEWEST, OWN, is_of_attempt

_THIS = "of this worktree: "
"""Before the name of what a linked worktree has of its own."""

_WORKSPACE = b".agent-workspace"


def state(repository: Repository, worktrees: Path, before: Mapping[str, str]) -> dict[str, str]:
    """A mark for every part: equal marks, equal parts. `worktrees` is the folder of those that ccorch makes."""
    here, common = repository.here, repository.common
    git_waits.check_refs(common, git_waits.OWN)
    own = here.path("--absolute-git-dir")
    index = own / "index"
    if os.path.lexists(index) and not index.is_file():
        raise ProjectInvalid(f"{str(index)!r} is no file, so nobody can tell what the checkout is like")
    gits = dict(git_marks.repository(common))
    if own.resolve() != common:
        gits |= git_marks.repository(own, _THIS)
    found = {
        "HEAD": _head(own / "HEAD"),
        "index": hashlib.sha256(here.out("ls-files", "-s", "-v", "-z")).hexdigest(),
        **dict(_refs(here)),
        **gits,
        **dict(git_marks.journals(common)),
        **dict(git_marks.registered(common, worktrees.resolve())),
        **dict(_files(here, index, before.get(NEWEST))),
    }
    # a lock that is gone by now was that of a command which is over
    places = {name: own / name.removeprefix(_THIS) if name.startswith(_THIS) else common / name for name in gits}
    over = {name for name, at in places.items() if name.endswith(".lock") and not os.path.lexists(at)}
    return {name: mark for name, mark in found.items() if name not in over}


def _head(file: Path) -> str:
    try:
        return git_marks.spelled(git_marks.text(file)).strip()
    except OSError:  # a link, as git made it once
        return git_marks.content(file)


def _refs(here: Git) -> Iterator[tuple[str, str]]:
    for line in here.out("for-each-ref", "--format=%(refname) %(objectname) %(symref)").splitlines():
        name, _, points = line.decode("utf-8", "replace").partition(" ")
        if not name.startswith(OWN) or is_of_attempt(name):
            yield name, points.strip()


def _files(here: Git, index: Path, since: str | None) -> Iterator[tuple[str, str]]:
    """Files that differ from the index, untracked ones and ignored ones, each by when and how it was written."""
    top = os.fsencode(here.path("--show-toplevel"))
    git_waits.check_files(os.fsdecode(top))
    git = Git(Path(os.fsdecode(top)), here.place).without_filters()
    times = {
        name: about.st_ctime_ns
        for name in git.names()
        if (about := git_marks.status(os.path.join(top, name))) is not None
    }
    yield NEWEST, str(max(times.values(), default=0))
    rewritten = [name for name, time in times.items() if since is not None and time > int(since)]
    ignored = git.names("-o", "-i", "--exclude-standard", "--directory")
    listed = {
        *git.names("-m"),
        *git.untracked(),
        *ignored,
        *git_marks.flagged(git),
        *_differing(git, index, rewritten),
    }
    ours = {name for name in listed if _WORKSPACE not in name.split(b"/")}
    folders = [name for name in ours if name.endswith(b"/")]
    for name in sorted(ours.difference(folders)):
        about = git_marks.status(os.path.join(top, name))
        yield f"file {name.decode('utf-8', 'replace')}", git_marks.written(about) if about else "gone"
    yield from git_marks.loose(top, folders, _WORKSPACE)


def _differing(git: Git, index: Path, names: list[bytes]) -> set[bytes]:
    """Those whose content is not what the index holds; who writes it can make it claim that they are unchanged."""
    if not names:
        return set()
    wanted = set(names)
    with private_index(index) as copy:
        alone = git.having(GIT_INDEX_FILE=str(copy))
        entries = [entry for entry in alone.names("-s") if entry.partition(b"\t")[2] in wanted]
        # an entry that is put in anew says nothing of when its file was written
        alone.out("update-index", "-z", "--index-info", stdin=b"".join(entry + b"\0" for entry in entries))
        return wanted.intersection(alone.names("-m"))
