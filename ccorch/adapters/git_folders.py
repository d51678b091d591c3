"""git on folders of ccorch's own: a repository of one commit, and patches to plain files."""

import shutil
from pathlib import Path

from ccorch.adapters.git_command import Git, complaint, surroundings
from ccorch.errors import ProjectInvalid

_NOBODY = {
    f"GIT_{who}_{key}": value
    for who in ("AUTHOR", "COMMITTER")
    for key, value in (("NAME", "ccorch"), ("EMAIL", "suite@ccorch.invalid"), ("DATE", "2026-01-01T00:00:00Z"))
}
"""Who commits, and when; fixed, so that equal files give equal commits."""


def begin(folder: Path) -> str:
    """Make the folder a repository with one commit of all that is in it; equal files give equal commits."""
    git = _alone(folder)
    git.out("init", "-q", "--template=", "--initial-branch=main", ".")
    git.out("add", "--all", "--", ".")
    tree = git.out("write-tree").decode().strip()
    commit = git.having(**_NOBODY).out("commit-tree", "--no-gpg-sign", "-m", "begin", tree).decode().strip()
    git.out("update-ref", "HEAD", commit)
    return commit


def apply(folder: Path, patch: str) -> str | None:
    """Apply a unified diff to the files of a folder, whole or not at all; null, or why it does not fit."""
    # counts in hunk headers are what models get wrong most, and they say nothing that the lines do not say
    words = ("apply", "--recount", "--whitespace=nowarn", "-")
    done = _alone(folder).ask(*words, stdin=(patch.rstrip("\n") + "\n").encode("utf-8", "surrogatepass"))
    return None if done.rc == 0 else complaint(done.stderr) or f"git apply ended with {done.rc}"


def _alone(folder: Path) -> Git:
    """git in the folder, which never looks at a repository above it."""
    if not folder.is_dir():
        raise ProjectInvalid(f"{str(folder)!r} is not a folder")
    if shutil.which("git", path=surroundings()["PATH"]) is None:
        raise ProjectInvalid("git is not installed", hint="install git, then try again")
    top = folder.resolve()
    return Git(top, {"GIT_CEILING_DIRECTORIES": str(top.parent)})
