"""What keeping house takes from a cold start: a dry `workspace clean` over 10,000 runs, `init` and `doctor`.

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
SET_UP = ("init", "--role", "review", "--persona", "--mcp")
"""All that it writes into a repository."""
LIMIT, INIT, DOCTOR = 1.0, 1.0, 2.0
"""Most seconds, the start of the process included."""


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        print(table(figures(Path(folder))))


def figures(folder: Path) -> list[Figure]:
    """Seconds of a dry run, in the median."""
    with machine(folder / "kept") as box:
        fill(box, RUNS)
        cleaning = [_seconds(box, "workspace", "clean") for _ in range(ROUNDS)]
        setting_up = [_seconds(box, "-C", _fresh(box, number), *SET_UP) for number in range(ROUNDS)]
        looking = [_seconds(box, "doctor") for _ in range(ROUNDS + 1)][1:]  # the first one hashes the binary
    return [
        _figure(f"ccorch workspace clean over {RUNS:,} runs, dry", cleaning, LIMIT),
        _figure("ccorch init", setting_up, INIT),
        _figure(f"ccorch doctor over {RUNS:,} runs", looking, DOCTOR),
    ]


def _fresh(box: Machine, number: int) -> str:
    folder = box.root / f"fresh-{number}"
    folder.mkdir()
    return str(folder)


def _figure(name: str, taken: list[float], limit: float) -> Figure:
    return Figure(name, statistics.median(taken), limit, "s", f"{min(taken):.3f} to {max(taken):.3f} s")


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


def _seconds(box: Machine, *words: str) -> float:
    begun = time.perf_counter()
    said = box.ccorch(*words)
    taken = time.perf_counter() - begun
    assert said.status == 0, said
    assert words[0] != "workspace" or f"{RUNS} in all" in said.out, said.out
    return taken


if __name__ == "__main__":
    main()
