"""Branches are moved whole or not at all, whatever lies in their checkout and whichever call of git fails."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ccorch.adapters.git_results import GitResults
from ccorch.errors import ArgumentInvalid, CcorchError, ProjectInvalid, RunStateConflict
from tests.machine import commit, git

RUN = "0123456789abcdef"
WHO = "A. Person <a@example.invalid>"
STEP = 1 if os.environ.get("CCORCH_SOAK") else 3
"""Of how many calls of git one fails; every one does in the long suite."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    at = tmp_path / "project"
    (at / "src").mkdir(parents=True)
    (at / "src/one.py").write_text("one = 1\n")
    (at / "src/two.py").write_text("two = 2\n")
    (at / "gone.txt").write_text("gone\n")
    (at / "other.txt").write_text("other\n")
    git(at, "init", "-q", "-b", "main", ".")
    commit(at, "first")
    return at


@pytest.fixture
def results(tmp_path: Path) -> GitResults:
    return GitResults(lambda: tmp_path / "trials")


def made(project: Path) -> tuple[str, str]:
    """A base and a result that edits, adds, deletes and makes a program; the checkout is on the base."""
    base = git(project, "rev-parse", "HEAD").strip()
    git(project, "checkout", "-q", "-b", "work")
    (project / "src/one.py").write_text("one = 10\n")
    (project / "new").mkdir()
    (project / "new/a b\n.txt").write_text("new\n")
    (project / "new/run.sh").write_text("#!/bin/sh\n")
    (project / "new/run.sh").chmod(0o755)
    (project / "new/link").symlink_to("../src")
    (project / "gone.txt").unlink()
    result = commit(project, "result")
    git(project, "checkout", "-q", "main")
    return base, result


def head(project: Path, ref: str = "refs/heads/main") -> str:
    return git(project, "rev-parse", ref).strip()


def status(project: Path) -> str:
    return git(project, "status", "--porcelain", "-uall")


def test_the_checkout_comes_along_and_open_work_stays(results: GitResults, project: Path) -> None:
    base, result = made(project)
    (project / "other.txt").write_text("mine\n")
    (project / "untracked").write_text("mine\n")
    git(project, "add", "other.txt")

    results.move(project, "main", base, result, "note")

    assert (head(project), head(project, "HEAD")) == (result, result)
    assert status(project) == "M  other.txt\n?? untracked\n"
    assert os.access(project / "new/run.sh", os.X_OK)
    assert not (project / "gone.txt").exists()


def filtered(at: Path) -> None:
    (at / ".gitattributes").write_text("*.py filter=f\n")
    git(at, "config", "filter.f.smudge", "touch ran; cat")


def ignored_and_there(at: Path) -> None:
    (at / ".git/info/exclude").write_text("new/\n")
    (at / "new").mkdir()
    (at / "new/run.sh").write_text("mine\n")


SPOILS: dict[str, Callable[[Path], object]] = {
    "edited": lambda at: (at / "src/one.py").write_text("mine\n"),
    "edited and to be deleted": lambda at: (at / "gone.txt").write_text("mine\n"),
    "ignored": ignored_and_there,
    "merging": lambda at: (at / ".git/MERGE_HEAD").write_text("0" * 40 + "\n"),
    "locked": lambda at: (at / ".git/index.lock").write_text(""),
    "filtered": filtered,
}


@pytest.mark.parametrize("spoil", SPOILS.values(), ids=SPOILS)
def test_what_lies_in_the_way_is_named_and_nothing_is_touched(
    results: GitResults, project: Path, spoil: Callable[[Path], object]
) -> None:
    base, result = made(project)
    spoil(project)
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file() and ".git" not in path.parts}

    assert results.obstacles(project, "main", base, result)
    with pytest.raises(RunStateConflict):
        results.move(project, "main", base, result, "note")

    assert head(project) == base
    assert before == {p: p.read_bytes() for p in project.rglob("*") if p.is_file() and ".git" not in p.parts}


def test_a_commit_holds_itself_and_what_it_descends_from_and_of_what_is_gone_git_cannot_tell(
    results: GitResults, project: Path
) -> None:
    base, result = made(project)

    assert results.holds(project, result, result)
    assert results.holds(project, result, base)
    assert not results.holds(project, base, result)
    gone = "0123456789" * 4
    for commits in ((result, gone), (gone, base)):
        with pytest.raises(ProjectInvalid, match=f"git cannot tell whether {commits[0]} holds {commits[1]}: fatal"):
            results.holds(project, *commits)


def test_a_branch_that_nobody_has_checked_out_is_moved_alone(results: GitResults, project: Path) -> None:
    base, result = made(project)
    git(project, "branch", "aside", base)
    before = status(project)

    results.move(project, "aside", base, result, "note")
    results.move(project, "fresh", None, result, "note")
    with pytest.raises(CcorchError):
        results.move(project, "aside", base, base, "seen too early")

    assert [head(project, name) for name in ("aside", "fresh", "main")] == [result, result, base]
    assert status(project) == before


def test_a_branch_of_another_worktree_is_left_to_it(results: GitResults, project: Path, tmp_path: Path) -> None:
    base, result = made(project)
    git(project, "worktree", "add", "-q", "-b", "aside", str(tmp_path / "aside"), base)

    assert str(tmp_path / "aside") in results.obstacles(project, "aside", base, result)[0]


