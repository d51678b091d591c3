"""What a dry `ccorch workspace clean` takes over 10,000 runs that are over, from a cold start.

Run as `python -m bench.workspace`.
"""

import statistics
import tempfile
import time
from pathlib import Path

from bench.cli import finish_runs
from bench.figure import Figure, table
from ccorch.adapters.run_folder.index import Index
from ccorch.adapters.run_folder.layout import Layout, State
from tests.machine import Machine, machine

RUNS = 10_000
ROUNDS = 5
LIMIT = 1.0
"""Most seconds, the start of the process included."""


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        print(table(figures(Path(folder))))


def figures(folder: Path) -> list[Figure]:
    """Seconds of a dry run, in the median."""
    with machine(folder / "kept") as box:
        fill(box, RUNS)
        taken = [_seconds(box) for _ in range(ROUNDS)]
    note = f"{min(taken):.3f} to {max(taken):.3f} s"
    return [Figure(f"ccorch workspace clean over {RUNS:,} runs, dry", statistics.median(taken), LIMIT, "s", note)]


def fill(box: Machine, count: int) -> None:
    """Runs that are over and indexed: one that was made as always, and copies of it under other ids."""
    finish_runs(box, 1)
    first = f"{0:016x}"
    folder = Layout(box.project).run(first)
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    for number in range(1, count):
        run = f"{number:016x}"
        copy = folder.with_name(run)
        copy.mkdir(mode=0o700)
        for name, content in files.items():
            (copy / name).write_bytes(content.replace(first.encode(), run.encode()))
    index = Index(State(box.state).index)
    assert index.catch_up([box.project]) == {}
    index.close()


def _seconds(box: Machine) -> float:
    begun = time.perf_counter()
    said = box.ccorch("workspace", "clean", "--older-than-days", "30")
    taken = time.perf_counter() - begun
    assert said.status == 0, said
    assert f"{RUNS} in all" in said.out, said.out
    return taken


if __name__ == "__main__":
    main()
