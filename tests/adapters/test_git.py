"""Worktrees of real repositories, hostile ones included."""

import os
import resource
import shutil
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from ccorch.adapters import git_glance
from ccorch.adapters.git import GitWorktrees
from ccorch.errors import CcorchError, ProjectInvalid
from ccorch.ports import AttemptId, Change
from tests.adapters.git_kit import ONE, worktrees_below
from tests.machine import commit, git

ODD = "a b/ü\nnew line"

STEP = 1 if os.environ.get("CCORCH_SOAK") else 4
"""Of how many calls of git one fails; every one does in the long suite."""


@pytest.fixture
def worktrees(tmp_path: Path) -> GitWorktrees:
    return worktrees_below(tmp_path)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return repository(tmp_path / "project")


def repository(at: Path) -> Path:
    """A repository with files in two folders, a link, a program and an ignored one."""
    (at / "src").mkdir(parents=True)
    (at / "app.py").write_text("print(1)\n")
    (at / "src" / "one.py").write_text("one = 1\n")
    (at / "src" / "run.sh").write_text("#!/bin/sh\n")
    (at / "src" / "run.sh").chmod(0o755)
    (at / "link").symlink_to("app.py")
    (at / ".gitignore").write_text("*.log\n")
    git(at, "init", "-q", "-b", "main", ".")
    commit(at, "first")
    return at


def make_dirty(at: Path) -> None:
    """Something of every kind that may be uncommitted."""
    (at / "app.py").write_text("print(2)\n")
    (at / "src" / "run.sh").unlink(missing_ok=True)
    (at / "src" / "new.py").write_text("new\n")
    (at / "a b").mkdir(exist_ok=True)
    (at / ODD).write_text("odd\n")


def picture(at: Path) -> dict[str, tuple[int, bytes]]:
    """Every byte of a checkout that must stay: its files and git's own, but not objects and what is ccorch's."""
    seen = {}
    for path in sorted(at.rglob("*")):
        name = str(path.relative_to(at))
        if name.startswith((".git/objects", ".git/worktrees", ".git/refs/ccorch")):
            continue
        status = path.lstat()
        content = os.fsencode(os.readlink(path)) if path.is_symlink() else b""
        seen[name] = (status.st_mode, path.read_bytes() if stat.S_ISREG(status.st_mode) else content)
    return seen


def head(at: Path, name: str = "HEAD") -> str:
    return git(at, "rev-parse", name).strip()


def changed(worktrees: GitWorktrees, project: Path, work: Callable[[Path], object]) -> Change:
    """What is collected after this work."""
    base = head(project)
    work(worktrees.create(project, ONE, base))
    return worktrees.collect(project, ONE, base)


def test_the_whole_way_leaves_the_checkout_byte_identical(worktrees: GitWorktrees, project: Path) -> None:
    make_dirty(project)
    git(project, "stash", "-q")
    make_dirty(project)
    git(project, "add", "app.py")
    git(project, "pack-refs", "--all")
    # an index whose times are stale, which git would like to write anew
    os.utime(project / "src" / "one.py", (1, 1))
    before, base = picture(project), head(project)

    assert worktrees.head(project).commit == base
    assert worktrees.head(project).dirty
    place = worktrees.create(project, ONE, base)
    (place / "app.py").write_text("print(3)\n")
    worktrees.collect(project, ONE, base)
    worktrees.remove(project, ONE)

    assert picture(project) == before


