"""Every figure that the house promises, measured beside its limit; `--full` adds streams of 1 GB.

`make bench`, or `python -m bench [--full]` from the repository's root; exit status 1 when a limit is not kept.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from bench import (
    attacks,
    board,
    breaker,
    budgets,
    cli,
    clients,
    engine,
    gateway,
    line,
    profiles,
    report,
    top,
    usage,
    verdicts,
    watching,
    workflows,
    workspace,
    worktrees,
)
from bench.figure import table


def main(words: list[str]) -> int:
    """Measure and print; 1 when a figure is over its limit."""
    asked = _asked(words)
    with tempfile.TemporaryDirectory(prefix="ccorch-bench-") as name:
        folder = Path(name)
        found = [
            *cli.figures(folder),
            *usage.figures(folder / "usage"),
            *gateway.figures(folder / "gateway"),
            *profiles.figures(folder),
            *workflows.figures(folder),
            *engine.figures(folder),
            *verdicts.figures(folder),
            *attacks.figures(folder / "attacks"),
            *line.figures(folder, asked.full),
            *breaker.figures(folder),
            *budgets.figures(),
            *board.figures(folder / "board"),
            *top.figures(folder / "top"),
            *watching.figures(folder / "watching"),
            *clients.figures(folder / "clients"),
            *report.figures(folder / "report"),
            *workspace.figures(folder / "workspace"),
            *worktrees.figures(folder / "worktrees"),
        ]
    print(table(found))
    over = [figure.name for figure in found if not figure.holds]
    print(f"over the limit: {', '.join(over)}" if over else "every figure is within its limit")
    return 1 if over else 0


def _asked(words: list[str]) -> argparse.Namespace:
    known = argparse.ArgumentParser(prog="python -m bench", description=__doc__.partition("\n")[0])
    known.add_argument("--full", action="store_true", help="with streams of 1 GB too")
    return known.parse_args(words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
