"""Moves a branch, and the checkout that is on it, without touching what is uncommitted there."""

import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ccorch.adapters import git_waits
from ccorch.adapters.git_command import Git, split
from ccorch.adapters.git_repository import Repository
from ccorch.errors import ProjectInvalid, RunStateConflict
from ccorch.rules.amounts import some

NOWHERE = "0" * 40
"""What a ref that does not exist stands at."""

_AT_WORK = {
    "MERGE_HEAD": "a merge", "CHERRY_PICK_HEAD": "a cherry-pick", "REVERT_HEAD": "a revert",
    "rebase-merge": "a rebase", "rebase-apply": "a rebase", "index.lock": "a git command",
}  # fmt: skip
_DIFF = ("diff-tree", "-r", "--no-renames", "--no-ext-diff", "--no-textconv", "--raw", "--full-index", "-z")


def obstacles(repository: Repository, ref: str, before: str | None, after: str) -> tuple[str, ...]:
    """Why the branch cannot be moved now, in sentences; nothing when it can."""
    place = _checkout_of(repository, ref)
    if place is None or before is None:
        return ()
    git = Git(Path(place)).without_filters()
    if git.path("--git-dir").resolve() != repository.here.path("--git-dir").resolve():
        return (f"the branch is checked out in another worktree, {place}; go there with -C",)
    git_waits.check_files(place)
    return tuple(_in_the_way(repository.here, git, before, after))


def move(repository: Repository, ref: str, before: str | None, after: str, note: str) -> None:
    """Bring the checkout along first, then the branch; it is taken back when the branch cannot follow."""
    if against := obstacles(repository, ref, before, after):
        raise RunStateConflict("; ".join(against), hint="nothing was changed")
    place = _checkout_of(repository, ref)
    if place is None or before is None:
        _point(repository.here, ref, before, after, note)
        return
    git = Git(Path(place)).without_filters()
    _note_what_is_there(git, before, after)
    git.out("read-tree", "-m", "-u", before, after)
    try:
        _point(git, ref, before, after, note)
    except ProjectInvalid:
        git.out("read-tree", "-m", "-u", after, before)
        raise


def _point(git: Git, ref: str, before: str | None, after: str, note: str) -> None:
    git.out("update-ref", "-m", note, "--no-deref", ref, after, before or NOWHERE)


def _checkout_of(repository: Repository, ref: str) -> str | None:
    """The worktree that is on the branch."""
    place = ""
    for line in split(repository.worktree("list", "--porcelain", "-z")):
        key, _, value = os.fsdecode(line).partition(" ")
        place = value if key == "worktree" else place
        if key == "branch" and value == ref:
            return place
    return None


def _in_the_way(here: Git, git: Git, before: str, after: str) -> Iterator[str]:
    own = git.path("--git-dir")
    for name, what in _AT_WORK.items():
        if (own / name).exists():
            yield f"{what} is not finished in {git.cwd} ({own / name} is there); finish it or take it back first"
    change = _change(git, before, after)
    if filtered := _filtered(here, change):
        said = f"git would start a filter for {some(filtered)}, which ccorch never does"
        yield f"{said}; `git merge --ff-only {after[:12]}` does it by hand"
    if open_work := sorted(_uncommitted(git, before) & change.keys() - _there_already(git, change)):
        yield f"uncommitted work in {some([_shown(name) for name in open_work])}; commit or put it aside first"


def _change(git: Git, before: str, after: str) -> Mapping[bytes, tuple[str, str]]:
    """Mode and blob of every path that differs, as they are afterwards."""
    pieces = iter(split(git.out(*_DIFF, before, after)))
    found = {}
    for head, name in zip(pieces, pieces, strict=True):
        _, mode, _, blob, _ = head.decode().split(" ")
        found[name] = (mode, blob)
    return found


def _filtered(here: Git, change: Mapping[bytes, tuple[str, str]]) -> Sequence[str]:
    """Changed paths for which the repository configures a program that makes their content."""
    told = here.ask("config", "-z", "--name-only", "--get-regexp", r"^filter\..*\.(smudge|process)$").stdout
    drivers = {os.fsdecode(key).split(".", 1)[1].rpartition(".")[0] for key in split(told)}
    if not drivers:
        return ()
    top = Git(here.path("--show-toplevel"))
    names = b"".join(name + b"\0" for name in change)
    pieces = iter(split(top.out("check-attr", "-z", "--stdin", "filter", stdin=names)))
    return [_shown(name) for name, _, value in zip(pieces, pieces, pieces, strict=True) if _shown(value) in drivers]


def _uncommitted(git: Git, before: str) -> set[bytes]:
    """Paths that are staged, edited, or there without being tracked."""
    staged = git.out("diff-index", "--cached", "--name-only", "--no-renames", "-z", before)
    # ignored files are somebody's, too
    return {*split(staged), *git.names("-m"), *git.names("-o")}


def _there_already(git: Git, change: Mapping[bytes, tuple[str, str]]) -> set[bytes]:
    """Paths that are in the checkout as they are to be: an earlier move was interrupted, or somebody was faster."""
    top = os.fsencode(git.cwd)
    gone = {
        name for name, (mode, _) in change.items() if mode == "000000" and not os.path.lexists(top + b"/" + name)
    }
    kept = [name for name, (mode, _) in change.items() if _mode(top, name) == mode]
    return gone | {name for name, blob in _hashed(git, top, kept) if blob == change[name][1]}


def _hashed(git: Git, top: bytes, names: Sequence[bytes]) -> Iterator[tuple[bytes, str]]:
    """The blobs that git would make of these files."""
    plain = [name for name in names if b"\n" not in name and not os.path.islink(os.path.join(top, name))]
    if plain:
        told = git.out("hash-object", "--stdin-paths", stdin=b"".join(name + b"\n" for name in plain))
        yield from zip(plain, told.decode().split(), strict=True)
    for name in set(names) - set(plain):
        path = os.path.join(top, name)
        is_link = os.path.islink(path)
        words = ("--no-filters", "--stdin") if is_link else ("--", os.fsdecode(name))
        told = git.out("hash-object", *words, stdin=os.readlink(path) if is_link else None)
        yield name, told.decode().strip()


def _note_what_is_there(git: Git, before: str, after: str) -> None:
    """Tell the index of files that are as they are to be; git would call them edited."""
    change = _change(git, before, after)
    there = _there_already(git, change)
    lines = [
        f"{change[name][0]} {change[name][1]}\t".encode() + name + b"\0"
        if change[name][0] != "000000"
        else b"0 %s\t%s\0" % (NOWHERE.encode(), name)
        for name in sorted(there)
    ]
    if lines:
        git.out("update-index", "-z", "--index-info", stdin=b"".join(lines))
        git.ask("update-index", "-q", "--refresh")


def _mode(top: bytes, name: bytes) -> str:
    """Git's mode of what lies there; empty for nothing, for what is no file, and behind a link."""
    path = os.path.join(top, name)
    folder = os.path.dirname(path)
    if not os.path.lexists(path) or os.path.realpath(folder) != folder:
        return ""
    if os.path.islink(path):
        return "120000"
    about = os.stat(path)
    return ("100755" if about.st_mode & 0o100 else "100644") if stat.S_ISREG(about.st_mode) else ""


def _shown(name: bytes) -> str:
    return name.decode("utf-8", "replace")
