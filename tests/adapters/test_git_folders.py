"""Repositories of one commit, and patches to plain files, whatever lies around them."""

import os
from pathlib import Path

import pytest

from ccorch.adapters.git import GitWorktrees
from ccorch.errors import ProjectInvalid
from tests.machine import commit, git

WORKTREES = GitWorktrees(lambda attempt: Path("/nonexistent"))
PATCH = "--- a/one.txt\n+++ b/one.txt\n@@ -1,2 +1,2 @@\n one\n-two\n+zwei\n three"


def folder(at: Path) -> Path:
    """A folder with two files."""
    (at / "sub").mkdir(parents=True)
    (at / "one.txt").write_text("one\ntwo\nthree\n")
    (at / "sub" / "two.txt").write_text("two\n")
    return at


def test_equal_files_give_equal_commits_that_hold_all_of_them(tmp_path: Path) -> None:
    first, second = folder(tmp_path / "a"), folder(tmp_path / "b")

    begun = WORKTREES.begin(first)
    assert begun == WORKTREES.begin(second)
    assert WORKTREES.head(first) == (begun, None)
    assert git(first, "ls-files").split() == ["one.txt", "sub/two.txt"]


def test_beginning_again_changes_nothing(tmp_path: Path) -> None:
    made = WORKTREES.begin(folder(tmp_path / "a"))

    assert WORKTREES.begin(tmp_path / "a") == made


def test_no_hook_of_a_template_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hooks = tmp_path / "template" / "hooks"
    hooks.mkdir(parents=True)
    (hooks / "reference-transaction").write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    (hooks / "reference-transaction").chmod(0o755)
    monkeypatch.setenv("GIT_TEMPLATE_DIR", str(tmp_path / "template"))

    WORKTREES.begin(folder(tmp_path / "a"))

    assert not (tmp_path / "ran").exists()


def test_a_repository_above_is_neither_used_nor_changed(tmp_path: Path) -> None:
    above = folder(tmp_path / "above")
    git(above, "init", "-q", "-b", "main", ".")
    before = commit(above, "first")
    inside = folder(above / "inside")

    assert WORKTREES.apply(inside, PATCH) is None
    assert (inside / "one.txt").read_text() == "one\nzwei\nthree\n"
    assert (above / "one.txt").read_text() == "one\ntwo\nthree\n"
    WORKTREES.begin(inside)
    assert git(above, "rev-parse", "HEAD").strip() == before


def test_wrong_counts_in_a_patch_are_counted_again(tmp_path: Path) -> None:
    room = folder(tmp_path / "a")

    assert WORKTREES.apply(room, PATCH.replace("@@ -1,2 +1,2 @@", "@@ -1,9 +1,4 @@")) is None
    assert (room / "one.txt").read_text() == "one\nzwei\nthree\n"


@pytest.mark.parametrize(
    "patch",
    [
        "",
        "words",
        PATCH.replace("two", "2"),
        PATCH.replace("one.txt", "absent.txt"),
        PATCH.replace("a/one.txt", "a/../outside.txt").replace("b/one.txt", "b/../outside.txt"),
        PATCH + "\n" + PATCH.replace("one.txt", "absent.txt"),
    ],
)
def test_what_does_not_fit_is_told_and_changes_nothing(tmp_path: Path, patch: str) -> None:
    room = folder(tmp_path / "a")
    (tmp_path / "outside.txt").write_text("one\ntwo\nthree\n")

    assert WORKTREES.apply(room, patch)
    assert (room / "one.txt").read_text() == "one\ntwo\nthree\n"
    assert (tmp_path / "outside.txt").read_text() == "one\ntwo\nthree\n"


def test_a_patch_does_not_follow_a_link_out_of_the_folder(tmp_path: Path) -> None:
    room = folder(tmp_path / "a")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "one.txt").write_text("one\ntwo\nthree\n")
    os.symlink(tmp_path / "outside", room / "link")

    assert WORKTREES.apply(room, PATCH.replace("one.txt", "link/one.txt"))
    assert (tmp_path / "outside" / "one.txt").read_text() == "one\ntwo\nthree\n"


def test_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProjectInvalid, match="is not a folder"):
        WORKTREES.apply(tmp_path / "none", PATCH)
