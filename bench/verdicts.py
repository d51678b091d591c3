"""What verifying costs: a change of 2,000 files, besides what its tests take.

Run as `python -m bench.verdicts`.
"""

import tempfile
import time
from pathlib import Path

from bench.figure import Figure, table
from tests.journeys.verdict_kit import prepare, shell, write, wrote
from tests.machine import Machine, machine

FILES = 2000
LIMIT = 2.0
ROUNDS = 3
SCRIPT = f"for n in range({FILES}):\\n    open('new_%d.py' % n, 'w').write('x = %d' % n)\\n"


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        print(table(figures(Path(folder))))


def figures(folder: Path) -> list[Figure]:
    """One figure."""
    with machine(folder / "verdicts") as box:
        prepare(box)
        run = wrote(box, write("go.py", SCRIPT), shell("python3 go.py"), words=("role.commands=[python3]",))
        return [of_verifying(box, run)]


def of_verifying(box: Machine, run: str) -> Figure:
    """Seconds of `ccorch verify`, its start included, without any test."""
    taken = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        said = box.json("verify", run, status=1)
        taken.append(time.perf_counter() - begun)
    assert said["subject"]["files"] == FILES + 1, said
    return Figure(f"verify a change of {FILES} files, besides tests", min(taken), LIMIT, "s", "with start-up")


if __name__ == "__main__":
    main()