def test_the_change_is_a_commit_a_patch_and_a_list(worktrees: GitWorktrees, project: Path, tmp_path: Path) -> None:
    def work(place: Path) -> None:
        make_dirty(place)
        (place / "src" / "one.py").rename(place / "two.py")
        (place / "noise.log").write_text("ignored")
        (place / "bytes").write_bytes(bytes(range(256)))
        (place / "link").unlink()
        (place / "link").symlink_to("two.py")

    change = changed(worktrees, project, work)

    expected = [ODD, "app.py", "bytes", "link", "src/new.py", "src/one.py", "src/run.sh", "two.py"]
    assert list(change.files) == expected
    assert head(project, "refs/ccorch/0123456789abcdef/develop/1") == change.commit
    assert git(project, "log", "-1", "--format=%an <%ae> %P", change.commit).strip() == (
        f"ccorch worker <worker@ccorch.invalid> {head(project)}"
    )
    (tmp_path / "patch").write_bytes(change.patch)
    git(project, "apply", "--index", str(tmp_path / "patch"))
    assert git(project, "write-tree").strip() == head(project, f"{change.commit}^{{tree}}")


def test_a_worktree_is_made_of_the_commit_and_not_of_what_is_dirty(worktrees: GitWorktrees, project: Path) -> None:
    make_dirty(project)

    place = worktrees.create(project, ONE, head(project))

    assert (place / "app.py").read_text() == "print(1)\n"
    assert not (place / "src" / "new.py").exists()
    assert git(place, "status", "--porcelain") == ""


def test_creating_again_gives_the_same_worktree_with_its_work(worktrees: GitWorktrees, project: Path) -> None:
    place = worktrees.create(project, ONE, head(project))
    (place / "half.py").write_text("half")

    again = worktrees.create(project, ONE, head(project))

    assert (again, (again / "half.py").read_text()) == (place, "half")


