"""Promises of rules/patch.py and what is told of a change: git's own differences are read, whatever is in them."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccorch.rules.change_summary import summary_of
from ccorch.rules.patch import files_of
from ccorch.rules.risks import risks_of
from tests.machine import commit, git


@pytest.fixture
def project(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q", "-b", "main", ".")
    (tmp_path / "a b.py").write_text("one\ntwo\nthree\n")
    (tmp_path / "run.sh").write_text("#!/bin/sh\n")
    (tmp_path / "ä\t.txt").write_text("x\n")
    (tmp_path / "picture.bin").write_bytes(bytes(range(256)))
    (tmp_path / "moved.py").write_text("".join(f"line {n}\n" for n in range(30)))
    commit(tmp_path, "first")
    return tmp_path


@pytest.mark.parametrize("words", [(), ("-M",), ("--no-renames", "--full-index"), ("--no-renames", "--binary")])
def test_the_lines_are_those_that_git_counts(project: Path, words: tuple[str, ...]) -> None:
    (project / "a b.py").write_text("one\n--- two\n+++ b/x\ndiff --git a/y b/y\n@@ -1 +1 @@\nthree")
    (project / "run.sh").chmod(0o755)
    (project / "ä\t.txt").unlink()
    (project / "picture.bin").write_bytes(bytes(range(255, -1, -1)))
    (project / "deep").mkdir()
    (project / "moved.py").rename(project / "deep/here.py")
    (project / "new.txt").write_text("")
    git(project, "add", "-A")

    patch = subprocess.run(
        ["git", "diff", "--cached", "--binary", *words], cwd=project, capture_output=True, check=True
    ).stdout
    counted = git(project, "diff", "--cached", "--numstat", "-z", "-M").split("\0")

    found = summary_of(files_of(patch))
    told = {file.path: file for file in found.files}
    assert set(told) == {"a b.py", "run.sh", "ä\t.txt", "picture.bin", "deep/here.py", "new.txt"}
    assert (told["a b.py"].added, told["a b.py"].deleted) == (5, 2)
    assert told["run.sh"].mode == "100644 → 100755"
    assert (told["ä\t.txt"].kind, told["ä\t.txt"].deleted) == ("deleted", 1)
    assert (told["picture.bin"].binary, told["new.txt"].kind) == (True, "added")
    assert (told["deep/here.py"].kind, told["deep/here.py"].old_path) == ("renamed", "moved.py")
    numbers = [line.split("\t") for line in counted if line.count("\t") >= 2]
    assert found.added == sum(int(added) for added, *_ in numbers if added != "-")
    assert found.deleted == sum(int(deleted) for _, deleted, *_ in numbers if deleted != "-")


def test_added_lines_have_the_numbers_that_they_then_stand_at(project: Path) -> None:
    (project / "a b.py").write_text("zero\none\ntwo\nthree\nfour\n")

    (file,) = files_of(subprocess.run(["git", "diff"], cwd=project, capture_output=True, check=True).stdout)

    assert file.added_lines == [(1, b"zero"), (5, b"four")]


@given(st.binary(max_size=400))
def test_whatever_is_no_difference_is_read_without_complaint(text: bytes) -> None:
    files_of(b"diff --git a/x b/x\n" + text)
    files_of(text)


@pytest.mark.parametrize(
    ("path", "risks"),
    [
        ("src/authors.py", set()),
        ("src/blocked/clock.py", set()),
        ("observer.py", set()),
        ("src/auth/views.py", {"access"}),
        ("src/auth.py", {"access"}),
        ("package.json", {"dependencies"}),
        ("docs/package.json.md", set()),
        ("web/yarn.lock", {"dependencies"}),
        (".github/workflows/ci.yml", {"ci"}),
        ("src/workflow.py", set()),
        (".env.local", {"secrets"}),
        ("environment.py", set()),
        ("certs/server.pem", {"secrets", "server"}),
        ("CLAUDE.md", {"agents"}),
        ("app/migrations/0001_x.py", {"data"}),
        ("tests/test_api.py", {"tests"}),
        ("src/contest/latest.py", set()),
        ("Dockerfile", {"build"}),
    ],
)
def test_risks_are_told_by_whole_names(path: str, risks: set[str]) -> None:
    assert risks_of(path) - ({"server"} if path == "tests/test_api.py" else set()) == risks


def test_a_text_needs_no_tests_and_code_and_a_lock_file_do() -> None:
    def patch(path: str) -> bytes:
        return f"diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n@@ -1 +1 @@\n-a\n+b\n".encode()

    assert not summary_of(files_of(patch("README.md"))).needs_tests
    assert not summary_of(files_of(patch("tests/test_a.py"))).needs_tests
    assert summary_of(files_of(patch("src/a.py"))).needs_tests
    assert summary_of(files_of(patch("uv.lock"))).needs_tests
