"""Files that lie ready for worktrees of large repositories: as good as fresh ones, and at hand at once."""

import os
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ccorch.adapters.git import GitWorktrees
from ccorch.adapters.git_repository import Repository, found
from ccorch.adapters.git_spares import MAKER, MOST_SPARES, Spares
from ccorch.errors import ProjectInvalid
from ccorch.ports import AttemptId
from tests.adapters.test_git import head, picture, repository, wrap
from tests.machine import commit, git


@dataclass(frozen=True)
class Place:
    """A repository, and spares that are made only where a test makes them."""

    project: Path
    spares: Spares
    worktrees: GitWorktrees

    @property
    def repository(self) -> Repository:
        return found(self.project)

    def ready(self) -> Path:
        """Make a spare of the commit that is checked out."""
        self.spares.make(self.repository, head(self.project))
        (one,) = self.spares.folder.glob("[0-9a-f]*")
        return one / "files"

    def create(self, number: int = 1) -> Path:
        return self.worktrees.create(self.project, attempt(number), head(self.project))


def attempt(number: int) -> AttemptId:
    return AttemptId("0123456789abcdef", "develop", number)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    state = tmp_path / "state"
    spares = Spares(state / "spares", fewest=1000)
    return Place(
        repository(tmp_path / "project"),
        spares,
        GitWorktrees(lambda one: state / one.run / one.node / str(one.attempt), spares=spares),
    )


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_a_worktree_from_what_lay_ready_is_as_good_as_a_fresh_one(place: Place) -> None:
    fresh, before = place.create(1), picture(place.project)
    ready = place.ready()
    inode = (ready / "app.py").stat().st_ino

    taken = place.create(2)

    assert (taken / "app.py").stat().st_ino == inode
    assert {name: one for name, one in picture(taken).items() if name != ".git"} == {
        name: one for name, one in picture(fresh).items() if name != ".git"
    }
    assert git(taken, "status", "--porcelain", "--ignored") == ""
    assert place.worktrees.collect(place.project, attempt(2), head(place.project)).files == ()
    assert names(place.spares.folder) == []
    assert len(git(place.project, "worktree", "list").splitlines()) == 3
    assert picture(place.project) == before


def test_what_lies_ready_at_an_older_commit_is_brought_to_the_one_that_is_asked_for(place: Place) -> None:
    place.ready()
    (place.project / "app.py").write_text("print(2)\n")
    (place.project / "src" / "run.sh").unlink()
    commit(place.project, "second")

    taken = place.create()

    assert (taken / "app.py").read_text() == "print(2)\n"
    assert not (taken / "src" / "run.sh").exists()
    assert git(taken, "status", "--porcelain", "--ignored") == ""


def test_what_somebody_has_written_there_meanwhile_reaches_no_worktree(place: Place) -> None:
    ready = place.ready()
    kept = (ready / "app.py").stat()
    (ready / "app.py").write_text("print(6)\n")
    os.utime(ready / "app.py", ns=(kept.st_atime_ns, kept.st_mtime_ns))

    assert (place.create(1) / "app.py").read_text() == "print(1)\n"

    (place.ready() / "ignored.log").write_text("made by somebody")

    assert not (place.create(2) / "ignored.log").exists()
    assert names(place.spares.folder) == []


def test_of_two_who_come_at_once_one_gets_it_and_both_have_whole_worktrees(place: Place) -> None:
    inode = (place.ready() / "app.py").stat().st_ino

    with ThreadPoolExecutor(2) as both:
        made = list(both.map(place.create, (1, 2)))

    assert sum((one / "app.py").stat().st_ino == inode for one in made) == 1
    assert [git(one, "status", "--porcelain", "--ignored") for one in made] == ["", ""]


def test_many_who_make_and_remove_worktrees_at_once_do_not_stumble_over_each_other(place: Place) -> None:
    def made_and_removed(number: int) -> str:
        said = (place.create(number) / "app.py").read_text()
        place.worktrees.remove(place.project, attempt(number))
        return said

    with ThreadPoolExecutor(4) as several:
        assert len(set(several.map(made_and_removed, range(1, 25)))) == 1


