"""The worktrees port, answered by git; nothing that the repository configures is ever started.

What is only asked about attempts is loaded when it is: a plan looks at the project's own checkout and no more.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ccorch.adapters import git_waits
from ccorch.adapters.files import make_private_dir, writing
from ccorch.adapters.git_command import WHOLE, Git, split
from ccorch.adapters.git_merge import NOBODY, merged
from ccorch.adapters.git_repository import Repository, discover, found, private_index
from ccorch.errors import ProjectInvalid
from ccorch.ports import AttemptId, Change, Head

if TYPE_CHECKING:
    from ccorch.adapters.brought import Brought
    from ccorch.adapters.git_change import Uncommitted
    from ccorch.adapters.git_spares import Spares
    from ccorch.ports.open_work import Glance
    from ccorch.schema.change import ChangedFile

MOST_TOLD = 1000
"""Odd things that are told one by one."""

_WORKSPACES = ":(exclude,glob)**/.agent-workspace/**"
_WORKER = {"NAME": "ccorch worker", "EMAIL": "worker@ccorch.invalid"}
_DIFF = ("diff-tree", "-r", "--no-renames", "--no-ext-diff", "--no-textconv", "--ignore-submodules=none")
_PATCH = ("-p", "--binary", "--full-index", "--no-color", "--submodule=short", "--src-prefix=a/", "--dst-prefix=b/")


@dataclass(frozen=True)
class GitWorktrees:
    """Isolated copies of a project's commit; its checkout, index, branches, stash and hooks stay as they are."""

    folder: Callable[[AttemptId], Path]
    """Where the worktree of an attempt is: <worktrees>/<run>/<node>/<attempt>, absolute."""
    brought: Callable[[AttemptId], Path] | None = None
    """File that tells what the set-up of an attempt has put into its worktree."""
    spares: Spares | None = None
    """Files of large repositories that lie ready."""

    def head(self, project: Path, but: Path | None = None) -> Head:
        """The commit checked out, and the sha256 of what differs from it, staged or not."""
        repository = discover(project)
        if repository is None:
            return Head(None, None)
        with private_index(repository.index) as index:
            git = repository.here.having(GIT_INDEX_FILE=str(index)).without_filters()
            head = repository.head
            git_waits.check_listed(git, head)
            git.out("read-tree", *(("--reset", head) if head else ("--empty",)))
            names = {*git.untracked("-m", "--", ".", _WORKSPACES)}
        if but is not None:
            place = os.path.join(os.path.realpath(but.parent), but.name)
            names.discard(os.fsencode(os.path.relpath(place, os.path.realpath(git.cwd))))
        return Head(head, _fingerprint(os.fsencode(git.cwd), names) if names else None)

    def difference(self, project: Path) -> bytes | None:
        """What uncommitted and untracked files differ in from the commit, as a patch; null without git."""
        repository = discover(project)
        if repository is None:
            return None
        from ccorch.adapters import git_difference

        return git_difference.difference(repository, _record_files, _WORKSPACES)

    def snapshot(self, project: Path) -> str | None:
        """The commit checked out, or one of everything uncommitted upon it that is not ignored; at no ref yet."""
        repository = discover(project)
        head = repository.head if repository else None
        if repository is None or head is None:
            return None
        with private_index(repository.index) as index:
            top = Git(repository.here.path("--show-toplevel")).having(GIT_INDEX_FILE=str(index)).without_filters()
            git_waits.check_listed(top, head)
            top.out("read-tree", "--reset", head)
            _record_files(top)
            tree = top.out("write-tree").decode().strip()
            if tree == top.resolve(f"{head}^{{tree}}"):
                return head
            words = ("commit-tree", "--no-gpg-sign", "-p", head, "-m", "ccorch: uncommitted work", tree)
            return top.having(**NOBODY).out(*words).decode().strip()

    def create(self, project: Path, attempt: AttemptId, base: str) -> Path:
        """A worktree of `base`, or of what was collected before; the same one when it exists already."""
        repository, folder = found(project), self.folder(attempt)
        record = repository.record_of(folder)
        # git writes the index after the last file, so a worktree with an index is a whole one
        if record is None or not (record / "index").exists() or not folder.is_dir():
            start = repository.here.commit(_ref(attempt)) or repository.base(base)
            self.remove(project, attempt)
            _check_out(repository, folder, start, self.spares)
        place = folder / repository.below
        if not place.is_dir() or place.resolve() != folder.resolve() / repository.below:
            raise ProjectInvalid(
                f"{str(project)!r} is no folder in commit {base}, so no worktree of it can be made",
                hint="commit the folder first, or run with policy.write=false",
            )
        return place

    def merged(self, project: Path, base: str, results: Sequence[str]) -> str:
        """One commit that holds these results; the same one each time. Raises ProjectInvalid on a conflict."""
        repository = found(project)
        return merged(repository.here, [repository.base(result) for result in results or (base,)])

    def keep(self, project: Path, run: str, commit: str) -> str:
        """Let refs/ccorch/<run>/RESULT point at the commit; no node can have a name in capitals."""
        repository = found(project)
        ref = f"refs/ccorch/{run}/RESULT"
        repository.here.out("update-ref", "--no-deref", ref, repository.base(commit))
        return ref

    def set_aside(self, project: Path, run: str) -> str | None:
        """Move refs/ccorch/<run>/RESULT to refs/ccorch/<run>/STALE."""
        here = found(project).here
        kept, stale = f"refs/ccorch/{run}/RESULT", f"refs/ccorch/{run}/STALE"
        commit = here.commit(kept)
        if commit is not None:
            here.out("update-ref", "--no-deref", stale, commit)
            here.out("update-ref", "--no-deref", "-d", kept, commit)
        return stale if here.commit(stale) is not None else None

    def collect(self, project: Path, attempt: AttemptId, base: str) -> Change:
        """Commit everything but ignored files to refs/ccorch/<run>/<node>/<attempt> and tell what changed."""
        from ccorch.adapters import git_change
        from ccorch.adapters.brought import Brought, read_brought

        repository, folder = found(project), self.folder(attempt)
        if folder.is_symlink() or not folder.is_dir():
            raise ProjectInvalid(f"the worktree {str(folder)!r} is gone: what {attempt} changed is unknown")
        start = repository.base(base)
        git_waits.check_files(folder)
        _check_record(repository, folder, attempt.run)
        _forget_mount(repository, folder)
        # never by the .git in the worktree: the worker may have removed or replaced it
        git = Git.of(repository.common, folder)
        brought = read_brought(self.brought(attempt), folder) if self.brought else Brought()
        result = _committed(git, _parent(git, repository.record_of(folder), start), attempt, brought)
        git.out("update-ref", "--no-deref", _ref(attempt), result)
        names = split(git.out(*_DIFF, "-z", "--name-only", start, result))
        left = _left_out(git, result, repository.shown, brought)
        entries = git_change.entries(git, start, result, repository.shown)
        return Change(
            commit=result,
            files=tuple(sorted(repository.shown(name) for name in names)),
            patch=git.out(*_DIFF, *_PATCH, start, result),
            entries=entries,
            ignored=left.files,
            unlisted=left.more,
            odd=_told((*left.odd, *_around(repository, folder, entries, left))),
        )

    def glance(self, project: Path, attempt: AttemptId, base: str, marks: Mapping[str, str]) -> Glance:
        """What differs from the base while somebody works; by a copy of the worktree's own index."""
        from ccorch.adapters import git_glance
        from ccorch.adapters.brought import Brought, read_brought

        repository, folder = found(project), self.folder(attempt)
        record = repository.record_of(folder)
        if record is None or folder.is_symlink() or not folder.is_dir():
            raise ProjectInvalid(f"the worktree {str(folder)!r} is gone: what {attempt} changed is unknown")
        _check_record(repository, folder, attempt.run)
        brought = read_brought(self.brought(attempt), folder) if self.brought else Brought()
        with private_index(record / "index") as index:
            git = Git.of(repository.common, folder).having(GIT_INDEX_FILE=str(index))
            git_waits.check_listed(git)
            return git_glance.glance(git, base, brought.names, marks, repository.shown)

    def remove(self, project: Path, attempt: AttemptId) -> None:
        """Take the worktree away, whatever is in it; its commits stay under refs/ccorch."""
        folder = self.folder(attempt)
        _erase(folder)
        repository = discover(project)
        if repository and repository.record_of(folder):
            repository.worktree("remove", "--force", "--force", str(folder))

    def state(self, project: Path, before: Mapping[str, str] | None = None) -> Mapping[str, str]:
        """Marks of everything in the project's own checkout that no worker has to touch; nothing without git."""
        from ccorch.adapters import git_checkout

        repository = discover(project)
        own = self.folder(AttemptId("0" * 16, "any", 1)).parents[2]
        return git_checkout.state(repository, own, before or {}) if repository else {}

    def begin(self, folder: Path) -> str:
        """Make the folder a repository with one commit of all that is in it; equal files give equal commits."""
        from ccorch.adapters import git_folders

        return git_folders.begin(folder)

    def apply(self, folder: Path, patch: str) -> str | None:
        """Apply a unified diff to the files of a folder, whole or not at all; null, or why it does not fit."""
        from ccorch.adapters import git_folders

        return git_folders.apply(folder, patch)


