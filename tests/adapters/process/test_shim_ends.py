"""However a worker or its shim ends, nothing is left behind and the record says what happened."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attempts import Attempt, eventually, user

from ccorch.adapters.process import attempt, group


def test_a_killed_worker_is_recorded_at_once_and_its_orphans_are_gone(one: Attempt) -> None:
    one.start(["orphan", 3], ["stray"], ["pause"])
    eventually(lambda: one.saw("strayed"))
    family = group.descendants(one.shim.pid)
    os.kill(one.worker.pid, signal.SIGKILL)
    record = one.end()

    assert (record["rc"], record["signal"], record["reason"]) == (-9, 9, "exited")
    assert record["orphans_killed"] == 4
    assert len(family) == 5
    assert not [process for process in family if group.alive(process)]


def test_orphans_of_a_normal_end_are_swept(one: Attempt) -> None:
    record = one.start(["orphan", 2], ["stray"], ["result", []]).end()

    assert (record["rc"], record["orphans_killed"]) == (0, 3)
    assert not one.left()


def test_a_killed_shim_leaves_a_lost_attempt_that_can_be_swept(one: Attempt) -> None:
    one.start(["orphan", 2], ["pause"], flags=("--deaf",))
    eventually(lambda: one.saw("orphaned"))
    worker = one.worker
    os.kill(one.shim.pid, signal.SIGKILL)
    eventually(lambda: attempt.adopt(one.folder) == "lost")

    assert attempt.sweep_lost(one.folder) == ()
    assert not one.left()
    assert not group.alive(worker)
    assert attempt.exit_record(one.folder) is None


@pytest.mark.parametrize("name", ["spec.json", "exit.json.part", "stdin", "pid.json", "raw.ndjson", "exit.json"])
def test_a_shim_killed_at_any_point_is_lost_or_ended_and_leaves_nobody(one: Attempt, name: str) -> None:
    one.start(["orphan", 1], ["result", []])
    assert one.running is not None
    eventually((one.folder / name).exists)
    one.running.shim.kill()
    one.running.wait()

    # A child between fork and exec holds the lock an instant longer, which errs on the safe side.
    eventually(lambda: attempt.adopt(one.folder) in ("lost", "ended"))
    assert attempt.sweep_lost(one.folder) == ()
    eventually(lambda: not one.left())


def test_a_worker_dies_with_its_shim(one: Attempt) -> None:
    one.start(["emit", {"type": "up"}], ["pause"])
    eventually(lambda: one.saw('"up"'))
    worker = one.worker
    os.kill(one.shim.pid, signal.SIGKILL)

    eventually(lambda: not group.alive(worker))


def test_stop_asks_first_and_keeps_the_result(one: Attempt) -> None:
    one.start(["emit", {"type": "system", "subtype": "init"}], grace_seconds=60.0)
    eventually(lambda: one.saw("init"))

    assert attempt.send(one.folder, {"do": "stop", "reason": "enough"})
    record = one.end()
    assert (record["reason"], record["detail"], record["results"], record["rc"]) == ("stopped", "enough", 1, 0)


def test_sigterm_to_the_shim_is_a_stop(one: Attempt) -> None:
    one.start(["orphan", 1], ["pause"])
    eventually(lambda: one.saw("orphaned"))
    os.kill(one.shim.pid, signal.SIGTERM)

    assert one.end()["reason"] == "stopped"
    assert not one.left()


def test_a_deaf_worker_is_killed_with_its_family_in_the_end(one: Attempt) -> None:
    one.start(["orphan", 1], ["pause"], flags=("--deaf",), grace_seconds=0.2)
    eventually(lambda: one.saw("orphaned"))
    attempt.send(one.folder, {"do": "stop"})
    record = one.end()

    assert (record["reason"], record["rc"], record["orphans_killed"]) == ("stopped", -9, 1)
    assert not one.left()


def test_a_timeout_is_named(one: Attempt) -> None:
    record = one.start(["pause"], timeout_seconds=0.3).end()

    assert record["reason"] == "timeout"
    assert record["detail"] == "still running after 0.3s"


def test_a_limit_of_time_is_told_as_people_read_it(attempts: Callable[[], Attempt]) -> None:
    """Shim and daemon agree on it through `spec.json`; ten minutes are not waited for."""
    ten = attempts().start(["pause"])
    assert json.loads((ten.folder / "spec.json").read_text())["limit"] == "10 min"

    record = attempts().start(["pause"], timeout_seconds=0.3, limit="10 min").end()

    assert record["detail"] == "still running after 10 min"


def test_a_worker_that_never_says_hello_can_be_stopped(one: Attempt) -> None:
    one.start(argv=["/bin/sleep", "600"])

    assert attempt.send(one.folder, {"do": "stop"}), "a shim that is only starting is waited for"

    assert one.end()["reason"] == "stopped"


def test_a_follow_up_is_answered_in_the_same_process(one: Attempt) -> None:
    one.start(["emit", {"type": "up"}])
    eventually(lambda: one.saw('"up"'))

    assert attempt.send(one.folder, {"do": "interrupt", "hold": 600})
    eventually(lambda: one.saw("interrupted"))
    assert attempt.say(one.folder, user(uuid="u-2"), "u-2")
    record = one.end()
    assert (record["reason"], record["results"]) == ("exited", 2)


def test_a_named_answer_ends_without_a_pause(one: Attempt) -> None:
    one.start(["emit", {"type": "up"}])
    eventually(lambda: one.saw('"up"'))
    attempt.say(one.folder, user(["result", ["u-2"]], uuid="u-2"), "u-2")

    assert one.end()["results"] == 1


def test_an_unnamed_answer_ends_after_a_quiet_pause(one: Attempt) -> None:
    one.start(["emit", {"type": "up"}])
    eventually(lambda: one.saw('"up"'))
    attempt.say(one.folder, user(["result", []]))

    assert one.end()["results"] == 1


def test_close_ends_the_pause(one: Attempt) -> None:
    one.start(["emit", {"type": "up"}])
    eventually(lambda: one.saw('"up"'))
    attempt.send(one.folder, {"do": "interrupt", "hold": 600})
    eventually(lambda: one.saw("interrupted"))
    attempt.send(one.folder, {"do": "close"})

    assert one.end()["reason"] == "exited"


def test_nonsense_on_the_channel_is_noted_and_ignored(one: Attempt) -> None:
    one.start(["emit", {"type": "up"}])
    eventually(lambda: one.saw('"up"'))
    with open(one.folder / "stdin", "wb") as channel:
        channel.write(b'not json\n{"do": 3}\n[]\n{"do": "dance"}\n{"do": "say", "file": "../x"}\n')
    attempt.send(one.folder, {"do": "say", "file": "missing.json"})
    attempt.send(one.folder, {"do": "stop"})

    assert one.end()["reason"] == "stopped"
    notes = (one.folder / "stderr.log").read_text()
    assert all(word in notes for word in ("not json", "dance", "../x", "missing.json"))


def test_commands_reach_nobody_before_and_after(one: Attempt) -> None:
    assert not attempt.send(one.folder, {"do": "stop"})

    one.start(["result", []]).end()

    assert not attempt.send(one.folder, {"do": "stop"})


def test_an_attempt_is_started_once(one: Attempt) -> None:
    assert attempt.adopt(one.folder) == "absent"
    one.start(["pause"])
    assert attempt.adopt(one.folder) == "running"

    with pytest.raises(FileExistsError, match="further attempt"):
        one.start(["pause"])

    assert attempt.adopt(one.folder) == "running"
    one.clear()
    assert attempt.adopt(one.folder) == "ended"


def test_sweeping_spares_a_running_attempt(one: Attempt) -> None:
    one.start(["emit", {"type": "up"}], ["pause"])
    eventually(lambda: one.saw('"up"'))

    assert attempt.sweep_lost(one.folder) == ()
    assert group.alive(one.worker)


# A daemon that notes its own family tree, and takes the lock it was revived for.
DAEMON = """
import fcntl, os, sys, time
lock = os.open(sys.argv[1], os.O_RDWR)
fcntl.flock(lock, fcntl.LOCK_EX)
with open(sys.argv[2] + ".part", "w") as note:
    note.write(f"{os.getpid()} {os.getppid()} {os.getsid(0)} {sorted(os.environ)}")
