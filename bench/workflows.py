"""What large workflows cost: planning them beyond a plan of one node, and running them without workers.

Run as `python -m bench.workflows`.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.cli import interleaved
from bench.figure import Figure, table
from tests.machine import Machine, machine

ROUNDS = 5
WORDS = ("profile=scripted", "worker=simulated", "task=look")
PLANNED = {
    "plan of a chain of 1,000": ("chain", 1_000, 0.15),
    "plan of a chain of 1,000 declared in reverse": ("reverse", 1_000, 0.15),
    "plan of a chain of 10,000": ("chain", 10_000, 1.0),
}
"""Shape, nodes, and most seconds beyond a plan of one node."""

RUN_SECONDS = 10.0


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        print(table(figures(Path(folder))))


def figures(folder: Path) -> list[Figure]:
    """Planning, then running."""
    with machine(folder / "workflows") as box:
        return [*_planned(box), *_ran(box)]


def _planned(box: Machine) -> Iterator[Figure]:
    files = {name: _file(box, shape, count) for name, (shape, count, _) in PLANNED.items()}
    actions = {name: lambda file=file: _plan(box, f"workflow_file={file}") for name, file in files.items()}
    taken = interleaved({"one": lambda: _plan(box, "workflow=single"), **actions}, ROUNDS)
    for name, (_, _, limit) in PLANNED.items():
        beyond = statistics.median(ours - one for ours, one in zip(taken[name], taken["one"], strict=True))
        note = f"{statistics.median(taken[name]):.3f} s beside {statistics.median(taken['one']):.3f} s"
        yield Figure(f"{name}, beyond one node", beyond, limit, "s", note)


def _ran(box: Machine) -> Iterator[Figure]:
    for shape, name in (("chain", "chain of 1,000"), ("layers", "10 layers of 100")):
        file = _file(box, shape, 1_000)
        begun = time.perf_counter()
        run = box.ccorch("run", *WORDS, f"workflow_file={file}", "--detach").out.split()[0]
        waited = box.ccorch("wait", run, "--timeout", "50")
        assert waited.status == 0, waited
        yield Figure(
            f"simulated run of a {name}, from the command on", time.perf_counter() - begun, RUN_SECONDS, "s"
        )


def _plan(box: Machine, word: str) -> None:
    argv = [sys.executable, "-m", "ccorch", "plan", *WORDS, word]
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, cwd=box.project, env=box.environment)


def _file(box: Machine, shape: str, count: int) -> str:
    """A workflow file of that shape in the project."""
    lines = [_node(number, _needs(shape, number)) for number in range(count)]
    name = f"{shape}-{count}.yaml"
    ordered = reversed(lines) if shape == "reverse" else lines
    (box.project / name).write_text(f"name: {shape}\nsummary: Of {count}.\nnodes:\n{''.join(ordered)}")
    return name


def _needs(shape: str, number: int) -> range:
    if shape == "layers":
        layer = number // 100
        return range(max(layer - 1, 0) * 100, layer * 100)
    return range(max(number - 1, 0), number)


def _node(number: int, needs: range) -> str:
    wanted = f"    needs: [{', '.join(f'n{need}' for need in needs)}]\n" if needs else ""
    return f"  - id: n{number}\n    task: Do step {number}.\n{wanted}"


if __name__ == "__main__":
    main()
