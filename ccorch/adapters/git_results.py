"""The results port, answered by git's plumbing; nothing that the repository configures is ever started."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ccorch.adapters import git_change, git_landing
from ccorch.adapters.files import make_private_dir, scatter
from ccorch.adapters.git_command import Git, complaint, split
from ccorch.adapters.git_repository import Repository, found, private_index
from ccorch.errors import ArgumentInvalid, ProjectInvalid, RunStateConflict
from ccorch.schema.change import ChangedFile

HEADS = "refs/heads/"
NOBODY = "ccorch <ccorch@ccorch.invalid>"
"""Who commits where the caller's git names nobody."""

_PATCH = ("diff-tree", "-r", "--no-renames", "--no-ext-diff", "--no-textconv", "-p", "--binary", "--full-index",
          "--no-color", "--submodule=short", "--src-prefix=a/", "--dst-prefix=b/")  # fmt: skip

_NAMES = ("diff-tree", "-r", "--no-renames", "--no-ext-diff", "--no-textconv", "--name-only", "-z")


@dataclass(frozen=True)
class GitResults:
    """Trees, commits and branches of a project's repository."""

    room: Callable[[], Path]
    """Folder below which trees are laid out."""

    def changed(self, project: Path, before: str, after: str) -> tuple[ChangedFile, ...]:
        """Every file that differs between two commits."""
        repository = found(project)
        return git_change.entries(repository.here, before, after, repository.shown)

    def patch(self, project: Path, before: str, after: str) -> bytes:
        """The difference, binary safe."""
        return found(project).here.out(*_PATCH, before, after)

    def mixed(self, project: Path, commit: str, other: str, takes: Callable[[str], bool]) -> str:
        """The tree of a commit with some files as they are in the other."""
        repository = found(project)
        here = repository.here
        ours, theirs = (_taken(repository, one, takes) for one in (commit, other))
        if ours == theirs:
            return _tree(here, commit)
        with private_index() as index:
            git = here.having(GIT_INDEX_FILE=str(index))
            git.out("read-tree", commit)
            gone = b"".join(b"0 %s\t%s\0" % (b"0" * 40, name) for name in ours.keys() - theirs.keys())
            come = b"".join(b"%s\t%s\0" % (about, name) for name, about in theirs.items())
            git.out("update-index", "-z", "--index-info", stdin=gone + come)
            return git.out("write-tree").decode().strip()

    @contextmanager
    def laid_out(self, project: Path, tree: str) -> Iterator[Path]:
        """The project's folder as it is in a tree, as plain files without git; gone at the end."""
        repository, room = found(project), self.room()
        make_private_dir(room, room.parent)
        scatter(room)
        folder = Path(tempfile.mkdtemp(dir=room, prefix="trial-"))
        try:
            _lay_out(repository, tree, folder)
            yield folder / repository.below
        finally:
            shutil.rmtree(folder, onerror=_by_force)

    def branch(self, project: Path) -> str | None:
        """The branch that is checked out; null when none is."""
        done = found(project).here.ask("symbolic-ref", "--quiet", "HEAD")
        name = os.fsdecode(done.stdout).strip()
        return name.removeprefix(HEADS) if done.rc == 0 and name.startswith(HEADS) else None

    def tip(self, project: Path, branch: str) -> str | None:
        """The commit of a branch; null when there is no such branch."""
        here = found(project).here
        if branch.startswith("-") or here.ask("check-ref-format", HEADS + branch).rc != 0:
            raise ArgumentInvalid(f"{branch!r} cannot be the name of a branch", hint="name it with --into BRANCH")
        return here.commit(HEADS + branch)

    def holds(self, project: Path, commit: str, earlier: str) -> bool:
        """Whether a commit is, or descends from, an earlier one; raises ProjectInvalid where git cannot tell."""
        done = found(project).here.ask("merge-base", "--is-ancestor", earlier, commit)
        if done.rc not in (0, 1):
            raise ProjectInvalid(f"git cannot tell whether {commit} holds {earlier}: {complaint(done.stderr)}")
        return done.rc == 0

    def is_same(self, project: Path, tree: str, commit: str) -> bool:
        """Whether a commit has these files."""
        return found(project).here.out("rev-parse", f"{commit}^{{tree}}").strip() == tree.encode()

    def replayed(self, project: Path, before: str, after: str, onto: str) -> str:
        """The tree of `onto` with the difference between two commits."""
        here = found(project).here
        # a base of our choice, for git before 2.40: commits of the same trees that have it as their only parent
        base = _bare(here, before)
        ours, theirs = (_bare(here, one, base) for one in (onto, after))
        done = here.ask("merge-tree", "--write-tree", "--name-only", "--no-messages", "-z", ours, theirs)
        tree, *files = os.fsdecode(done.stdout).rstrip("\0").split("\0")
        if done.rc == 1:
            names = sorted({name for name in files if name})
            raise RunStateConflict(f"both sides changed {', '.join(names)}", files=names)
        if done.rc != 0:
            raise ProjectInvalid(f"git cannot put two results together: {complaint(done.stderr)}")
        return tree

    def commit(self, project: Path, tree: str, parents: Sequence[str], message: str, who: str) -> str:
        """A commit by `Name <address>`; at no ref yet."""
        name, _, address = who.rstrip(">").rpartition(" <")
        identity = {
            f"GIT_{role}_{key}": value
            for role in ("AUTHOR", "COMMITTER")
            for key, value in (("NAME", name), ("EMAIL", address))
        }
        words = ["commit-tree", "--no-gpg-sign", *(word for parent in parents for word in ("-p", parent)), tree]
        git = found(project).here.having(**identity)
        return git.out(*words, stdin=message.encode("utf-8", "surrogatepass")).decode().strip()

    def keep(self, project: Path, run: str, name: str, commit: str) -> None:
        """Point `refs/ccorch/<run>/_<name>` at a commit."""
        found(project).here.out("update-ref", "--no-deref", _own(run, name), commit)

    def kept(self, project: Path, run: str, name: str) -> str | None:
        """The commit that was kept under that name."""
        return found(project).here.commit(_own(run, name))

    def obstacles(self, project: Path, branch: str, before: str | None, after: str) -> tuple[str, ...]:
        """Why the branch cannot be moved now."""
        return git_landing.obstacles(found(project), HEADS + branch, before, after)

    def move(self, project: Path, branch: str, before: str | None, after: str, note: str) -> None:
        """Move a branch, and its checkout along with it."""
        git_landing.move(found(project), HEADS + branch, before, after, note)

    def later(self, project: Path, after: str, tip: str, paths: Sequence[str]) -> tuple[str, ...]:
        """Commits since then that touch one of these paths; not where the path is as it was then again."""
        repository = found(project)
        named = [f":(top,literal){(repository.below / path).as_posix()}" for path in paths]
        different = split(repository.here.out(*_NAMES, after, tip, "--", *named))
        if not different:
            return ()
        named = [f":(top,literal){os.fsdecode(name)}" for name in different]
        told = repository.here.out("log", "--no-show-signature", "--format=%h %s", f"{after}..{tip}", "--", *named)
        return tuple(told.decode("utf-8", "replace").splitlines())

    def who(self, project: Path, environment: Mapping[str, str]) -> str:
        """`Name <address>` of the caller, as their git settings tell it."""
        theirs = {name: environment[name] for name in ("HOME", "XDG_CONFIG_HOME") if name in environment}
        git = found(project).here.having(**theirs).with_users_settings()
        told = [os.fsdecode(git.ask("config", "--get", f"user.{key}").stdout).strip() for key in ("name", "email")]
        name, address = ("".join(letter for letter in one if letter not in "<>\n") for one in told)
        return f"{name} <{address}>" if name and address else NOBODY


