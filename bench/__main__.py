"""Every figure that the house promises, measured beside its limit; `--full` adds streams of 1 GB.

`make bench`, or `python -m bench [--full] [PART ...]` from the repository's root; exit status 1 when a limit is
not kept.
"""

import argparse
import importlib
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from bench.figure import Figure, table

PARTS: dict[str, Callable[[Path, bool], Iterable[Figure]]] = {
    "cli": lambda folder, full: _part("cli").figures(folder),
    "usage": lambda folder, full: _part("usage").figures(folder / "usage"),
    "gateway": lambda folder, full: _part("gateway").figures(folder / "gateway"),
    "profiles": lambda folder, full: _part("profiles").figures(folder),
    "workflows": lambda folder, full: _part("workflows").figures(folder),
    "engine": lambda folder, full: _part("engine").figures(folder),
    "verdicts": lambda folder, full: _part("verdicts").figures(folder),
    "attacks": lambda folder, full: _part("attacks").figures(folder / "attacks"),
    "line": lambda folder, full: _part("line").figures(folder, full),
    "breaker": lambda folder, full: _part("breaker").figures(folder),
    "budgets": lambda folder, full: _part("budgets").figures(),
    "board": lambda folder, full: _part("board").figures(folder / "board"),
    "top": lambda folder, full: _part("top").figures(folder / "top"),
    "watching": lambda folder, full: _part("watching").figures(folder / "watching"),
    "clients": lambda folder, full: _part("clients").figures(folder / "clients"),
    "report": lambda folder, full: _part("report").figures(folder / "report"),
    "workspace": lambda folder, full: _part("workspace").figures(folder / "workspace"),
    "worktrees": lambda folder, full: _part("worktrees").figures(folder / "worktrees"),
}
"""What is measured, in order."""


def _part(name: str) -> Any:
    """Loaded when it is measured, and not for those who ask for help."""
    return importlib.import_module(f"bench.{name}")


def main(words: list[str]) -> int:
    """Measure, and print each part as soon as it is measured; 1 when a figure is over its limit."""
    asked = _asked(words)
    over = []
    for name in asked.parts or PARTS:
        with tempfile.TemporaryDirectory(prefix="ccorch-bench-") as folder:
            found = list(PARTS[name](Path(folder), asked.full))
        print(table(found), flush=True)
        over += [figure.name for figure in found if not figure.holds]
    print(f"over the limit: {', '.join(over)}" if over else "every figure is within its limit")
    return 1 if over else 0


def _asked(words: list[str]) -> argparse.Namespace:
    known = argparse.ArgumentParser(prog="python -m bench", description=__doc__.partition("\n")[0])
    known.add_argument("parts", nargs="*", metavar="PART", help=f"only these of {', '.join(PARTS)}")
    known.add_argument("--full", action="store_true", help="with streams of 1 GB too")
    asked = known.parse_args(words)
    if strange := next((name for name in asked.parts if name not in PARTS), None):
        known.error(f"there is no part {strange!r}; there are {', '.join(PARTS)}")
    return asked


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