def _check_record(repository: Repository, folder: Path, run: str) -> None:
    """Raises ProjectInvalid where git would wait for a pipe in what it keeps about a worktree and its run."""
    git_waits.check_settings(repository.common, folder)
    git_waits.check_refs(repository.common, f"{git_waits.OWN}/{run}")
    if (record := repository.record_of(folder)) is not None:
        git_waits.check_record(record)


def _forget_mount(repository: Repository, folder: Path) -> None:
    """Take away the empty file that a sandbox has made to mount upon, so that nobody could write settings there."""
    record, place = repository.record_of(folder), repository.common / "config.worktree"
    if record is None or not place.is_file() or place.is_symlink():
        return
    found = place.stat()
    if found.st_size == 0 and found.st_mtime >= (record / "gitdir").stat().st_mtime:
        place.unlink()


def _check_out(repository: Repository, folder: Path, start: str, spares: Spares | None) -> None:
    make_private_dir(folder.parent, folder.parents[2])
    repository.worktree("add", "--detach", "--lock", "--no-checkout", str(folder), start)
    record = repository.record_of(folder)
    assert record is not None, "git keeps a record of the worktree it has just made"
    # git copies the sparse settings of the project, and would follow them whenever the worker switches branches
    for copied in (record / "config.worktree", record / "info" / "sparse-checkout"):
        copied.unlink(missing_ok=True)
    if spares is None:
        Git.of(record, folder).out(*WHOLE, "read-tree", "--reset", "-u", "HEAD")
        return
    spares.furnish(repository, folder, record, start)
    spares.make_soon(repository, record, start)


