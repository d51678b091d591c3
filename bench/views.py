"""How long readers take: the list of 1,000 runs, and one run with 50 MB of events; prints a table.

Run as `python bench/views.py`; everything lies in a temporary folder.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from ccorch.adapters.clock import SystemClock
from ccorch.adapters.run_folder.index import Index
from ccorch.adapters.run_folder.layout import Layout, State
from ccorch.adapters.run_folder.library import RunLibrary
from ccorch.rules.redaction import Redactor
from ccorch.schema.asked import Asked
from ccorch.schema.event import AnyEvent, Ended, Event, Finished, Metered, Started, Submitted, ToolCalled
from ccorch.schema.plan import Inputs, Limits, Plan, PlanNode
from ccorch.schema.profile import Profile, ProfileModels
from ccorch.schema.role import Role
from ccorch.schema.route import Route
from ccorch.schema.run import Launch, Submission
from ccorch.views.cost import cost
from ccorch.views.timeline import timeline

Found = TypeVar("Found")
HASH = "a" * 64
RUNS = 1_000
BYTES = 50_000_000


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        print(f"{'reading':<62}{'seconds':>9}")
        for name, seconds in (*of_redaction(), *of_a_list(Path(folder, "a")), *of_a_long_run(Path(folder, "b"))):
            print(f"{name:<62}{seconds:>9.3f}")


def of_a_list(root: Path) -> list[tuple[str, float]]:
    """The list, with and without an index."""
    state, project = _begin(root)
    for number in range(RUNS):
        _submit(state, project, f"{number:016x}", _log(f"{number:016x}", 6))
    _, without = _timed(lambda: RunLibrary(state, SystemClock()).rows(RUNS))
    index = Index(state.index)
    _, made = _timed(lambda: index.catch_up([project]))
    index.close()
    listing, with_index = _timed(lambda: RunLibrary(state, SystemClock()).rows(RUNS))
    assert (len(listing.rows), listing.note) == (RUNS, None)
    return [
        (f"list {RUNS} finished runs through the index", with_index),
        (f"list {RUNS} finished runs from their folders", without),
        (f"make the index of {RUNS} runs", made),
    ]


def of_a_long_run(root: Path) -> list[tuple[str, float]]:
    """One run with a long log."""
    state, project = _begin(root)
    run = "f" * 16
    _submit(state, project, run, _log(run, BYTES // 150))
    size = Layout(project).file(run, "events.ndjson").stat().st_size / 1e6
    library = RunLibrary(state, SystemClock())
    whole, without = _timed(lambda: RunLibrary(state, SystemClock()).summary(run))
    _, use = _timed(lambda: cost(library.plan(run), library.events(run)))
    _, story = _timed(lambda: timeline(library.events(run)))
    index = Index(state.index)
    index.catch_up([project])
    index.close()
    indexed, with_index = _timed(lambda: RunLibrary(state, SystemClock()).summary(run))
    _, again = _timed(lambda: library.last_seq(run))
    _, new = _timed(lambda: library.last_seq(run))
    assert whole == indexed
    return [
        (f"summary of a run with {size:.0f} MB of events through the index", with_index),
        (f"summary of a run with {size:.0f} MB of events from its log", without),
        (f"cost of a run with {size:.0f} MB of events", use),
        (f"timeline of a run with {size:.0f} MB of events", story),
        ("number of its last event, asked first", again),
        ("number of its last event, asked again", new),
    ]


def of_redaction() -> list[tuple[str, float]]:
    """Ordinary lines, and one huge one."""
    redactor = Redactor(["a-secret-of-forty-characters-0123456789"])
    line = b'{"type":"assistant","message":{"content":[{"type":"text","text":"' + b"look at task-scheduler " * 9
    line += b'"}]}}' + b" " * 20

    def lines() -> None:
        for _ in range(60_000):
            redactor.line(line)

    _, many = _timed(lines)
    _, one = _timed(lambda: redactor.line(b"abcdefghij" * 1_000_000))
    return [(f"redact 60,000 lines of {len(line)} bytes", many), ("redact a line of 10 MB", one)]


def _begin(root: Path) -> tuple[State, Path]:
    (root / "project").mkdir(parents=True)
    return State(root / "state"), root / "project"


def _submit(state: State, project: Path, run: str, log: list[Event]) -> None:
    launch = Launch(project=str(project), claude=None, environment={})
    RunLibrary(state, SystemClock()).create(
        Submission(run=run, plan=_plan(), config={}, launch=launch, by="terminal")
    )
    lines = b"".join(AnyEvent.dump_json(event) + b"\n" for event in log)
    Layout(project).file(run, "events.ndjson").write_bytes(lines)


def _log(run: str, calls: int) -> list[Event]:
    events: list[Event] = [
        Submitted(run=run, plan=_plan().sha256, by="terminal"),
        Started(node="a", attempt=1),
        *(
            ToolCalled(node="a", attempt=1, line=line, tool="Grep", target=f"src/module_{line}.py:pattern")
            for line in range(calls)
        ),
        Metered(node="a", attempt=1, model="m", input_tokens=9, output_tokens=9, usd=0.5, exact=True),
        Ended(node="a", attempt=1, passed=True),
        Finished(status="done"),
    ]
    return [event.model_copy(update={"seq": seq, "at": 1e9 + seq}) for seq, event in enumerate(events, 1)]


def _plan() -> Plan:
    node = PlanNode(
        id="a",
        role=Role(name="review", summary="Reads.", prompt="Read."),
        route=Route(profile="scripted", model="m", reason="bench"),
        system_prompt="Read.",
        writes=False,
        timeout_seconds=60,
        max_turns=10,
    )
    profile = Profile(name="scripted", source="scripted", base_url="", models=ProfileModels(), fingerprint=HASH)
    inputs = Inputs(
        config=HASH,
        task=HASH,
        prompts=HASH,
        profiles={},
        prices={},
        routing=HASH,
        cli=None,
        commit=None,
        dirty=None,
    )
    limits = Limits(
        max_concurrent=1,
        usd_per_run=1.0,
        usd_per_day=None,
        unpriced="refuse",
        route_mismatch="fail",
        priority=0,
        keep_raw=7,
    )
    return Plan(
        worker="claude",
        asked=Asked(),
        task="look",
        profiles=(profile,),
        prices_dated="2026-08-21",
        inputs=inputs,
        limits=limits,
        nodes=(node,),
    )


def _timed(work: Callable[[], Found]) -> tuple[Found, float]:
    start = time.perf_counter()
    found = work()
    return found, time.perf_counter() - start


if __name__ == "__main__":
    main()