def _own(run: str, name: str) -> str:
    # no node can be called that: the name of one never begins with an underscore
    return f"refs/ccorch/{run}/_{name}"


def _taken(repository: Repository, commit: str, takes: Callable[[str], bool]) -> dict[bytes, bytes]:
    """The files of a commit that are taken: mode and blob by name, relative to the top of the repository."""
    entries = split(repository.here.out("ls-tree", "-r", "-z", "--full-tree", commit))
    found_there = {}
    for entry in entries:
        about, _, name = entry.partition(b"\t")
        if takes(repository.shown(name)):
            mode, _, blob = about.split(b" ")
            found_there[name] = mode + b" " + blob
    return found_there


def _tree(git: Git, commit: str) -> str:
    tree = git.resolve(f"{commit}^{{tree}}")
    if tree is None:
        raise ProjectInvalid(f"{str(git.cwd)!r} has no commit {commit!r}")
    return tree


def _bare(git: Git, commit: str, *parents: str) -> str:
    """A commit of the same files with these parents."""
    identity = {f"GIT_{role}_{key}": "ccorch" for role in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")}
    dates = {f"GIT_{role}_DATE": "@0 +0000" for role in ("AUTHOR", "COMMITTER")}
    words = ("commit-tree", "--no-gpg-sign", *(word for parent in parents for word in ("-p", parent)), "-m", "same")
    return git.having(**identity, **dates).out(*words, _tree(git, commit)).decode().strip()


def _lay_out(repository: Repository, tree: str, folder: Path) -> None:
    with private_index() as index:
        git = Git.of(repository.common, folder).having(GIT_INDEX_FILE=str(index))
        git.out("-c", "core.sparseCheckout=false", "read-tree", tree)
        git.out("checkout-index", "--all", "--force")


def _by_force(retry: Callable[..., object], path: str, problem: object) -> None:
    """What tests made unwritable is deleted, too."""
    os.chmod(os.path.dirname(path), 0o700)
    if not os.path.islink(path):
        os.chmod(path, 0o700)
    retry(path)