def _parent(git: Git, record: Path | None, base: str) -> str:
    """The worker's own last commit when it builds on the base, else the base."""
    head = git.commit(f"worktrees/{record.name}/HEAD") if record else None
    descends = head is not None and git.ask("merge-base", "--is-ancestor", base, head).rc == 0
    return head if head is not None and descends else base


def _committed(git: Git, parent: str, attempt: AttemptId, brought: Brought) -> str:
    """A commit of the worktree's files on the parent; the parent itself when they are the same."""
    with private_index() as index:
        git = git.having(GIT_INDEX_FILE=str(index))
        git.out(*WHOLE, "read-tree", parent)
        _record_files(git, brought.names)
        tree = git.out("write-tree").decode().strip()
    if tree == git.resolve(f"{parent}^{{tree}}"):
        return parent
    kept = git.commit(_ref(attempt))
    if kept and (git.resolve(f"{kept}^{{tree}}"), git.resolve(f"{kept}^")) == (tree, parent):
        return kept
    identity = {f"GIT_{who}_{key}": value for who in ("AUTHOR", "COMMITTER") for key, value in _WORKER.items()}
    words = ("commit-tree", "--no-gpg-sign", "-p", parent, "-m", f"ccorch {attempt}", tree)
    return git.having(**identity).out(*words).decode().strip()


def _left_out(git: Git, result: str, shown: Callable[[bytes], str], brought: Brought) -> Uncommitted:
    """What of the worktree is in no commit. What its set-up has put there counts once somebody has touched it."""
    from ccorch.adapters import git_change

    with private_index() as index:
        git = git.having(GIT_INDEX_FILE=str(index))
        git.out(*WHOLE, "read-tree", result)
        return git_change.uncommitted(git, shown, brought)


