"""What git keeps of runs: refs, and whether a branch holds their commits."""

import os
from collections.abc import Iterator
from pathlib import Path

from ccorch.adapters.git_command import Git
from ccorch.adapters.git_repository import discover
from ccorch.adapters.run_folder.layout import is_run_id
from ccorch.errors import ProjectInvalid
from ccorch.ports.workspace import Refs

OWN = "refs/ccorch/"
ACCEPTED = "/_accepted"
"""Where the branch stood when the result had come in, be it as other commits."""

RESULT = "/RESULT"
"""What all writers of a run have made."""

NOTES = ("_snapshot", "_before")
"""Names under which a run keeps what was there before it, which nobody has to merge."""


def refs(project: Path) -> Refs:
    """Runs with refs, and those with a commit that no branch holds; without git there are none."""
    try:
        repository = discover(project)
        if repository is None:
            return Refs()
        known = list(_known(repository.here))
        outside = _outside(repository.here)
    except ProjectInvalid as problem:
        return Refs(problem=problem.message)
    unmerged = [one for one in known if one[2] in outside and one[1].rpartition("/")[2] not in NOTES]
    # the last one of a run counts
    unmerged.sort(key=lambda one: one[1].endswith(RESULT))
    return Refs(frozenset(run for run, _, _ in known), {run: commit for run, _, commit in unmerged})


def forget(project: Path, run: str) -> None:
    """Delete the refs of a run whose commits a branch holds; all of them where a branch holds what was accepted."""
    repository = discover(project)
    if repository is None:
        return
    outside = _outside(repository.here)
    own = [(ref, commit) for known, ref, commit in _known(repository.here) if known == run]
    is_accepted = any(ref.endswith(ACCEPTED) and commit not in outside for ref, commit in own)
    for ref, commit in own:
        if is_accepted or commit not in outside:
            repository.here.out("update-ref", "--no-deref", "-d", ref, commit)


def _known(git: Git) -> Iterator[tuple[str, str, str]]:
    told = git.out("for-each-ref", "--format=%(objectname) %(refname)", OWN)
    for line in os.fsdecode(told).splitlines():
        commit, _, ref = line.partition(" ")
        run = ref.removeprefix(OWN).partition("/")[0]
        if is_run_id(run):
            yield run, ref, commit


def _outside(git: Git) -> frozenset[str]:
    """Every commit of ours that no branch and no tag holds."""
    told = git.out("rev-list", f"--glob={OWN}*", "--not", "--branches", "--remotes", "--tags")
    return frozenset(told.decode().split())
