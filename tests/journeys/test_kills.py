"""Whatever is killed, nothing is orphaned, the status is true, and what can go on goes on."""

import fcntl
import json
import os
import signal
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.journeys.kit import PLAIN, finished, held, ledger, let_go, node, script, shown, submit, until_event
from tests.journeys.later import later_build
from tests.machine import PATIENCE, Command, Machine, until

ONCE = "policy.retries.lost=0"
"""What is lost is not tried again."""


def working(box: Machine, plays: str, *more: str) -> str:
    """A run whose worker is streaming."""
    run = submit(box, *PLAIN, plays, "task=slow", *more)
    until_event(box, run, "worker_ready")
    until(lambda: box.claudes())
    return run


@contextmanager
def kept_down(box: Machine, daemon: int) -> Iterator[None]:
    """Kill the daemon and let no other one live meanwhile: whoever holds the lock is the daemon."""
    lock = os.open(box.state / "daemon.lock", os.O_RDWR)
    try:
        os.kill(daemon, signal.SIGKILL)
        until(lambda: taken(lock))
        yield
    finally:
        os.close(lock)


@contextmanager
def asleep(workers: Iterable[int]) -> Iterator[None]:
    """Let no worker ask meanwhile: each asks for about fifteen seconds, and a daemon may take longer to start."""
    for pid in workers:
        os.kill(pid, signal.SIGSTOP)
    yield
    for pid in workers:
        os.kill(pid, signal.SIGCONT)