def _around(
    repository: Repository, folder: Path, entries: Sequence[ChangedFile], left: Uncommitted
) -> Iterator[str]:
    """What is odd about links that came, and about git's own record of the worktree."""
    from ccorch.adapters import git_odd
    from ccorch.rules.scope import leads_out

    place = folder / repository.below
    links = (
        (one.path, os.fsencode(place / one.path))
        for one in entries
        if one.target and not leads_out(one.path, one.target)
    )
    yield from git_odd.ways_out(folder, links)
    yield from git_odd.of_record(repository, folder, repository.record_of(folder), left.submodules)


def _told(odd: Sequence[str]) -> tuple[str, ...]:
    more = len(odd) - MOST_TOLD
    return (*odd[:MOST_TOLD], f"{more} more things that are no plain files") if more > 0 else tuple(odd)


def _record_files(git: Git, without: frozenset[bytes] = frozenset()) -> None:
    """Make the index what the files are; not by `git add`, which starts git in submodules with their settings."""
    top = os.fsencode(git.cwd)
    changed = {name: _status(top, name) for name in git.names("-m")}
    kept = {name for name, status in changed.items() if _is_file(status)}
    if any(status and stat.S_ISDIR(status.st_mode) for status in changed.values()):
        submodules = {entry.partition(b"\t")[2] for entry in git.names("-s") if entry.startswith(b"160000 ")}
        kept |= {name for name in submodules & changed.keys() if changed[name]}
    added = [inside for name in git.untracked() for inside in _expanded(top, name) if inside not in without]
    git.out("update-index", "-z", "--force-remove", "--stdin", stdin=_joined(changed.keys() - kept))
    git.out("update-index", "-z", "--add", "--replace", "--stdin", stdin=_joined([*kept, *added]))


def _expanded(top: bytes, name: bytes) -> Iterator[bytes]:
    """The path itself, or the files of a nested repository: a link to its commit would lose them."""
    if not name.endswith(b"/"):
        yield name
        return
    for folder, below, files in os.walk(os.path.join(top, name)):
        below[:] = [one for one in below if one != b".git"]
        for one in (*files, *below):
            path = os.path.relpath(os.path.join(folder, one), top)
            if one != b".git" and _is_file(_status(top, path)):
                yield path


def _fingerprint(root: bytes, names: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for name in sorted(names):
        digest.update(b"%s\0%s\n" % (name, _content(root, name).encode()))
    return digest.hexdigest()


def _content(root: bytes, name: bytes) -> str:
    path, status = os.path.join(root, name), _status(root, name)
    if status is None:
        return "gone"
    if stat.S_ISLNK(status.st_mode):
        return f"link {hashlib.sha256(os.readlink(path)).hexdigest()}"
    if not stat.S_ISREG(status.st_mode):
        return "folder" if stat.S_ISDIR(status.st_mode) else "special"
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
    except PermissionError:
        return "unreadable"
    return f"{'program' if status.st_mode & stat.S_IXUSR else 'file'} {content}"


def _status(root: bytes, name: bytes) -> os.stat_result | None:
    """What lies at this path of the checkout; null when nothing does, or only behind a symbolic link."""
    path = os.path.join(root, name.rstrip(b"/"))
    parent = os.path.dirname(path)
    try:
        return os.lstat(path) if os.path.realpath(parent) == parent else None
    except (FileNotFoundError, NotADirectoryError):
        return None


def _is_file(status: os.stat_result | None) -> bool:
    return status is not None and (stat.S_ISREG(status.st_mode) or stat.S_ISLNK(status.st_mode))


def _erase(folder: Path) -> None:
    with writing(folder):
        if folder.is_symlink():
            folder.unlink()
        elif folder.exists():
            _open_up(folder)
            shutil.rmtree(folder)


def _open_up(folder: Path) -> None:
    """Folders that may not be written cannot be emptied."""
    folder.chmod(0o700)
    for above, below, _ in os.walk(folder):
        for path in (Path(above, name) for name in below):
            if not path.is_symlink():
                path.chmod(0o700)


def _ref(attempt: AttemptId) -> str:
    node = attempt.node
    # what a node may be called but a part of a ref may not
    if ".." in node or node.endswith((".", ".lock")):
        node = node.replace(".", "%2E")
    return f"refs/ccorch/{attempt.run}/{node}/{attempt.attempt}"


def _joined(names: Iterable[bytes]) -> bytes:
    return b"".join(name + b"\0" for name in sorted(names))
