"""How soon a worktree of 10,000 files is there: of a repository that is seen for the first time, and afterwards.

Run as `python -m bench.worktrees`.
"""

import tempfile
import threading
import time
from pathlib import Path

from bench.figure import Figure, table
from ccorch.adapters.git import GitWorktrees
from ccorch.adapters.git_spares import MAKER, Spares
from ccorch.ports import AttemptId
from tests.machine import commit, git

FOLDERS, EACH = 100, 100
FIRST = 10.0
LIMIT = 0.5
ROUNDS = 4


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        print(table(figures(Path(folder))))


def figures(folder: Path) -> list[Figure]:
    """Two figures: the disk's, and ours."""
    project, state = folder / "large", folder / "state"
    base = _project(project)
    worktrees = GitWorktrees(
        lambda one: state / one.run / one.node / str(one.attempt), spares=Spares(state / "spares")
    )
    taken = [_seconds(worktrees, project, base, number) for number in range(1, ROUNDS + 1)]
    return [
        Figure("first worktree of 10,000 files", taken[0], FIRST, "s", "as long as the disk takes to write them"),
        Figure("later worktree of 10,000 files, worst of 3", max(taken[1:]), LIMIT, "s", "one lay ready"),
    ]


def _project(at: Path) -> str:
    for folder in range(FOLDERS):
        (at / str(folder)).mkdir(parents=True)
        for file in range(EACH):
            (at / str(folder) / f"{file}.py").write_text(f"{folder} {file}\n" * 20)
    git(at, "init", "-q", ".")
    return commit(at, "large")


def _seconds(worktrees: GitWorktrees, project: Path, base: str, number: int) -> float:
    begun = time.perf_counter()
    worktrees.create(project, AttemptId("0123456789abcdef", "develop", number), base)
    taken = time.perf_counter() - begun
    for maker in [thread for thread in threading.enumerate() if thread.name == MAKER]:
        maker.join()
    return taken


if __name__ == "__main__":
    main()