def taken(lock: int) -> bool:
    """Whether the lock could be taken now."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def asks(worker: int) -> Callable[[], None]:
    """A request of this worker, made with its own address and token."""
    told = Path(f"/proc/{worker}/environ").read_bytes().decode().split("\0")
    known = dict(one.partition("=")[::2] for one in told)
    place = urlsplit(known["ANTHROPIC_BASE_URL"])
    headers = {"authorization": f"Bearer {known['ANTHROPIC_AUTH_TOKEN']}", "content-type": "application/json"}
    said = {"model": "scripted-balanced", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}

    def ask() -> None:
        with closing(HTTPConnection(str(place.hostname), place.port, timeout=PATIENCE)) as gateway:
            gateway.request("POST", f"{place.path}/v1/messages", json.dumps(said), headers)

    return ask


def of_version(box: Machine, version: str, *words: str) -> Command:
    """A command of another version of ccorch."""
    other = f"import sys, ccorch; ccorch.__version__ = {version!r}"
    return box.start(*words, program=("-c", f"{other}; from ccorch.__main__ import main; sys.exit(main())"))


def test_a_killed_caller_leaves_the_worker_at_work(box: Machine) -> None:
    with box.start("run", *PLAIN, held(box), "task=slow") as caller:
        until(lambda: box.claudes())
        run = box.json("show")["run_id"]
        os.kill(caller.pid, signal.SIGKILL)

    assert box.claudes()
    let_go(box)
    assert finished(box, run) == "done"


def test_ctrl_c_stops_cleanly_and_keeps_the_evidence(box: Machine) -> None:
    with box.start("run", *PLAIN, script("long"), "task=slow") as caller:
        until(lambda: box.claudes())
        run = box.json("show")["run_id"]
        until_event(box, run, "worker_ready")
        os.kill(caller.pid, signal.SIGINT)
        assert caller.wait(PATIENCE) == 130

    assert finished(box, run) == "cancelled"
    assert until(lambda: not box.claudes())
    assert (box.project / ".agent-workspace/ccorch/runs" / run / "nodes/main/1/stream.ndjson").stat().st_size


def test_a_killed_shim_leaves_no_orphan_and_a_true_status(box: Machine) -> None:
    run = working(box, script("long"), ONCE)
    for pid in box.shims():
        os.kill(pid, signal.SIGKILL)

    assert until(lambda: shown(box, run)["status"] == "failed")
    assert node(box, run)["outcome"] == "killed"
    assert not box.claudes()


def test_a_killed_claude_leaves_no_orphan_and_a_true_status(box: Machine) -> None:
    run = working(box, script("long"), ONCE)
    for pid in box.claudes():
        os.kill(pid, signal.SIGKILL)

    assert until(lambda: shown(box, run)["status"] == "failed")
    assert node(box, run)["outcome"] == "killed"
    assert until(lambda: not box.shims())


def test_a_killed_daemon_is_revived_by_shims_and_what_was_paid_again_is_in_the_ledger(box: Machine) -> None:
    run = submit(box, *PLAIN, held(box), "task=slow", "-m", "role=review,security,testing")
    until(lambda: len({one["node"] for one in map(json.loads, ledger(box)) if one["state"] == "progress"}) == 3)
    daemon, workers = box.daemon_pid(), set(box.claudes())
    with asleep(workers):
        with kept_down(box, daemon):
            # while no daemon lives, nobody serves what a worker asks for, and nothing is spent
            spent, asked = ledger(box), [asks(pid) for pid in workers]
            for ask in asked:
                with pytest.raises(ConnectionRefusedError):
                    ask()
            assert (ledger(box), workers <= set(box.claudes())) == (spent, True)

        # no ccorch call until the end: only the shims can bring a daemon back
        let_go(box)
        until(lambda: box.daemon_pid() != daemon)
    log = box.project / ".agent-workspace/ccorch/runs" / run / "events.ndjson"
    until(lambda: '"type":"finished"' in log.read_text())

    assert len(workers) == 3
    assert box.daemon_pid() != daemon
    found = shown(box, run)
    assert (found["status"], [one["attempt"] for one in found["summary"]["nodes"]]) == ("done", [1, 1, 1])
    lines = [json.loads(line) for line in ledger(box)]
    ids = {line["id"]: line["node"] for line in lines}
    over = [line["id"] for line in lines if line["state"] in ("closed", "refused")]
    assert sorted(over) == sorted(ids), "each request is booked to its end, once"
    again = Counter(ids.values())
    assert max(again.values()) == 2, "a broken request was paid again, and both are booked"


def rests(pid: int) -> int:
    """How often a process has waited so far."""
    told = Path(f"/proc/{pid}/status").read_text()
    return int(told.partition("\nvoluntary_ctxt_switches:")[2].split(maxsplit=1)[0])


def test_who_waits_has_a_daemon_started_again_that_dies_with_its_workers(box: Machine) -> None:
    run = working(box, held(box))
    daemon = box.daemon_pid()
    with box.start("wait", run, "--timeout", str(PATIENCE), "--json") as waiting:
        # it has looked once by then, and a daemon lived
        begun = until(lambda: rests(waiting.pid))
        until(lambda: rests(waiting.pid) > begun + 60)
        os.kill(daemon, signal.SIGSTOP)  # so that it begins nothing in their place
        for pid in box.shims():
            os.kill(pid, signal.SIGKILL)
        os.kill(daemon, signal.SIGKILL)
        let_go(box)
        out, err = waiting.communicate(timeout=2 * PATIENCE)

    assert (waiting.returncode, json.loads(out)["status"]) == (0, "done"), err
    assert box.daemon_pid() != daemon


def test_a_newer_ccorch_takes_the_daemon_over_without_hurting_workers_and_an_older_one_talks_to_it(
    box: Machine,
) -> None:
    with of_version(box, "0.0.9", "serve", "--daemon"):
        until(lambda: (box.state / "daemon.json").exists())
        with of_version(box, "0.0.9", "run", *PLAIN, script("long"), "task=x", "--detach") as older:
            assert older.wait(PATIENCE) == 0
        run = box.json("show")["run_id"]
        until_event(box, run, "worker_ready")
        daemon, workers = box.daemon_pid(), box.claudes()
        assert {line["check"]: line["state"] for line in box.json("doctor")["lines"]}["daemon"] == "warn"

        with asleep(workers):
            assert box.json("queue", "move", run, "3")["moved"]
        successor = box.daemon_pid()
        with of_version(box, "0.0.9", "queue", "move", run, "4") as older:
            assert older.wait(PATIENCE) == 0

        assert daemon != successor == box.daemon_pid()
        until(lambda: len({json.loads(line)["id"] for line in ledger(box)}) == 2)
        assert workers == box.claudes(), "the same worker has asked again through the newer gateway"
        box.ccorch("stop", run)
        assert (finished(box, run), node(box, run)["attempt"]) == ("cancelled", 1)


def test_a_later_build_of_the_same_version_reads_and_adopts_what_an_earlier_one_planned(box: Machine) -> None:
    file = str(box.root / "plan.json")
    assert box.ccorch("plan", *PLAIN, "worker=simulated", "task=y", "--out", file).status == 0
    run = submit(box, *PLAIN, script("long"), "task=x")
    until_event(box, run, "worker_ready")
    daemon, workers = box.daemon_pid(), box.claudes()
    before = "    timeout_seconds: int\n"
    more = f'    mood: str = "calm"\n    """New."""\n{before}'
    program = later_build(box.root / "later", "schema/plan.py", before, more)

    def later(*words: str) -> str:
        with box.start(*words, program=program) as command:
            out, err = command.communicate(timeout=PATIENCE)
        assert command.returncode == 0, (words, out, err)
        return out.decode()

    assert run[:8] in later("list")
    assert '"running"' in later("show", run, "--json")
    assert "takes over" in later("doctor")
    with asleep(workers):
        later("run", "--plan", file)

    assert daemon != box.daemon_pid()
    assert workers == box.claudes(), "the worker lives on"
    later("stop", run)
    assert (finished(box, run), node(box, run)["attempt"]) == ("cancelled", 1)


def test_a_daemon_that_is_told_to_end_leaves_its_workers_to_the_next(box: Machine) -> None:
    run = working(box, held(box))
    claude, daemon = box.claudes(), box.daemon_pid()
    with asleep(claude):
        assert box.ccorch("serve", "--stop").status == 0

        assert claude == box.claudes(), "the worker lived on"
        let_go(box)
        until(lambda: box.daemon_pid() != daemon)
    assert finished(box, run) == "done"
    assert node(box, run)["attempt"] == 1
