"""How soon a worktree of 10,000 files is there: the first of a repository, a later one, and two at once.

Run as `python -m bench.worktrees`.
"""

import os
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from statistics import median

from bench.figure import Figure, table
from ccorch.adapters.git import GitWorktrees
from ccorch.adapters.git_spares import MAKER, Spares
from ccorch.ports import AttemptId
from tests.machine import commit, git

FOLDERS, EACH = 100, 100
LIMIT = 0.5
ROUNDS = 5


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        print(table(figures(Path(folder))))


def figures(folder: Path) -> list[Figure]:
    """The middle of some rounds each; what git alone takes in the same rounds tells how quick the disk is."""
    project, states = folder / "large", folder / "states"
    base = _project(project)
    taken: dict[str, list[float]] = {
        name: [] for name in ("git", "git two", "first", "first two", "later", "later two")
    }
    for number in range(ROUNDS):
        plain = partial(_plain, project, base, folder / f"git-{number}")
        one, two = (_Writers(project, base, states / f"{name}-{number}") for name in ("one", "two"))
        taken["git"].append(_seconds(partial(plain, "alone")))
        taken["git two"].append(_seconds(partial(_at_once, plain, ("one", "two"))))
        taken["first"].append(_seconds(partial(one.come, 1)))
        taken["first two"].append(_seconds(partial(two.come, 2)))
        taken["later"].append(_seconds(partial(one.come, 1)))
        taken["later two"].append(_seconds(partial(two.come, 2)))
    notes = {
        name: _beside(taken.pop(of_git), taken[name])
        for name, of_git in (("first", "git"), ("first two", "git two"))
    }
    return [_figure(name, each, notes.get(name, "one lay ready for each")) for name, each in taken.items()]


def _plain(project: Path, base: str, at: Path, name: str) -> None:
    """What git does by itself."""
    git(project, "worktree", "add", "-q", "--detach", str(at / name), base)


class _Writers:
    """Whoever is given worktrees by one daemon."""

    def __init__(self, project: Path, base: str, state: Path) -> None:
        spares = Spares(state / "spares")
        self._worktrees = GitWorktrees(lambda one: state / one.run / one.node / str(one.attempt), spares=spares)
        self._project, self._base, self._came = project, base, 0

    def come(self, several: int) -> None:
        """So many writers begin at once."""
        nodes = [f"n{self._came + number}" for number in range(several)]
        self._came += several
        _at_once(self._create, nodes)

    def _create(self, node: str) -> None:
        self._worktrees.create(self._project, AttemptId("0123456789abcdef", node, 1), self._base)


def _at_once(act: Callable[[str], None], each: Sequence[str]) -> None:
    with ThreadPoolExecutor(len(each)) as pool:
        list(pool.map(act, each))


def _beside(of_git: list[float], ours: list[float]) -> str:
    return f"plain git worktree add {median(of_git):.2f} s, {median(ours) / median(of_git):.1f} times that"


def _figure(name: str, taken: list[float], note: str) -> Figure:
    every = f"{min(taken):.2f} to {max(taken):.2f} s in {len(taken)} rounds"
    kind = f"{name} at once" if name.endswith("two") else name
    return Figure(f"worktree of 10,000 files, {kind}", median(taken), LIMIT, "s", f"{every}; {note}")


def _project(at: Path) -> str:
    for folder in range(FOLDERS):
        (at / str(folder)).mkdir(parents=True)
        for file in range(EACH):
            (at / str(folder) / f"{file}.py").write_text(f"{folder} {file}\n" * 20)
    git(at, "init", "-q", ".")
    return commit(at, "large")


def _seconds(act: Callable[[], None]) -> float:
    """How long it takes on a disk that is done with what was asked of it before."""
    os.sync()
    begun = time.perf_counter()
    act()
    taken = time.perf_counter() - begun
    for maker in [thread for thread in threading.enumerate() if thread.name == MAKER]:
        maker.join()
    return taken


if __name__ == "__main__":
    main()
