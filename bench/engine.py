"""What the engine costs: many submissions at once, from the accepted run to its worker, and a daemon at rest.

Run as `python -m bench.engine`.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from bench.figure import Figure, table
from ccorch.adapters.daemon.client import DaemonEngine
from ccorch.adapters.daemon.place import Place
from ccorch.adapters.daemon.thrift import ALLOCATOR
from ccorch.adapters.run_folder.layout import Layout, State
from ccorch.schema.plan import Plan
from ccorch.schema.run import Launch, Submission
from tests.machine import Machine, machine, until

AT_ONCE = 200
FORKS = 5
REST_SECONDS = 10.0
WORDS = ("profile=scripted", "role.handoff=null", "script=hello", "task=look")
TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        print(table(figures(Path(folder))))


def figures(folder: Path) -> list[Figure]:
    """In the order in which a run meets them."""
    with machine(folder / "engine") as box:
        return [of_submissions(box), of_forks(box), *of_rest(folder)]


def of_submissions(box: Machine) -> Figure:
    """Submissions that clients hand in at the same moment, and how many of them are kept and done."""
    begun = time.perf_counter()
    runs = submit_at_once(box, AT_ONCE)
    accepted = time.perf_counter() - begun
    until(lambda: all(_is_over(box, run) for run in runs))
    done = sum(b'"status":"done"' in _log(box, run) for run in runs)
    note = f"accepted in {accepted:.2f} s, over in {time.perf_counter() - begun:.1f} s"
    return Figure(f"submissions kept, of {AT_ONCE} at once", done, AT_ONCE, "", note, at_least=True)


def submit_at_once(box: Machine, count: int) -> tuple[str, ...]:
    """Hand in so many rehearsals at the same moment, each as a client of its own; their ids."""
    first = box.ccorch("run", *WORDS, "worker=simulated", "--detach").out.split()[0]
    plan = Plan.read(Layout(box.project).file(first, "plan.json").read_bytes())
    state = State(box.state)
    launch = Launch(project=str(box.project), claude=None, environment={})

    def submit(number: int) -> str:
        engine = DaemonEngine(Place(state.socket, state.daemon_lock), _never, state.root / "daemon.log")
        run = f"{number:016x}"
        engine.submit(Submission(run=run, plan=plan, config={}, launch=launch, by="terminal"))
        return run

    with ThreadPoolExecutor(count) as clients:
        return tuple(clients.map(submit, range(count)))


def of_forks(box: Machine) -> Figure:
    """Seconds from the accepted run to its worker's process, in a daemon that lives."""
    taken = []
    for _ in range(FORKS):
        run = box.ccorch("run", *WORDS, "--detach").out.split()[0]
        box.ccorch("wait", run)
        accepted = json.loads(_log(box, run).splitlines()[0])["at"]
        pids = json.loads((box.state / "attempts" / run / "main/1/pid.json").read_text())
        taken.append(_moment(pids["claude_start"]) - accepted)
    note = f"slowest of {FORKS} {max(taken):.2f} s"
    return Figure("from the accepted run to claude's process", statistics.median(taken), 0.3, "s", note)


def of_rest(folder: Path) -> Iterator[Figure]:
    """Memory and processor time of a daemon that waits, without and with a database."""
    for store in ("inline", "sqlite"):
        with machine(folder / store) as box, _resting(box, store) as pid:
            before = _seconds(pid)
            time.sleep(REST_SECONDS)
            share = 100 * (_seconds(pid) - before) / REST_SECONDS
            yield Figure(f"daemon at rest, store={store}", _megabytes(pid), 90, "MB")
            yield Figure(f"daemon at rest, store={store}, of a core", share, 2, "%")


@contextmanager
def _resting(box: Machine, store: str) -> Iterator[int]:
    option = box.config / "engine/default.yaml"
    option.parent.mkdir(parents=True)
    option.write_text(f"# The owner's choice.\nstore: {store}\n")
    argv = [sys.executable, "-m", "ccorch", "serve", "--daemon"]
    with subprocess.Popen(argv, env=box.environment | ALLOCATOR, cwd="/") as daemon:  # as clients start it
        until(lambda: box.ccorch("doctor").status == 0 and (box.state / "daemon.json").exists())
        try:
            yield daemon.pid
        finally:
            daemon.terminate()


def _is_over(box: Machine, run: str) -> bool:
    return b'"type":"finished"' in _log(box, run)


def _log(box: Machine, run: str) -> bytes:
    path = Layout(box.project).file(run, "events.ndjson")
    return path.read_bytes() if path.exists() else b""


def _moment(ticks: int) -> float:
    """Unix time of a moment that the kernel counts in ticks since boot."""
    return time.time() - time.clock_gettime(time.CLOCK_BOOTTIME) + ticks / TICKS


def _seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _megabytes(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def _never() -> None:
    raise AssertionError("a living daemon needs no other")


if __name__ == "__main__":
    main()
