"""The whole change of a worktree is told, and whether the project's own checkout stayed as it was."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from ccorch.adapters.git import GitWorktrees
from ccorch.ports import Change
from ccorch.rules.checkout import differences
from ccorch.schema.base import canonical
from tests.adapters.git_kit import ONE, worktrees_below
from tests.adapters.test_git import wrap
from tests.machine import commit, git


@pytest.fixture
def worktrees(tmp_path: Path) -> GitWorktrees:
    return worktrees_below(tmp_path)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    at = tmp_path / "project"
    at.mkdir()
    (at / "app.py").write_text("one\ntwo\nthree\nfour\n")
    (at / "old.py").write_text("1\n2\n3\n4\n5\n6\n")
    (at / "run.sh").write_text("#!/bin/sh\n")
    (at / ".gitignore").write_text("*.log\ncache/\n")
    git(at, "init", "-q", "-b", "main", ".")
    commit(at, "first")
    return at


def changed(worktrees: GitWorktrees, project: Path, work: Callable[[Path], object]) -> Change:
    base = git(project, "rev-parse", "HEAD").strip()
    work(worktrees.create(project, ONE, base))
    return worktrees.collect(project, ONE, base)


def everything(place: Path) -> None:
    (place / "app.py").write_text("one\n2\nthree\nfour\nfive\n")
    (place / "old.py").rename(place / "new.py")
    (place / "run.sh").chmod(0o755)
    (place / "blob").write_bytes(b"\0" * 200)
    (place / "out").symlink_to("/etc")
    (place / "cache").mkdir()
    (place / "cache/x").write_text("x")
    (place / "a.log").write_text("x")


def test_every_kind_of_change_is_told_with_its_lines(worktrees: GitWorktrees, project: Path) -> None:
    told = changed(worktrees, project, everything)
    found = {one.path: (one.how, one.was, one.mode, one.added, one.deleted, one.target) for one in told.entries}

    assert found == {
        "app.py": ("modified", None, "100644", 2, 1, None),
        "blob": ("added", None, "100644", 3, 0, None),
        "new.py": ("renamed", "old.py", "100644", 0, 0, None),
        "out": ("added", None, "120000", 1, 0, "/etc"),
        "run.sh": ("modified", None, "100755", 0, 0, None),
    }
    assert told.files == ("app.py", "blob", "new.py", "old.py", "out", "run.sh")
    assert (told.ignored, told.unlisted) == (("a.log", "cache/x"), 0)


def test_commits_of_the_worker_hide_nothing(worktrees: GitWorktrees, project: Path) -> None:
    def commits(place: Path) -> None:
        (place / "app.py").write_text("x\n")
        commit(place, "one")
        (place / ".env").write_text("x\n")
        commit(place, "two")
        git(place, "commit", "-q", "--amend", "-m", "amended")

    assert changed(worktrees, project, commits).files == (".env", "app.py")


OTHER = "refs/ccorch/fedcba9876543210/a.b/1"


def write(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x")


def write_odd(project: Path, name: bytes) -> None:
    write(project / ".git" / os.fsdecode(name))


def pipe(path: Path) -> None:
    path.parent.mkdir(parents=True)
    os.mkfifo(path)


def endless(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.symlink_to("/dev/zero")


def hide(project: Path) -> None:
    """Have git write into the index that a changed file is as it was, and leave nothing else behind."""
    git(project, "config", "filter.x.clean", "git show HEAD:app.py")
    attributes = project / ".git/info/attributes"
    write(attributes)
    attributes.write_text("app.py filter=x\n")
    write(project / "app.py")
    git(project, "update-index", "-q", "--refresh")
    git(project, "config", "--remove-section", "filter.x")
    attributes.unlink()


MEDDLES: dict[str, tuple[Callable[[Path], object], str]] = {
    "a branch": (lambda at: git(at, "branch", "stolen"), "refs/heads/stolen appeared"),
    "a hook": (lambda at: (at / ".git/hooks/pre-push").write_text("x"), "hooks/pre-push appeared"),
    "settings": (lambda at: git(at, "config", "core.pager", "x"), "config changed"),
    "a stash": (lambda at: ((at / "app.py").write_text("y"), git(at, "stash")), "refs/stash appeared"),
    "the index": (lambda at: git(at, "rm", "-q", "--cached", "old.py"), "index changed"),
    "a file": (lambda at: (at / "app.py").write_text("y\n"), "file app.py appeared"),
    "an ignored file": (lambda at: (at / "b.log").write_text("y\n"), "file b.log appeared"),
    "what was open": (lambda at: git(at, "checkout", "-q", "run.sh"), "file run.sh is gone"),
    "a merge": (lambda at: (at / ".git/MERGE_HEAD").write_text("x"), "MERGE_HEAD appeared"),
    "a rebase": (
        lambda at: write(at / ".git/rebase-merge/git-rebase-todo"),
        "rebase-merge/git-rebase-todo appeared",
    ),
    "a submodule's hook": (lambda at: write(at / ".git/modules/a/hooks/x"), "modules/a/hooks/x appeared"),
    "a pipe for a hook": (lambda at: os.mkfifo(at / ".git/hooks/pre-push"), "hooks/pre-push appeared"),
    "an endless hook": (lambda at: (at / ".git/hooks/x").symlink_to("/dev/zero"), "hooks/x appeared"),
    "a hook whose name is no UTF-8": (lambda at: write_odd(at, b"hooks/\xff"), "hooks/\ufffd appeared"),
    "a journal of such a name": (
        lambda at: write_odd(at, b"logs/refs/heads/\xe9"),
        "logs/refs/heads/\ufffd appeared",
    ),
    "a link to such a name": (
        lambda at: os.symlink(b"\xff", os.fsencode(at / ".git/hooks/x")),
        "hooks/x appeared",
    ),
    "a worktree that is a pipe": (lambda at: pipe(at / ".git/worktrees/w/gitdir"), "worktrees/w appeared"),
    "an endless worktree": (lambda at: endless(at / ".git/worktrees/w/gitdir"), "worktrees/w appeared"),
    "an ignored folder": (lambda at: write(at / "cache/deep/er/x"), "file cache/deep/er/ changed"),
    "a hidden file": (
        lambda at: (git(at, "update-index", "--skip-worktree", "app.py"), write(at / "app.py")),
        "file app.py appeared",
    ),
    "what a filter hid": (hide, "file app.py appeared"),
    "a journal": (lambda at: (at / ".git/logs/HEAD").write_text(""), "logs/HEAD changed"),
    "a worktree": (lambda at: git(at, "worktree", "add", "-q", "../w"), "worktrees/w appeared"),
    "a result of another run": (lambda at: git(at, "update-ref", "-d", OTHER), f"{OTHER} is gone"),
    "HEAD": (lambda at: git(at, "checkout", "-q", "-b", "aside"), "HEAD changed"),
}


@pytest.mark.parametrize(("meddle", "told"), MEDDLES.values(), ids=MEDDLES)
def test_whatever_becomes_different_in_the_checkout_is_told(
    worktrees: GitWorktrees, project: Path, meddle: Callable[[Path], object], told: str
) -> None:
    (project / "run.sh").write_text("open work\n")
    write(project / "cache/deep/er/x")
    git(project, "update-ref", OTHER, "HEAD")
    before = worktrees.state(project)
    assert differences(before, worktrees.state(project)) == ()

    meddle(project)

    after = worktrees.state(project, before)
    assert told in differences(before, after)
    assert canonical(after).encode()


def test_locks_of_commands_that_are_over_meanwhile_are_no_difference_and_those_that_stay_are(
    worktrees: GitWorktrees, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(project, "worktree", "add", "-q", "-b", "linked", "../linked")
    linked, common = project.parent / "linked", project / ".git"
    before = worktrees.state(linked)
    passing = [common / "config.lock", common / "shallow.lock", common / "worktrees/linked/ORIG_HEAD.lock"]
    for lock in (*passing, common / "description.lock"):
        write(lock)
    # the index is looked at after the locks were seen
    gone = " ".join(map(str, passing))
    wrap(tmp_path, monkeypatch, f'case "$*" in *"ls-files -s -v"*) rm -f {gone};; esac\nexec {{git}} "$@"')

    assert differences(before, worktrees.state(linked, before)) == ("description.lock appeared",)
    assert not any(lock.exists() for lock in passing)


def test_journals_that_are_gone_while_they_are_listed_are_passed_by(worktrees: GitWorktrees, project: Path) -> None:
    many = [project / f".git/logs/refs/heads/x{number}" for number in range(300)]
    ends = threading.Event()

    def come_and_go() -> None:
        while not ends.is_set():
            for one in many:
                write(one)
            for one in many:
                one.unlink()

    somebody = threading.Thread(target=come_and_go)
    somebody.start()
    try:
        for _ in range(5):
            assert "HEAD" in worktrees.state(project)
    finally:
        ends.set()
        somebody.join()


def test_what_ccorch_itself_does_changes_nothing_there(worktrees: GitWorktrees, project: Path) -> None:
    before = worktrees.state(project)
    changed(worktrees, project, everything)
    worktrees.remove(project, ONE)

    assert differences(before, worktrees.state(project), ONE.run) == ()


def test_what_a_user_commits_is_told_once_and_not_by_the_journals_as_well(
    worktrees: GitWorktrees, project: Path
) -> None:
    before = worktrees.state(project)
    (project / "app.py").write_text("mine\n")
    commit(project, "mine")

    assert differences(before, worktrees.state(project)) == ("index changed", "refs/heads/main changed")


def oddities(place: Path) -> None:
    outside = place.parents[4] / "outside"
    outside.write_text("x")
    os.mkfifo(place / "pipe")
    os.link(outside, place / "new.py")
    os.link(place / "app.py", place / "twin.py")
    for installed in ("cache/node_modules/a", "node_modules/b"):
        (place / installed).parent.mkdir(parents=True)
        os.link(outside, place / installed)
    write(place / ".GIT/config")
    (place / "tool").write_text("x")
    (place / "tool").chmod(0o4755)
    (place / "up").symlink_to("way")
    (place / "way").symlink_to("..")
    git(place, "update-index", "--add", "--cacheinfo", f"160000,{git(place, 'rev-parse', 'HEAD').strip()},sub")


def test_what_is_no_plain_file_is_told(worktrees: GitWorktrees, project: Path) -> None:
    told = changed(worktrees, project, oddities)

    assert sorted(told.odd) == [
        "new.py is a file that lies elsewhere, too (hard link)",
        # of what package managers link, only what would be merged
        "node_modules/b is a file that lies elsewhere, too (hard link)",
        "pipe is a pipe",
        "sub is a commit that was staged in the place of a folder",
        "tool runs with the rights of its owner or group",
        "up is a link that leads out by way of others",
    ]
    assert ".GIT" in told.ignored


@pytest.mark.parametrize(
    ("forget", "told"),
    [
        ("gitdir", "git's record of the worktree is gone, or names another folder"),
        ("commondir", "commondir of the worktree is not as git has made it"),
        ("locked", "the worktree is not locked any more"),
        ("index", "the index of the worktree is no file any more"),
    ],
)
def test_what_became_of_gits_record_of_the_worktree_is_told(
    worktrees: GitWorktrees, project: Path, forget: str, told: str
) -> None:
    def forgets(place: Path) -> None:
        (Path(git(place, "rev-parse", "--absolute-git-dir").strip()) / forget).unlink()

    assert changed(worktrees, project, forgets).odd == (told,)


def test_a_snapshot_holds_all_that_is_uncommitted_and_touches_nothing(
    worktrees: GitWorktrees, project: Path
) -> None:
    head = git(project, "rev-parse", "HEAD").strip()
    assert worktrees.snapshot(project) == head
    (project / "app.py").write_text("open\n")
    (project / "new").write_text("new\n")
    (project / "old.py").unlink()
    (project / "x.log").write_text("ignored\n")
    before = (worktrees.state(project), git(project, "status", "--porcelain"))
    made = worktrees.snapshot(project)

    assert made == worktrees.snapshot(project)
    assert (worktrees.state(project), git(project, "status", "--porcelain")) == before
    assert git(project, "show", "--format=%P", "--name-status", str(made)).split() == [
        head,
        *["M", "app.py", "A", "new", "D", "old.py"],
    ]