os.rename(sys.argv[2] + ".part", sys.argv[2])
time.sleep(600)
"""


@pytest.fixture
def daemon(tmp_path: Path) -> dict[str, Any]:
    lock, note = tmp_path / "daemon.lock", tmp_path / "note"
    lock.touch()
    argv = [sys.executable, "-I", "-S", "-c", DAEMON, str(lock), str(note)]
    return {"lock": str(lock), "argv": argv, "env": {"D": "1"}, "log": str(tmp_path / "daemon.log")}


def test_a_dead_daemon_is_revived_outside_the_reach_of_the_sweep(one: Attempt, daemon: dict[str, Any]) -> None:
    one.start(["emit", {"type": "up"}], ["pause"], daemon=daemon)
    note = Path(daemon["argv"][-1])
    eventually(note.exists)
    pid, parent, session, *_ = note.read_text().split()
    revived = group.identify(int(pid))
    assert revived is not None
    try:
        assert int(parent) != one.shim.pid
        assert int(session) != one.shim.pid
        one.clear()
        assert group.alive(revived)
        assert one.folder.name not in note.read_text()
    finally:
        group.kill([revived], 0.0)


def test_a_living_daemon_is_left_alone(one: Attempt, daemon: dict[str, Any]) -> None:
    with open(daemon["lock"], "rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        one.start(["result", []], daemon=daemon).end()

    assert not Path(daemon["argv"][-1]).exists()
    assert not Path(daemon["log"]).exists()


def test_the_last_act_of_a_shim_is_to_look_for_the_daemon(one: Attempt, daemon: dict[str, Any]) -> None:
    one.start(argv=["/bin/true"], control=False, daemon=daemon).end()
    note = Path(daemon["argv"][-1])
    eventually(note.exists)
    revived = group.identify(int(note.read_text().split()[0]))

    assert revived is not None
    assert group.kill([revived], 0.0) == ()


def test_the_record_is_valid_json_with_every_field(one: Attempt) -> None:
    one.start(["result", []]).end()

    record = json.loads((one.folder / "exit.json").read_bytes())
    assert set(record) == {
        *("version", "rc", "signal", "reason", "detail", "results"),
        *("started_at", "ended_at", "raw_bytes", "orphans_killed"),
    }


KILLED_BEFORE_IT_RUNS = """
import os, signal
from ccorch.adapters.process.shim.child import start
from ccorch.adapters.process.shim.processes import born, identify

def record(pid):
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert identify(pid) is None and born(pid).pid == pid

made = start(["true"], {}, "/", record)
print(os.waitstatus_to_exitcode(os.waitpid(made.pid, 0)[1]))
"""


def test_a_worker_that_is_killed_before_it_runs_was_killed_and_is_no_failure_to_start() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", KILLED_BEFORE_IT_RUNS], capture_output=True, text=True, check=False
    )

    assert (ended.stdout, ended.stderr) == ("-9\n", "")
