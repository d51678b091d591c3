"""What a command costs from a cold start, beside a process that only defines a pydantic model.

Run as `python -m bench.cli`; every command sees an exact environment and 1,000 finished runs.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.figure import Figure, table
from ccorch.adapters.run_folder.index import Index
from ccorch.adapters.run_folder.layout import Layout, State
from ccorch.adapters.run_folder.runs import RunFolders
from ccorch.schema.event import AnyEvent, Ended, Event, Finished, Metered, Started, Submitted
from ccorch.schema.plan import Plan
from ccorch.schema.run import Launch, Submission
from tests.fakes.clock import FakeClock
from tests.machine import Machine, machine

RUNS = 1_000
ROUNDS = 11
REFERENCE = Path(__file__).with_name("reference.py")
PLAN = ("plan", "profile=scripted", "script=hello", "task=look")
LIMITS = {
    "--help": 0.05,
    "list": 0.1,
    "show": 0.1,
    "plan, caches filled": 0.3,
    "plan, no caches": 0.9,
}
"""Most seconds that a command may take beyond the reference."""


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        print(table(figures(Path(folder))))


def figures(folder: Path) -> list[Figure]:
    """What each command takes beyond the reference of the same round, in the median of all rounds."""
    with machine(folder / "cold") as box:
        finish_runs(box, RUNS)
        taken = interleaved(commands(box, folder), ROUNDS)
    return [_figure(name, taken[name], taken["reference"]) for name in LIMITS]


def commands(box: Machine, folder: Path) -> dict[str, Callable[[], None]]:
    """What is run in turn, by its name."""
    kept, empty = str(folder / "kept"), iter(str(folder / f"empty-{number}") for number in range(10_000))
    python = [sys.executable]

    def ccorch(*words: str, cache: Callable[[], str] = lambda: kept) -> Callable[[], None]:
        return lambda: _run([*python, "-m", "ccorch", *words], box, cache())

    return {
        "reference": lambda: _run([*python, str(REFERENCE)], box, kept),
        "--help": ccorch("--help"),
        "list": ccorch("list"),
        "show": ccorch("show", f"{RUNS // 2:016x}"),
        "plan, caches filled": ccorch(*PLAN),
        "plan, no caches": ccorch(*PLAN, cache=lambda: next(empty)),
    }


def interleaved(actions: dict[str, Callable[[], None]], rounds: int) -> dict[str, list[float]]:
    """Seconds of each action; all are done in turn, so that a busy moment of the machine meets every one."""
    taken: dict[str, list[float]] = {name: [] for name in actions}
    for round in range(rounds + 1):
        for name, action in actions.items():
            begun = time.perf_counter()
            action()
            if round > 0:  # the first round fills caches
                taken[name].append(time.perf_counter() - begun)
    return taken


def finish_runs(box: Machine, count: int) -> None:
    """Write simulated runs that are over, and index them as the daemon does."""
    file = box.root / "plan.json"
    asked = box.ccorch("plan", "worker=simulated", "profile=scripted", "task=look", "--out", str(file))
    assert asked.status == 0, asked
    plan = Plan.read(file.read_bytes())
    state = State(box.state)
    runs = RunFolders(state, FakeClock())
    for number in range(count):
        _finish(runs, box.project, plan, f"{number:016x}")
    index = Index(state.index)
    assert index.catch_up([box.project]) == {}
    index.close()


def _finish(runs: RunFolders, project: Path, plan: Plan, run: str) -> None:
    launch = Launch(project=str(project), claude=None, environment={})
    runs.create(Submission(run=run, plan=plan, config={}, launch=launch, by="terminal"))
    node, model = plan.nodes[0].id, plan.nodes[0].route.model
    facts: tuple[Event, ...] = (
        Submitted(run=run, plan=plan.sha256, by="terminal"),
        Started(node=node, attempt=1),
        Metered(node=node, attempt=1, model=model, input_tokens=900, output_tokens=90, usd=0.01, exact=True),
        Ended(node=node, attempt=1, passed=True),
        Finished(status="done"),
    )
    numbered = (fact.model_copy(update={"seq": seq, "at": 1e9 + seq}) for seq, fact in enumerate(facts, 1))
    # written at once, because 5,000 synced appends would take longer than everything that is measured
    log = b"".join(AnyEvent.dump_json(fact) + b"\n" for fact in numbered)
    Layout(project).file(run, "events.ndjson").write_bytes(log)


def quietly(argv: list[str], box: Machine) -> None:
    """Run a command to its end, with caches that were filled."""
    _run(argv, box, str(box.root / "kept"))


def _run(argv: list[str], box: Machine, cache: str) -> None:
    environment = {**box.environment, "CCORCH_CACHE_DIR": cache}
    out, err = subprocess.DEVNULL, subprocess.PIPE
    done = subprocess.run(argv, stdout=out, stderr=err, text=True, cwd=box.project, env=environment)
    if done.returncode:
        raise SystemExit(f"{' '.join(argv)}: {done.stderr}")


def _figure(name: str, taken: list[float], reference: list[float]) -> Figure:
    beyond = statistics.median(ours - theirs for ours, theirs in zip(taken, reference, strict=True))
    ours, theirs = statistics.median(taken), statistics.median(reference)
    note = f"{ours:.3f} s beside {theirs:.3f} s, {ours / theirs:.1f} times"
    return Figure(f"ccorch {name}, beyond the reference", beyond, LIMITS[name], "s", note)


if __name__ == "__main__":
    main()
