"""What it costs to list 1,000 providers of CC Switch, beside the same command with none.

Run as `python -m bench.profiles`; every command sees an exact environment.
"""

import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.cli import REFERENCE, interleaved
from bench.figure import Figure, table
from tests.adapters.cc_switch.fixtures import Provider, folder, third_party
from tests.machine import Machine, machine

PROVIDERS = 1_000
MODELS = 40
PRICES = 200
ROUNDS = 7
LISTING = 0.2
"""Most seconds that 1,000 providers may add."""
COMMAND = 0.35
"""Most seconds that the command may take beyond the reference without any."""


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as place:
        print(table(figures(Path(place))))


def figures(place: Path) -> list[Figure]:
    """Seconds of the list with and without providers, each beyond what is below it."""
    with machine(place / "none") as empty, machine(place / "many") as full:
        fill(full)
        taken = interleaved(
            {
                "reference": _command(empty, str(REFERENCE)),
                "none": _command(empty, "-m", "ccorch", "profiles"),
                "many": _command(full, "-m", "ccorch", "profiles"),
            },
            ROUNDS,
        )
    return [
        _figure("ccorch profiles, none, beyond the reference", taken["none"], taken["reference"], COMMAND),
        _figure(
            f"ccorch profiles, {PROVIDERS:,} CC Switch providers, beyond none",
            taken["many"],
            taken["none"],
            LISTING,
        ),
    ]


def fill(box: Machine) -> None:
    """A database of providers with models of their own, half of them priced by it."""
    providers = (
        Provider(
            f"id-{number}",
            f"Provider {number}",
            third_party(
                f"id-{number}",
                f"https://host-{number}.example/api",
                ANTHROPIC_MODEL=f"model-{number % MODELS * 10}",
            ),
            {"costMultiplier": "0.5"},
            sort_index=number,
        )
        for number in range(PROVIDERS)
    )
    folder(box.home, providers, prices={f"model-{number}": ("1", "2", "0.1", "0") for number in range(PRICES)})


def _command(box: Machine, *words: str) -> Callable[[], None]:
    def run() -> None:
        subprocess.run(
            [sys.executable, *words], check=True, stdout=subprocess.DEVNULL, cwd=box.project, env=box.environment
        )

    return run


def _figure(name: str, taken: list[float], below: list[float], limit: float) -> Figure:
    beyond = statistics.median(ours - theirs for ours, theirs in zip(taken, below, strict=True))
    note = f"{statistics.median(taken):.3f} s beside {statistics.median(below):.3f} s"
    return Figure(name, beyond, limit, "s", note)


if __name__ == "__main__":
    main()
