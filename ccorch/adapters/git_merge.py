"""Results of several nodes put together into one commit, without touching any checkout."""

import os
from collections.abc import Sequence

from ccorch.adapters.git_command import Git, complaint
from ccorch.errors import ProjectInvalid

_WHO = {"NAME": "ccorch", "EMAIL": "ccorch@ccorch.invalid", "DATE": "@0 +0000"}
NOBODY = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in _WHO.items()}
"""Always the same person at the same time: the same results then make the same commit."""


def merged(git: Git, commits: Sequence[str]) -> str:
    """One commit that holds them all; raises ProjectInvalid that names the files where they conflict."""
    whole, *others = commits
    for other in others:
        whole = _merged(git, whole, other)
    return whole


def _merged(git: Git, ours: str, theirs: str) -> str:
    if _holds(git, ours, theirs):
        return ours
    if _holds(git, theirs, ours):
        return theirs
    done = git.ask("merge-tree", "--write-tree", "--name-only", "--no-messages", "-z", ours, theirs)
    tree, *files = os.fsdecode(done.stdout).rstrip("\0").split("\0")
    if done.rc == 1:
        names = ", ".join(dict.fromkeys(name for name in files if name))
        raise ProjectInvalid(
            f"the changes of two nodes contradict each other in {names}",
            hint="give the nodes scopes that do not overlap, or let one need the other",
        )
    if done.rc != 0:
        raise ProjectInvalid(f"git cannot put two results together: {complaint(done.stderr)}")
    words = ("commit-tree", "--no-gpg-sign", "-p", ours, "-p", theirs, "-m", "ccorch: results put together", tree)
    return git.having(**NOBODY).out(*words).decode().strip()


def _holds(git: Git, commit: str, earlier: str) -> bool:
    return git.ask("merge-base", "--is-ancestor", earlier, commit).rc == 0
