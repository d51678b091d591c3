"""What a project's own checkout is like, so that it can be told whether anything of it became different."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from ccorch.adapters.git_command import Git

OWN = "refs/ccorch/"
"""What ccorch itself keeps in the repository."""

_SETTINGS = (
    "config",
    "config.worktree",
    "info/attributes",
    "info/exclude",
    "info/grafts",
    "objects/info/alternates",
)
_WORKSPACE = ".agent-workspace"


def state(here: Git, common: Path) -> dict[str, str]:
    """A mark for every part: equal marks, equal parts."""
    own = here.path("--absolute-git-dir")
    return {
        "HEAD": (own / "HEAD").read_text("utf-8", "replace").strip(),
        "index": hashlib.sha256(here.out("ls-files", "-s", "-z")).hexdigest(),
        **dict(_refs(here)),
        **{name: _mark(common / name) for name in _SETTINGS if (common / name).exists()},
        **{f"hooks/{path.name}": _mark(path) for path in sorted((common / "hooks").glob("*"))},
        **_stash(common),
        **dict(_files(here)),
    }


def _refs(here: Git) -> Iterator[tuple[str, str]]:
    for line in here.out("for-each-ref", "--format=%(refname) %(objectname) %(symref)").splitlines():
        name, _, points = line.decode("utf-8", "replace").partition(" ")
        if not name.startswith(OWN):
            yield name, points.strip()


def _stash(common: Path) -> dict[str, str]:
    # the ref tells only of the latest one
    log = common / "logs" / "refs" / "stash"
    return {"stash": _mark(log)} if log.exists() else {}


def _files(here: Git) -> Iterator[tuple[str, str]]:
    """Files that differ from the index, untracked ones and ignored ones, each by when and how it was written."""
    top = here.path("--show-toplevel")
    git = Git(top, here.place).without_filters()
    listed = {*git.names("-m"), *git.untracked(), *git.names("-o", "-i", "--exclude-standard", "--directory")}
    for name in sorted(listed):
        if _WORKSPACE.encode() not in name.split(b"/"):
            yield f"file {name.decode('utf-8', 'replace')}", _written(os.path.join(os.fsencode(top), name))


def _written(path: bytes) -> str:
    if path.endswith(b"/"):
        return "folder"
    try:
        about = os.lstat(path)
    except OSError:
        return "gone"
    return f"{about.st_mode:o} {about.st_size} {about.st_mtime_ns} {about.st_ctime_ns} {about.st_ino}"


def _mark(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as problem:
        return f"unreadable: {problem.strerror}"