def test_a_difference_is_put_onto_what_moved_on_or_its_conflict_is_named(
    results: GitResults, project: Path
) -> None:
    base, result = made(project)
    (project / "src/two.py").write_text("two = 20\n")
    tip = commit(project, "moved on")
    tree = results.replayed(project, base, result, tip)
    put = results.commit(project, tree, [tip], "put together\n", WHO)

    assert (
        git(project, "show", f"{put}:src/two.py") + git(project, "show", f"{put}:src/one.py")
        == "two = 20\none = 10\n"
    )
    assert git(project, "log", "-1", "--format=%an <%ae>", put).strip() == WHO
    (project / "src/one.py").write_text("one = 11\n")
    with pytest.raises(RunStateConflict, match=r"src/one\.py"):
        results.replayed(project, base, result, commit(project, "contradicts"))


def is_scattered(folder: Path) -> bool:
    """Whether folders in it lie apart (`chattr +T`), as far as the file system tells."""
    told = subprocess.run(["lsattr", "-d", str(folder)], capture_output=True, text=True, check=False)
    return told.returncode != 0 or "T" in told.stdout.split()[0]


def test_files_are_mixed_by_name_and_laid_out_without_git(results: GitResults, project: Path) -> None:
    base, result = made(project)
    tree = results.mixed(project, base, result, lambda name: name.startswith("new/") or name == "gone.txt")

    with results.laid_out(project, tree) as place:
        assert is_scattered(place.parent)
        held = {path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file()}
        (place / "src").chmod(0o500)

    assert held == {"src/one.py", "src/two.py", "other.txt", "new/a b\n.txt", "new/run.sh"}
    assert git(project, "show", f"{tree}:src/one.py") == "one = 1\n"
    assert not place.exists()
    assert (
        results.mixed(project, base, result, lambda name: False)
        == git(project, "rev-parse", f"{base}^{{tree}}").strip()
    )


def test_later_work_is_what_still_differs(results: GitResults, project: Path) -> None:
    then = head(project)
    (project / "src/one.py").write_text("one = 2\n")
    first = commit(project, "again")[:7]
    assert results.later(project, then, head(project), ["src/one.py", "gone.txt"]) == (f"{first} again",)
    assert results.later(project / "src", then, head(project), ["one.py"]) == (f"{first} again",)
    assert results.later(project, then, head(project), ["src/two.py"]) == ()

    git(project, "revert", "--no-edit", "HEAD")
    (project / "gone.txt").write_text("later\n")
    second = commit(project, "another")[:7]
    assert results.later(project, then, head(project), ["src/one.py"]) == ()
    assert results.later(project, then, head(project), ["src/one.py", "gone.txt"]) == (f"{second} another",)


def test_the_caller_is_who_their_settings_say(results: GitResults, project: Path, tmp_path: Path) -> None:
    (tmp_path / ".gitconfig").write_text("[user]\nname = A. Person\nemail = a@example.invalid\n")

    assert results.who(project, {"HOME": str(tmp_path)}) == WHO
    assert results.who(project, {}) == "ccorch <ccorch@ccorch.invalid>"


@pytest.mark.parametrize("name", ["-f", "a..b", "a b", "", "x.lock"])
def test_what_cannot_be_a_branch_is_refused(results: GitResults, project: Path, name: str) -> None:
    with pytest.raises(ArgumentInvalid):
        results.tip(project, name)


@pytest.mark.parametrize("dies", [False, True], ids=["fails", "dies after it"])
def test_whichever_call_of_git_fails_the_branch_is_old_or_new_and_the_next_try_ends_it(
    results: GitResults, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dies: bool
) -> None:
    base, result = made(project)
    seen = set()
    for failing in range(1, 60, STEP):
        git(project, "reset", "-q", "--hard", base)
        (project / "other.txt").write_text("mine\n")
        with failing_git(tmp_path, monkeypatch, failing, dies) as count:
            ended = _tried(results, project, base, result)
        assert head(project) in (base, result)
        assert (project / "other.txt").read_text() == "mine\n"
        if head(project) == base:
            results.move(project, "main", base, result, "again")
        assert (head(project), status(project)) == (result, " M other.txt\n")
        seen.add(ended)
        if failing > int(count.read_text()):
            break
    assert seen == {True, False}


def _tried(results: GitResults, project: Path, base: str, result: str) -> bool:
    try:
        results.move(project, "main", base, result, "note")
    except CcorchError:
        return False
    return True


@contextmanager
def failing_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, dies: bool) -> Iterator[Path]:
    """The n-th call of git fails and all after it do as well: before it does anything, or once it has done it."""
    real = shutil.which("git")
    folder, count = tmp_path / "path", tmp_path / "count"
    folder.mkdir(exist_ok=True)
    count.write_text("0")
    then = f'{real} "$@" >/dev/null 2>&1; exit 1' if dies else "exit 1"
    counted = f"n=$(($(cat {count}) + 1)); echo $n > {count}\n[ $n -gt {number} ] && exit 1\n"
    script = f"{counted}[ $n -eq {number} ] && {{ {then}; }}\n"
    (folder / "git").write_text(f'#!/bin/sh\n{script}exec {real} "$@"\n')
    (folder / "git").chmod(0o755)
    with monkeypatch.context() as patched:
        patched.setenv("PATH", f"{folder}:{os.environ['PATH']}")
        yield count
