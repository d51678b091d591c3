"""What `ccorch top` takes of a core while many runs are at work, in a terminal of its own.

Run as `python -m bench.top`; the runs' logs are written here at their pace.
"""

import os
import tempfile
import time
from collections.abc import Iterator
from itertools import count, cycle, islice
from pathlib import Path

from bench.figure import Figure, table
from ccorch.adapters.run_folder.layout import Layout, State
from ccorch.adapters.run_folder.runs import RunFolders
from ccorch.schema.event import AnyEvent, Event, Metered, Said, Started, Submitted, ToolCalled, ToolFailed
from tests.fakes.clock import FakeClock
from tests.machine import Machine, machine
from tests.plan_kit import node, plan
from tests.run_kit import submission
from tests.terminal import Terminal, terminal

RUNS, PACE, SECONDS = 50, 500, 10
STEP = 0.1
LIMIT = 0.15
PLAN = plan(node("a"), node("b"), node("c", "a"))


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        print(table(figures(Path(folder) / "m")))


def figures(folder: Path) -> list[Figure]:
    """Its part of a core."""
    with machine(folder) as box:
        runs = RunFolders(State(box.state), FakeClock())
        logs = [begun(runs, box, f"{number:016x}") for number in range(RUNS)]
        with terminal(box, "top", columns=120, rows=60) as seen:
            seen.until("live")
            share, pace = _share(seen, logs)
    name = f"ccorch top with {RUNS} live runs at {PACE} events/s each, part of a core"
    return [Figure(name, share, LIMIT, "", f"{pace:,.0f} events/s for {SECONDS} s")]


def _share(seen: Terminal, logs: list[tuple[Path, Iterator[bytes]]]) -> tuple[float, float]:
    """Its part of a core, and how many events came each second."""
    before, begun = used(seen.process.pid), time.monotonic()
    each = int(PACE * STEP)
    for step in range(int(SECONDS / STEP)):
        for path, lines in logs:
            with path.open("ab") as log:
                log.write(b"".join(islice(lines, each)))
        seen.drain(max(begun + (step + 1) * STEP - time.monotonic(), 0.001))
    taken = time.monotonic() - begun
    return (used(seen.process.pid) - before) / taken, RUNS * PACE * SECONDS / taken


def begun(runs: RunFolders, box: Machine, run: str) -> tuple[Path, Iterator[bytes]]:
    """The log of a busy run, and the lines that come."""
    runs.create(submission(box.project, run, PLAN))
    path = Layout(box.project).file(run, "events.ndjson")
    first: tuple[Event, ...] = (
        Submitted(run=run, plan=PLAN.sha256, by="terminal"),
        Started(node="a", attempt=1),
        Started(node="b", attempt=1),
    )
    path.write_bytes(b"".join(_line(event, seq) for seq, event in enumerate(first, 1)))
    path.chmod(0o600)
    return path, _lines(len(first) + 1)


def _lines(first: int) -> Iterator[bytes]:
    """What busy workers leave: of ten events six calls, one failure, two sayings and one metered request."""
    many: tuple[Event, ...] = (
        *(
            ToolCalled(node=name, attempt=1, line=7, tool="Grep", target=f"src/module_{at}.py: a pattern")
            for at, name in enumerate("ababab")
        ),
        ToolFailed(node="a", attempt=1, line=8, call="t8", tool="Bash", status=1),
        Said(node="a", attempt=1, line=9, text="The next place to look at is the scheduler, and then its tests."),
        Said(node="b", attempt=1, line=9, text="Two of the callers pass nothing here."),
        Metered(node="a", attempt=1, model="m", input_tokens=9000, output_tokens=90, usd=0.0001, exact=True),
    )
    written = cycle([_line(event, 0) for event in many])
    return (
        line.replace(b'{"seq":0', b'{"seq":%d' % seq, 1) for seq, line in zip(count(first), written, strict=False)
    )


def _line(event: Event, seq: int) -> bytes:
    return AnyEvent.dump_json(event.model_copy(update={"seq": seq, "at": time.time()})) + b"\n"


def used(pid: int) -> float:
    """Seconds of processor time."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