def test_a_record_that_somebody_is_just_making_is_waited_for(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said, seen = "fatal: failed to read .git/worktrees/1/commondir: Success", tmp_path / "seen"
    fails = f'if [ ! -e {seen} ]; then touch {seen}; echo "{said}" >&2; exit 128; fi'
    wrap(tmp_path, monkeypatch, f'case "$*" in *" worktree add "*) {fails};; esac\nexec {{git}} "$@"')

    assert (place.create() / "app.py").exists()
    assert seen.exists()


def test_a_failure_at_any_call_of_git_is_mended_by_doing_it_again(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls, fatal = tmp_path / "calls", tmp_path / "fatal"
    fatal.write_text("0")
    place.ready()
    base = head(place.project)
    wrap(
        tmp_path,
        monkeypatch,
        f'echo >> {calls}\n[ $(wc -l < {calls}) = $(cat {fatal}) ] || exec {{git}} "$@"\nexit 137',
    )
    place.worktrees.create(place.project, attempt(1), base)
    total = len(calls.read_text())
    assert total > 5

    for number in range(1, total + 1):
        place.worktrees.remove(place.project, attempt(1))
        place.spares.make(place.repository, "HEAD")
        calls.unlink()
        fatal.write_text(str(number))
        try:
            place.worktrees.create(place.project, attempt(1), base)
        except ProjectInvalid:
            pass
        fatal.write_text("0")
        assert (
            git(place.worktrees.create(place.project, attempt(1), base), "status", "--porcelain", "--ignored") == ""
        ), number
        for left in place.spares.folder.glob("[0-9a-f]*"):
            shutil.rmtree(left)


def test_only_large_repositories_have_one_and_few_have(place: Place, tmp_path: Path) -> None:
    place.create(1)
    assert names(place.spares.folder) == []

    for number in range(MOST_SPARES + 2):
        place.spares.make(found(repository(tmp_path / f"other-{number}")), "HEAD")
    unfinished = place.spares.folder / ".unfinished"
    unfinished.mkdir()
    os.utime(unfinished, (0, 0))
    young = place.spares.folder / ".young"
    young.mkdir()

    place.spares.make(place.repository, "HEAD")

    assert len(list(place.spares.folder.glob("[0-9a-f]*"))) == MOST_SPARES
    assert (unfinished.exists(), young.exists()) == (False, True)


def test_after_a_worktree_of_a_large_one_another_is_made_for_the_next(place: Place) -> None:
    large = Spares(place.spares.folder, fewest=1)
    worktrees = GitWorktrees(place.worktrees.folder, spares=large)
    worktrees.create(place.project, attempt(1), "HEAD")
    for maker in [thread for thread in threading.enumerate() if thread.name == MAKER]:
        maker.join()

    assert len(list(place.spares.folder.glob("[0-9a-f]*"))) == 1


def test_where_the_folder_cannot_be_made_another_one_is_tried_next_time(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    record = Path(git(place.create(), "rev-parse", "--absolute-git-dir").strip())
    large = Spares(place.spares.folder.parent / "large", fewest=1)
    large.folder.write_text("in the way")

    def lie_ready() -> int:
        large.make_soon(place.repository, record, "HEAD")
        for maker in [thread for thread in threading.enumerate() if thread.name == MAKER]:
            maker.join()
        return len(list(large.folder.glob("[0-9a-f]*")))

    assert lie_ready() == 0
    assert "no spare worktree" in capsys.readouterr().out
    large.folder.unlink()
    assert lie_ready() == 1


@dataclass(frozen=True)
class Crowd(Spares):
    """All who come at once have looked before one of them goes on."""

    looking: list[threading.Barrier] = field(default_factory=list)

    def _found(self, repository: Repository, room: Path) -> bool:
        found_one = super()._found(repository, room)
        self.looking[-1].wait(60)
        return found_one


def test_who_came_at_once_and_lacked_one_has_two_lie_ready_from_then_on(place: Place) -> None:
    large = Crowd(place.spares.folder, fewest=1)
    worktrees = GitWorktrees(place.worktrees.folder, spares=large)

    def come(*numbers: int) -> list[int]:
        """Inodes of what lay ready, and of what those who came at once were given."""
        lay = {(one / "files/app.py").stat().st_ino for one in large.folder.glob("[0-9a-f]*")}
        large.looking.append(threading.Barrier(len(numbers)))
        with ThreadPoolExecutor(len(numbers)) as several:
            made = list(several.map(lambda one: worktrees.create(place.project, attempt(one), "HEAD"), numbers))
        for maker in [thread for thread in threading.enumerate() if thread.name == MAKER]:
            maker.join()
        return [len(lay), sum((one / "app.py").stat().st_ino in lay for one in made)]

    assert come(1, 2) == [0, 0]
    assert come(3, 4) == [2, 2]
    assert come(5, 6, 7) == [2, 2]
    assert come(8) == [2, 1]