def test_a_glance_at_unfinished_work_names_what_will_be_collected_and_writes_nothing(
    worktrees: GitWorktrees, project: Path
) -> None:
    base = head(project)
    place = worktrees.create(project, ONE, base)
    make_dirty(place)
    (place / "src/one.py").write_text("one = 1\ntwo = 2\n")
    (place / "large.bin").write_bytes(b"large\n" * (git_glance.LARGEST // 6 + 1))
    (place / "gone").symlink_to("/etc/passwd")
    git(place, "add", "src/one.py")
    before = picture(project), picture(place)

    seen = worktrees.glance(project, ONE, base, {})
    assert (picture(project), picture(place)) == before
    (place / "app.py").write_text("print(33)\n")
    again = worktrees.glance(project, ONE, base, seen.marks)
    added = {file.path: file.added_lines for file in again.files if file.added_lines}
    change = worktrees.collect(project, ONE, base)
    worktrees.remove(project, ONE)

    assert tuple(file.path for file in seen.files) == change.files
    lines = {file.path: file.added_lines for file in seen.files}
    assert (lines["src/one.py"], lines["src/new.py"]) == ([(2, b"two = 2")], [(1, b"new")])
    assert (lines["large.bin"], lines["gone"], lines["src/run.sh"]) == ([], [], [])
    assert added == {"app.py": [(1, b"print(33)")]}
    with pytest.raises(ProjectInvalid, match="is gone"):
        worktrees.glance(project, ONE, base, {})


def test_a_worktree_made_again_after_collecting_still_has_the_change(
    worktrees: GitWorktrees, project: Path
) -> None:
    change = changed(worktrees, project, make_dirty)
    worktrees.remove(project, ONE)

    assert changed(worktrees, project, lambda place: None) == change


def test_collecting_twice_is_one_commit(worktrees: GitWorktrees, project: Path) -> None:
    change = changed(worktrees, project, make_dirty)

    assert worktrees.collect(project, ONE, head(project)) == change


def test_no_change_is_the_base_itself(worktrees: GitWorktrees, project: Path) -> None:
    assert changed(worktrees, project, lambda place: None) == Change(head(project), (), b"")


def test_the_worktree_survives_pruning(worktrees: GitWorktrees, project: Path) -> None:
    place = worktrees.create(project, ONE, head(project))
    shutil.move(place, place.with_name("away"))
    git(project, "worktree", "prune", "--expire=now")
    shutil.move(place.with_name("away"), place)

    assert git(place, "status", "--porcelain") == ""


def test_removing_leaves_the_commits_and_nothing_else(
    worktrees: GitWorktrees, project: Path, tmp_path: Path
) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "kept").write_text("kept")

    def work(place: Path) -> None:
        (place / "new").write_text("new")
        (place / "way out").symlink_to(tmp_path / "outside")
        (place / "src").chmod(0o500)

    change = changed(worktrees, project, work)
    worktrees.remove(project, ONE)
    worktrees.remove(project, ONE)

    assert (tmp_path / "outside" / "kept").read_text() == "kept"
    assert not worktrees.folder(ONE).exists()
    assert git(project, "worktree", "list").count("\n") == 1
    git(project, "gc", "-q", "--prune=now")
    assert git(project, "show", f"{change.commit}:new") == "new"


def test_a_link_in_place_of_the_worktree_is_removed_and_not_followed(
    worktrees: GitWorktrees, project: Path, tmp_path: Path
) -> None:
    folder = worktrees.create(project, ONE, head(project))
    shutil.rmtree(folder)
    folder.symlink_to(project)

    with pytest.raises(ProjectInvalid, match="is unknown"):
        worktrees.collect(project, ONE, head(project))
    worktrees.remove(project, ONE)

    assert (project / "app.py").exists()
    assert not folder.is_symlink()


def test_attempts_whose_folders_have_one_name_do_not_meet(worktrees: GitWorktrees, project: Path) -> None:
    other = AttemptId(ONE.run, "a..b.lock", 1)
    for attempt in (ONE, other):
        (worktrees.create(project, attempt, head(project)) / attempt.node).write_text("mine")

    changes = [worktrees.collect(project, attempt, head(project)) for attempt in (ONE, other)]
    worktrees.remove(project, ONE)

    assert [change.files for change in changes] == [("develop",), ("a..b.lock",)]
    assert worktrees.folder(other).exists()


def test_uncommitted_edits_have_one_fingerprint_in_every_clone(worktrees: GitWorktrees, tmp_path: Path) -> None:
    first = repository(tmp_path / "first")
    git(tmp_path, "clone", "-q", str(first), "second")
    second = tmp_path / "second"
    git(second, "config", "diff.noprefix", "true")
    git(second, "config", "core.quotePath", "false")
    assert worktrees.head(first).dirty is None

    for clone in (first, second):
        make_dirty(clone)
    git(second, "add", "-A")

    assert worktrees.head(first).dirty == worktrees.head(second).dirty != None  # noqa: E711


@pytest.mark.parametrize(
    "edit",
    [
        lambda at: (at / "app.py").write_text("print(9)\n"),
        lambda at: (at / "app.py").chmod(0o755),
        lambda at: (at / "app.py").unlink(),
        lambda at: (at / "new").write_text("1"),
        lambda at: (at / "new").symlink_to("app.py"),
        lambda at: (at / "link").unlink() or (at / "link").symlink_to("gone"),
        lambda at: (at / "app.py").unlink() or (at / "app.py").mkdir(),
        lambda at: os.mkfifo(at / "pipe") or (at / "pipe").rename(at / "app.py"),  # type: ignore[func-returns-value]
        lambda at: (at / "src").rename(at / "moved") and (at / "src").symlink_to("moved"),
    ],
)
def test_every_kind_of_edit_is_dirty(
    worktrees: GitWorktrees, project: Path, edit: Callable[[Path], object]
) -> None:
    assert worktrees.head(project).dirty is None

    edit(project)

    assert worktrees.head(project).dirty


def test_touching_ignoring_and_the_workspace_are_not_dirty(worktrees: GitWorktrees, project: Path) -> None:
    os.utime(project / "app.py", (1, 1))
    (project / "noise.log").write_text("noise")
    for folder in (project, project / "src"):
        (folder / ".agent-workspace" / "ccorch").mkdir(parents=True)
        (folder / ".agent-workspace" / "ccorch" / "plan.json").write_text("{}")

    assert worktrees.head(project).dirty is None


def test_a_project_in_a_sub_folder(worktrees: GitWorktrees, project: Path) -> None:
    (project / "app.py").write_text("outside of the project")
    assert worktrees.head(project / "src").dirty is None
    base = head(project)

    place = worktrees.create(project / "src", ONE, base)
    (place / "one.py").write_text("one = 2\n")
    (place.parent / "app.py").write_text("out of its folder")
    change = worktrees.collect(project / "src", ONE, base)

    assert place == worktrees.folder(ONE) / "src"
    assert change.files == ("../app.py", "one.py")
    worktrees.remove(project / "src", ONE)
    assert not worktrees.folder(ONE).exists()


def test_a_sub_folder_that_is_not_committed_has_no_worktree(worktrees: GitWorktrees, project: Path) -> None:
    (project / "fresh").mkdir()

    with pytest.raises(ProjectInvalid, match="is no folder in commit"):
        worktrees.create(project / "fresh", ONE, head(project))


def test_a_linked_worktree_is_a_project_too(worktrees: GitWorktrees, project: Path, tmp_path: Path) -> None:
    git(project, "worktree", "add", "-q", "-b", "topic", str(tmp_path / "linked"))
    linked = tmp_path / "linked"
    (linked / "app.py").write_text("topic\n")
    base = commit(linked, "topic")
    assert worktrees.head(linked).commit == base != worktrees.head(project).commit

    change = changed(worktrees, linked, make_dirty)
    worktrees.remove(linked, ONE)

    assert head(project, f"{change.commit}^") == base
    assert (linked / "app.py").read_text() == "topic\n"


def test_without_git_or_commits_there_is_no_commit(worktrees: GitWorktrees, tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "fresh").mkdir()
    git(tmp_path / "fresh", "init", "-q", ".")
    git(tmp_path, "init", "-q", "--bare", "bare")

    for name in ("plain", "fresh", "bare"):
        assert worktrees.head(tmp_path / name) == (None, None)
        with pytest.raises(ProjectInvalid):
            worktrees.create(tmp_path / name, ONE, "HEAD")
    (tmp_path / "fresh" / "new").write_text("new")
    untracked = worktrees.head(tmp_path / "fresh").dirty
    git(tmp_path / "fresh", "add", "new")
    assert untracked == worktrees.head(tmp_path / "fresh").dirty is not None


def test_a_line_break_in_the_name_of_a_project_is_a_letter_like_others(
    worktrees: GitWorktrees, tmp_path: Path
) -> None:
    project = repository(tmp_path / ODD)
    (tmp_path / "fresh\n").mkdir()
    git(tmp_path / "fresh\n", "init", "-q", ".")

    assert worktrees.head(project) == (head(project), None)
    assert worktrees.head(tmp_path / "fresh\n") == (None, None)
    (project / "src" / "one.py").write_text("one = 2\n")
    assert worktrees.head(project / "src").dirty


def test_looking_at_a_checkout_starts_git_four_times(
    worktrees: GitWorktrees, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = tmp_path / "calls"
    wrap(tmp_path, monkeypatch, f'echo >> {calls}; exec {{git}} "$@"')

    assert worktrees.head(project).commit

    assert len(calls.read_text().splitlines()) == 4


def test_without_the_git_program_there_is_no_commit(
    worktrees: GitWorktrees, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # the second entry would find the project's own program
    monkeypatch.setenv("PATH", f"{tmp_path / 'empty'}:.")
    monkeypatch.chdir(project)
    (project / "git").write_text("#!/bin/sh\ntouch ran\n")
    (project / "git").chmod(0o755)

    assert worktrees.head(project) == (None, None)
    assert not (project / "ran").exists()


@pytest.mark.parametrize("content", ["gitdir: /nowhere\n", "nonsense"])
def test_a_broken_git_file_is_said(worktrees: GitWorktrees, tmp_path: Path, content: str) -> None:
    (tmp_path / ".git").write_text(content)

    with pytest.raises(ProjectInvalid, match=r"git cannot read .*: fatal:"):
        worktrees.head(tmp_path)


def test_a_missing_project_and_a_missing_commit_are_said(worktrees: GitWorktrees, project: Path) -> None:
    with pytest.raises(ProjectInvalid, match="is not a folder"):
        worktrees.head(project / "gone")
    with pytest.raises(ProjectInvalid, match="has no commit '--output=x'"):
        worktrees.create(project, ONE, "--output=x")
    assert not (project / "x").exists()


def test_a_repository_of_another_owner_is_said(
    worktrees: GitWorktrees, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrap(tmp_path, monkeypatch, 'GIT_TEST_ASSUME_DIFFERENT_OWNER=1 exec {git} "$@"')

    with pytest.raises(ProjectInvalid, match="dubious ownership") as raised:
        worktrees.head(project)
    assert "own the repository" in raised.value.hint


def test_nothing_that_the_repository_configures_is_started(
    worktrees: GitWorktrees, project: Path, tmp_path: Path
) -> None:
    ran, program = tmp_path / "ran", tmp_path / "program"
    program.write_text(f'#!/bin/sh\necho "$0 $@" >> {ran}\ncat\n')
    program.chmod(0o755)
    (project / ".gitattributes").write_text("* filter=a=b diff=evil\n")
    commit(project, "attributes")
    settings = ("filter.a=b.clean", "filter.a=b.smudge", "filter.a=b.process", "core.fsmonitor", "gpg.program")
    for setting in (*settings, "diff.external", "diff.evil.textconv", "diff.evil.command", "core.sshCommand"):
        git(project, "config", setting, str(program))
    for setting in ("filter.a=b.required", "commit.gpgSign", "log.showSignature"):
        git(project, "config", setting, "true")
    hooks = "post-checkout post-index-change reference-transaction pre-commit post-commit post-rewrite"
    for hook in hooks.split():
        shutil.copy(program, project / ".git" / "hooks" / hook)
    git(project, "config", "core.hooksPath", str(project / ".git" / "hooks"))
    git(project, "config", "core.excludesFile", "~/ignore")
    base = worktrees.head(project).commit
    assert base

    (project / "app.py").write_text("print(2)\n")
    assert worktrees.head(project).dirty
    place = worktrees.create(project, ONE, base)
    make_dirty(place)
    assert worktrees.glance(project, ONE, base, {}).files
    change = worktrees.collect(project, ONE, base)
    worktrees.remove(project, ONE)

    assert "app.py" in change.files
    assert not ran.exists(), ran.read_text()


def test_settings_of_a_submodule_are_not_started_either(
    worktrees: GitWorktrees, project: Path, tmp_path: Path
) -> None:
    ran = with_submodule(project, tmp_path)
    assert worktrees.head(project).dirty is None

    def work(place: Path) -> None:
        make_dirty(place)
        git(place, "-c", "protocol.file.allow=always", "submodule", "update", "-q", "--init")
        git(place / "sub", "config", "core.fsmonitor", str(tmp_path / "program"))
        (place / "sub" / "app.py").write_text("dirty")

    change = changed(worktrees, project, work)

    assert "sub" not in change.files
    assert not ran.exists()


def test_another_commit_of_a_submodule_is_a_change_whatever_it_says_of_itself(
    worktrees: GitWorktrees, project: Path, tmp_path: Path
) -> None:
    with_submodule(project, tmp_path)
    git(project, "config", "-f", ".gitmodules", "submodule.sub.ignore", "all")
    commit(project, "ignore")

    def work(place: Path) -> None:
        git(place, "-c", "protocol.file.allow=always", "submodule", "update", "-q", "--init")
        (place / "sub" / "app.py").write_text("next")
        commit(place / "sub", "next")

    change = changed(worktrees, project, work)

    assert change.files == ("sub",)
    assert b"Subproject commit" in change.patch


def with_submodule(project: Path, tmp_path: Path) -> Path:
    """A submodule whose own settings would start a program; gives the file that this would leave."""
    library = repository(tmp_path / "library")
    git(project, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(library), "sub")
    commit(project, "submodule")
    ran, program = tmp_path / "ran", tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {ran}\n")
    program.chmod(0o755)
    git(project / "sub", "config", "core.fsmonitor", str(program))
    return ran


def test_what_the_worker_committed_is_kept(worktrees: GitWorktrees, project: Path) -> None:
    def work(place: Path) -> None:
        git(place, "checkout", "-q", "-b", "mine")
        (place / "new").write_text("new")
        (place / "forced.log").write_text("ignored, but committed")
        git(place, "add", "-f", "forced.log")
        commit(place, "by the worker")
        (place / "later").write_text("later")

    change = changed(worktrees, project, work)

    assert change.files == ("forced.log", "later", "new")
    assert head(project, f"{change.commit}^") == head(project, "mine")
    assert git(project, "branch", "--show-current").strip() == "main"


@pytest.mark.parametrize("words", ["checkout -q --orphan fresh", "checkout -q other", "symbolic-ref HEAD refs/no"])
def test_a_head_that_does_not_build_on_the_base_is_left_aside(
    worktrees: GitWorktrees, project: Path, words: str
) -> None:
    git(project, "branch", "other")
    (project / "app.py").write_text("second")
    base = commit(project, "second")

    def work(place: Path) -> None:
        git(place, *words.split())
        (place / "app.py").write_text("third")

    change = changed(worktrees, project, work)

    assert head(project, f"{change.commit}^") == base
    assert change.files == ("app.py",)


def forge(place: Path) -> None:
    (place / ".git").unlink()
    git(place, "init", "-q", ".")
    commit(place, "forged")
    git(place, "config", "core.fsmonitor", "touch ran; true")


@pytest.mark.parametrize("harm", [lambda place: (place / ".git").unlink(), forge])
def test_a_git_file_removed_or_forged_hides_nothing(
    worktrees: GitWorktrees, project: Path, harm: Callable[[Path], None]
) -> None:
    def work(place: Path) -> None:
        harm(place)
        (place / "app.py").write_text("changed")

    change = changed(worktrees, project, work)
    worktrees.remove(project, ONE)

    assert change.files == ("app.py",)
    assert head(project, f"{change.commit}^") == head(project)
    assert git(project, "worktree", "list").count("\n") == 1


def test_flags_in_the_index_and_nested_repositories_hide_nothing(worktrees: GitWorktrees, project: Path) -> None:
    def work(place: Path) -> None:
        git(place, "update-index", "--skip-worktree", "app.py")
        git(place, "update-index", "--assume-unchanged", "src/one.py")
        (place / "app.py").write_text("hidden")
        (place / "src" / "one.py").write_text("hidden")
        for nested in ("empty", "full"):
            (place / nested / "deep").mkdir(parents=True)
            git(place / nested, "init", "-q", ".")
            (place / nested / "deep" / "file").write_text("nested")
        commit(place / "full", "nested")

    change = changed(worktrees, project, work)

    assert change.files == ("app.py", "empty/deep/file", "full/deep/file", "src/one.py")
    assert git(project, "show", f"{change.commit}:full/deep/file") == "nested"


def test_files_that_became_something_else(worktrees: GitWorktrees, project: Path) -> None:
    def work(place: Path) -> None:
        for name in ("app.py", "link"):
            (place / name).unlink()
        (place / "app.py").mkdir()
        (place / "app.py" / "inside").write_text("inside")
        os.mkfifo(place / "link")
        with socket.socket(socket.AF_UNIX) as listener:
            os.chdir(place)
            listener.bind("socket")
        (place / "src").rename(place / "moved")
        (place / "moved" / "one.py").write_text("changed")
        (place / "src").symlink_to("moved")

    here = Path.cwd()
    try:
        change = changed(worktrees, project, work)
    finally:
        os.chdir(here)

    gone = ("src/one.py", "src/run.sh")
    assert change.files == ("app.py", "app.py/inside", "link", "moved/one.py", "moved/run.sh", "src", *gone)


def test_names_that_are_no_text(worktrees: GitWorktrees, project: Path) -> None:
    change = changed(worktrees, project, lambda place: Path(place, os.fsdecode(b"\xff")).write_text("odd"))

    assert change.files == ("\ufffd",)


def test_a_sparse_project_gets_whole_worktrees(worktrees: GitWorktrees, project: Path) -> None:
    git(project, "sparse-checkout", "set", "--no-cone", "/src/")
    assert not (project / "app.py").exists()
    assert worktrees.head(project).dirty is None

    change = changed(worktrees, project, lambda place: git(place, "checkout", "-q", "-b", "mine"))

    assert (worktrees.folder(ONE) / "app.py").exists()
    assert change.files == ()


def test_a_worktree_that_is_gone_leaves_the_change_unknown(worktrees: GitWorktrees, project: Path) -> None:
    base = head(project)
    shutil.rmtree(worktrees.create(project, ONE, base))

    with pytest.raises(ProjectInvalid, match="is unknown"):
        worktrees.collect(project, ONE, base)
    assert (worktrees.create(project, ONE, base) / "app.py").exists()


def test_a_lost_record_loses_no_change(worktrees: GitWorktrees, project: Path) -> None:
    def work(place: Path) -> None:
        make_dirty(place)
        shutil.rmtree(project / ".git" / "worktrees")

    change = changed(worktrees, project, work)
    worktrees.remove(project, ONE)

    assert "src/new.py" in change.files
    assert not worktrees.folder(ONE).exists()


def wrap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Put a program named git, which may call the real one, first on the PATH."""
    (tmp_path / "bin").mkdir(exist_ok=True)
    program = tmp_path / "bin" / "git"
    program.write_text("#!/bin/sh\n" + script.format(git=shutil.which("git")) + "\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_failure_at_any_call_of_git_is_mended_by_doing_it_again(
    worktrees: GitWorktrees, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    make_dirty(project)
    before, base, calls = picture(project), head(project), tmp_path / "calls"
    real = "" if moment == "before" else '{git} "$@"'
    script = (
        f'echo >> {calls}\n[ $(wc -l < {calls}) = $(cat {calls}.fatal) ] || exec {{git}} "$@"\n{real}\nexit 137'
    )

    def way() -> Change:
        place = worktrees.create(project, ONE, base)
        make_dirty(place)
        change = worktrees.collect(project, ONE, base)
        worktrees.remove(project, ONE)
        return change

    (tmp_path / "calls.fatal").write_text("0")
    wrap(tmp_path, monkeypatch, script)
    expected = way()
    total = len(calls.read_text())
    assert total > 10
    for fatal in range(1, total + 1, STEP):
        git(project, "update-ref", "-d", "refs/ccorch/0123456789abcdef/develop/1")
        calls.unlink()
        (tmp_path / "calls.fatal").write_text(str(fatal))
        try:
            change = way()
        except CcorchError:
            (tmp_path / "calls.fatal").write_text("0")
            change = way()
        assert (change.files, change.patch) == (expected.files, expected.patch), fatal
    assert picture(project) == before


def test_of_thousands_of_files_only_those_that_a_worker_touched_are_read_again(
    worktrees: GitWorktrees, tmp_path: Path
) -> None:
    project = tmp_path / "large"
    for folder in range(20):
        (project / str(folder)).mkdir(parents=True)
        for file in range(100):
            (project / str(folder) / f"{file}.py").write_text(f"{folder} {file}\n" * 20)
    git(project, "init", "-q", ".")
    base = commit(project, "large")

    place = worktrees.create(project, ONE, base)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    (place / "0" / "0.py").write_text("changed")

    assert worktrees.collect(project, ONE, base).files == ("0/0.py",)
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert (
        now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime < 2
    )  # of processors; disks take what they take
