"""What `ccorch usage` costs over many runs, beside a process that only defines a pydantic model.

Run as `python -m bench.usage`; the ledger and the bills are written here, the sums as the daemon makes them.
"""

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from bench.cli import REFERENCE, interleaved
from bench.figure import Figure, table
from ccorch.adapters.files import write_private
from ccorch.adapters.run_folder.layout import State
from ccorch.adapters.usage.store import UsageStore
from ccorch.schema.bill import Bill, Part
from ccorch.schema.ledger import LedgerLine
from tests.machine import Machine, machine

ROUNDS = 7
SECONDS = {1_000: 0.1, 100_000: 0.3}
"""Most seconds beyond the reference, by the number of runs."""
MOST_BYTES = 2_000
REQUESTS = 1
"""Requests of each run."""
BEGUN = 1_754_006_400.0
"""The first run; they are spread over a year."""
YEAR = 365 * 86_400
MODELS = ("glm-5.2", "claude-sonnet-5", "kimi-k2.5", "deepseek-v4", "claude-haiku-4-5", "qwen3-coder")
ROLES = ("review", "implementation", "testing", "security")
LABELS = (None, "night", "release")
ASKED = {"": (), " --by day": ("--by", "day", "--since", "30d"), " --by run": ("--by", "run")}
"""What is asked."""
RANKED = 0.4
"""Most seconds more where every run there is has to be ranked."""


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        print(table(figures(Path(folder))))


def figures(folder: Path) -> list[Figure]:
    """Seconds beyond the reference of the same round, in the median, and the bytes that are printed."""
    return [figure for runs in SECONDS for figure in _of(folder / str(runs), runs)]


def _of(folder: Path, runs: int) -> Iterator[Figure]:
    folder.parent.mkdir(exist_ok=True)
    with machine(folder) as box:
        fill(State(box.state), runs)
        taken = interleaved({"reference": lambda: _run(box, [str(REFERENCE)]), **_actions(box)}, ROUNDS)
        size = max(len(_run(box, ["-m", "ccorch", "usage", *words])) for words in ASKED.values())
    for words in ASKED:
        beyond = sorted(ours - theirs for ours, theirs in zip(taken[words], taken["reference"], strict=True))
        note = f"{sorted(taken[words])[ROUNDS // 2]:.3f} s beside {sorted(taken['reference'])[ROUNDS // 2]:.3f} s"
        name = f"ccorch usage{words} over {runs:,} runs, beyond the reference"
        limit = SECONDS[runs] + (RANKED if "run" in words and runs > 1_000 else 0.0)
        yield Figure(name, beyond[ROUNDS // 2], limit, "s", note)
    yield Figure(f"ccorch usage over {runs:,} runs, the longest answer", size, MOST_BYTES, "B")


def _actions(box: Machine) -> dict[str, Callable[[], object]]:
    def asking(words: tuple[str, ...]) -> Callable[[], object]:
        return lambda: _run(box, ["-m", "ccorch", "usage", *words])

    return {name: asking(words) for name, words in ASKED.items()}


def fill(state: State, runs: int) -> None:
    """Write a ledger and bills of so many runs, and have the daemon's sums made of them."""
    state.make()
    state.ledger.mkdir(mode=0o700)
    months: dict[str, list[str]] = {}
    bills = []
    for number in range(runs):
        at = BEGUN + YEAR * number / runs
        for line in _lines(number, at):
            months.setdefault(line.day[:7] if line.day else "", []).append(line.model_dump_json(exclude_none=True))
        bills.append(_bill(number, at).model_dump_json())
    for month, lines in months.items():
        write_private(state.ledger / f"{month}.ndjson", "".join(f"{line}\n" for line in lines).encode())
    write_private(state.bills, "".join(f"{bill}\n" for bill in bills).encode())
    store = UsageStore(state.usage, state.ledger, state.bills)
    store.catch_up()
    store.close()


def _lines(number: int, at: float) -> Iterator[LedgerLine]:
    for request in range(REQUESTS):
        yield LedgerLine(
            id=f"q-{number:08x}{request:08x}",
            state="closed",
            at=at + request,
            run=f"{number:016x}",
            node="main",
            attempt=1,
            role=ROLES[number % len(ROLES)],
            label=LABELS[number % len(LABELS)],
            day=_day(at),
            profile=f"profile-{number % 4}",
            pools=(f"run:{number:016x}", f"day:{_day(at)}"),
            declared_model=MODELS[number % len(MODELS)],
            served_model=MODELS[number % len(MODELS)],
            input_tokens=3_000 + number % 977,
            output_tokens=200 + number % 313,
            nano_usd=1_000_000 + number % 7919,
            price_version="2026-08-21",
            basis="exact",
            status=200,
            ended="ok",
            first_byte_ms=400,
            duration_ms=2_000,
        )


def _bill(number: int, at: float) -> Bill:
    return Bill(
        run=f"{number:016x}",
        at=at,
        day=_day(at),
        project="/home/you/shop",
        label=LABELS[number % len(LABELS)],
        task_class=ROLES[number % len(ROLES)],
        status="done",
        judgement="pass",
        nodes=1,
        attempts=1,
        work=Part(requests=REQUESTS, tokens=8_000, nano_usd=2_000_000),
    )


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).date().isoformat()


def _run(box: Machine, words: list[str]) -> bytes:
    done = subprocess.run(
        [sys.executable, *words], check=True, capture_output=True, cwd=box.project, env=box.environment
    )
    assert not done.stderr, done.stderr.decode()
    return done.stdout


if __name__ == "__main__":
    main()
