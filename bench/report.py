"""What `ccorch report` takes over many runs, beside a process that only defines a pydantic model.

Run as `python -m bench.report`; the runs are written here and indexed as the daemon does.
"""

import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.cli import REFERENCE, interleaved
from bench.figure import Figure, table
from ccorch.adapters.run_folder.index import Index
from ccorch.adapters.run_folder.layout import Layout, State
from ccorch.adapters.run_folder.runs import RunFolders
from ccorch.schema.event import AnyEvent, Ended, Event, Finished, Metered, ModelServed, Started, Submitted
from tests.fakes.clock import FakeClock
from tests.machine import Machine, machine
from tests.plan_kit import node, plan
from tests.run_kit import submission

RUNS, ROUNDS = 1_000, 7
LIMIT = 0.5
PLAN = plan(node("a"), node("b"), node("c", "a", "b"))
ASKED = {
    "--since 2000-01-01": ("--since", "2000-01-01"),
    "--preset pressure, HTML": ("--preset", "pressure", "--format", "html"),
}


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        print(table(figures(Path(folder) / "m")))


def figures(folder: Path) -> list[Figure]:
    """Seconds from its start to its end, in the median."""
    with machine(folder) as box:
        _fill(box)
        taken = interleaved({"reference": lambda: _run(box, str(REFERENCE)), **_actions(box)}, ROUNDS)
    reference = sorted(taken["reference"])[ROUNDS // 2]
    return [
        Figure(
            f"ccorch report {name} over {RUNS:,} runs",
            sorted(taken[name])[ROUNDS // 2],
            LIMIT,
            "s",
            f"{reference:.3f} s of it a process with one model",
        )
        for name in ASKED
    ]


def _actions(box: Machine) -> dict[str, Callable[[], None]]:
    def asking(words: tuple[str, ...]) -> Callable[[], None]:
        return lambda: _run(box, "-m", "ccorch", "report", *words)

    return {name: asking(words) for name, words in ASKED.items()}


def _fill(box: Machine) -> None:
    state = State(box.state)
    runs = RunFolders(state, FakeClock())
    for number in range(RUNS):
        run = f"{number:016x}"
        runs.create(submission(box.project, run, PLAN))
        log = b"".join(AnyEvent.dump_json(event) + b"\n" for event in _events(run))
        Layout(box.project).file(run, "events.ndjson").write_bytes(log)
    index = Index(state.index)
    assert index.catch_up([box.project]) == {}
    index.close()


def _events(run: str) -> list[Event]:
    def work(name: str) -> tuple[Event, ...]:
        return (
            Started(node=name, attempt=1),
            ModelServed(node=name, attempt=1, line=1, model="glm-5.2"),
            Metered(
                node=name, attempt=1, model="glm-5.2", input_tokens=900, output_tokens=90, usd=0.01, exact=True
            ),
            Ended(node=name, attempt=1, passed=True),
        )

    told = (
        Submitted(run=run, plan=PLAN.sha256, by="terminal"),
        *(event for name in "abc" for event in work(name)),
        Finished(status="done"),
    )
    return [event.model_copy(update={"seq": seq, "at": 1e9 + seq}) for seq, event in enumerate(told, 1)]


def _run(box: Machine, *words: str) -> None:
    argv = [sys.executable, *words]
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, cwd=box.project, env=box.environment)


if __name__ == "__main__":
    main()
