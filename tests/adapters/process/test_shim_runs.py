"""The shim runs a worker to its end: exact environment, exact bytes, big messages, a true record."""

from __future__ import annotations

import json
import resource
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attempts import Attempt, eventually, user

from ccorch.adapters.process import attempt

FENCE = {"version": 1, "roots": [], "tools": {}, "path_rules": [], "path_keys": {}, "commands": []}


def test_a_worker_that_answers_ends_by_itself(one: Attempt) -> None:
    record = one.start(["result", []]).end()

    assert (record["reason"], record["rc"], record["results"], record["signal"]) == ("exited", 0, 1, None)
    assert record["raw_bytes"] == (one.folder / "raw.ndjson").stat().st_size
    assert record["started_at"] <= record["ended_at"]


def test_the_first_line_is_sent_before_anything_is_waited_for(attempts: Callable[[], Attempt]) -> None:
    def took() -> float:
        record = attempts().start(["result", []]).end()
        return float(record["ended_at"] - record["started_at"])

    # a shim that waits first takes a second each time; a machine under load does not, each of ten times
    assert any(took() < 1.0 for _ in range(10))


def test_the_environment_is_exact_and_no_descriptor_leaks(one: Attempt) -> None:
    one.start(["env"], ["result", []], env={"ONLY": "this"}).end()

    seen = next(line for line in one.lines() if line["type"] == "env")
    name, _, value = one.marker.partition("=")
    # Python coerces the C locale; everything else is what was ordered.
    assert {k: v for k, v in seen["env"].items() if k != "LC_CTYPE"} == {"ONLY": "this", name: value}
    assert seen["fds"] == ["0", "1", "2", "3"], "3 is the listing itself"


def test_everything_written_is_private(one: Attempt) -> None:
    one.start(["result", []]).end()

    modes = {path.name: stat.S_IMODE(path.lstat().st_mode) for path in one.folder.iterdir()}
    assert stat.S_IMODE(one.folder.stat().st_mode) == 0o700
    assert set(modes.values()) == {0o600}
    assert {"lock", "spec.json", "pid.json", "raw.ndjson", "stderr.log", "exit.json", "stdin"} <= set(modes)


@pytest.mark.parametrize("size", [500_000, 20 << 20])
def test_a_big_message_arrives_while_the_worker_talks(one: Attempt, size: int) -> None:
    message = user(["result", []], text="p" * size)

    one.start(message=message).end()

    assert next(line for line in one.lines() if line["type"] == "system")["got"] >= size


def test_a_message_in_many_lines_is_sent_as_one(one: Attempt) -> None:
    message = json.dumps(json.loads(user(["result", []])), indent=2).encode()

    assert one.start(message=message).end()["results"] == 1


def test_without_control_the_message_is_stdin_byte_for_byte(one: Attempt) -> None:
    argv = ["/bin/cat"]

    record = one.start(argv=argv, control=False, message=b"two\nlines").end()

    assert (one.folder / "raw.ndjson").read_bytes() == b"two\nlines"
    assert record["rc"] == 0


def test_a_ten_megabyte_line_passes_untouched(one: Attempt) -> None:
    record = one.start(["big", 10 << 20], ["result", []]).end()

    assert record["results"] == 1
    assert max(map(len, (one.folder / "raw.ndjson").read_bytes().splitlines())) > 10 << 20


def test_a_result_that_names_its_type_last_is_seen(one: Attempt) -> None:
    assert one.start(["late_result", 1 << 20]).end()["results"] == 1


def test_memory_stays_flat_while_a_stream_passes(one: Attempt) -> None:
    one.start(["flood", 100], ["emit", {"type": "flooded"}], ["pause"])
    eventually(lambda: one.raw_size() > 100_000_000)

    assert peak_kb(one.shim.pid) < 20_000


def test_stderr_keeps_its_head_and_its_tail(one: Attempt) -> None:
    one.start(["result", []], flags=("--noisy",)).end()

    log = (one.folder / "stderr.log").read_bytes()
    assert len(log) < 600_000
    assert log.startswith(b"aaa")
    assert log.endswith(b"the end\n")
    assert b"bytes left out" in log


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["/no/such/claude"], "No such file"),
        (["/etc/passwd"], "Permission denied"),
        (["/bin/true", "x" * 200_000], "Argument list too long"),
    ],
)
def test_a_worker_that_cannot_start_says_why(one: Attempt, argv: list[str], words: str) -> None:
    record = one.start(argv=argv).end()

    assert record["reason"] == "start_failed"
    assert words in record["detail"]
    assert not one.left()


def test_a_missing_working_directory_says_which(one: Attempt) -> None:
    record = one.start(cwd="/no/such/dir").end()

    assert (record["reason"], "/no/such/dir" in record["detail"]) == ("start_failed", True)


def test_a_broken_spec_is_recorded(one: Attempt) -> None:
    assert one.start(grace_seconds="soon").end()["reason"] == "start_failed"


def test_a_mark_that_would_match_strangers_is_refused(one: Attempt) -> None:
    with pytest.raises(ValueError, match="NAME=value"):
        one.start(marker="CCORCH_ATTEMPT=")


def test_a_worker_that_cannot_block_is_never_prompted(one: Attempt) -> None:
    record = one.start(["result", []], flags=("--old",), fence=FENCE).end()

    assert record["reason"] == "hooks_unsupported"
    assert not one.saw('"init"')


def test_a_refused_initialize_is_named(one: Attempt) -> None:
    record = one.start(["result", []], flags=("--refuse",), fence=FENCE).end()

    assert record["reason"] == "hooks_refused"
    assert "no such hook" in record["detail"]


def test_hooks_are_judged_while_the_worker_waits(one: Attempt) -> None:
    fence = {**FENCE, "roots": [str(one.work)], "tools": {"Write": "path"}, "path_keys": {"Write": "file_path"}}
    fence["path_rules"] = [["allow", "src/**"]]
    inside, outside = {"file_path": str(one.work / "src/a")}, {"file_path": "/etc/x"}

    one.start(["hook", "Write", inside], ["hook", "Write", outside], ["result", []], fence=fence).end()

    passed, denied = one.answers()
    assert passed == {}
    assert denied["hookSpecificOutput"]["permissionDecision"] == "deny"


def test_a_call_waits_until_the_stream_was_read_up_to_it(one: Attempt) -> None:
    one.start(["hook", "Read", {}], ["result", []], turnstile=True)
    eventually(lambda: one.saw("hook_callback"))
    asked = next(number for number, line in enumerate(one.lines(), 1) if line["type"] == "control_request")

    attempt.send(one.folder, {"do": "pass", "lines": asked - 1})
    attempt.send(one.folder, {"do": "pass", "lines": "all"})
    eventually(lambda: "cannot do" in (one.folder / "stderr.log").read_text())
    assert not (one.work / "answers.ndjson").exists()

    attempt.send(one.folder, {"do": "pass", "lines": asked})
    assert one.end()["reason"] == "exited"
    assert one.answers() == [{}]


@pytest.mark.parametrize(
    ("asks", "more"),
    [
        # what comes after calls is not for the fence to judge
        (["batch"], {"fence": FENCE}),
        # who does not say that its hooks block waits all the same
        (["hook", "Read", {}], {"flags": ("--old",)}),
    ],
)
def test_whatever_asks_waits_and_whoever_it_comes_from(one: Attempt, asks: list[Any], more: dict[str, Any]) -> None:
    one.start(asks, ["result", []], turnstile=True, **more)
    eventually(lambda: one.saw("hook_callback"))
    assert not (one.work / "answers.ndjson").exists()

    attempt.send(one.folder, {"do": "pass", "lines": len(one.lines())})
    assert one.end()["reason"] == "exited"
    assert one.answers() == [{}]


def test_a_turn_that_would_begin_while_its_worker_is_stopped_does_not(one: Attempt) -> None:
    one.start(["interrupted"], ["batch"], ["result", []], flags=("--deaf",), turnstile=True)
    eventually(lambda: one.saw('"init"'))

    attempt.send(one.folder, {"do": "stop", "reason": "enough"})
    assert one.end()["reason"] == "stopped"
    assert not (one.work / "answers.ndjson").exists()


@pytest.mark.parametrize("asks", [["hook", "Read", {}], ["batch"]])
def test_a_call_that_waits_when_its_worker_is_stopped_is_never_answered(one: Attempt, asks: list[Any]) -> None:
    one.start(asks, ["result", []], turnstile=True)
    eventually(lambda: one.saw("hook_callback"))

    attempt.send(one.folder, {"do": "stop", "reason": "enough"})
    assert one.end()["reason"] == "stopped"
    assert not (one.work / "answers.ndjson").exists()


def test_without_a_readable_fence_every_call_is_denied(one: Attempt) -> None:
    one.start(["hook", "Read", {}], ["result", []], hooks=True).end()

    assert one.answers()[0]["hookSpecificOutput"]["permissionDecision"] == "deny"


def test_a_control_line_over_the_limit_is_denied_unread(one: Attempt) -> None:
    fence = {**FENCE, "tools": {"Write": "allow"}}

    one.start(["huge_hook", 33 << 20], ["result", []], fence=fence).end()

    assert "too large" in one.answers()[0]["hookSpecificOutput"]["permissionDecisionReason"]


def test_a_full_disk_ends_the_worker_and_is_recorded(one: Attempt) -> None:
    """A limit on file size stands in for the full disk: the same write fails, with EFBIG instead of ENOSPC."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, before[1]))
    try:
        one.start(["flood", 5], ["pause"])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    record = one.end()

    assert (record["reason"], record["raw_bytes"]) == ("disk_full", 1 << 20)
    assert "File too large" in record["detail"]
    assert not one.left()


def test_a_worker_that_closes_its_stdin_costs_no_processor(one: Attempt) -> None:
    one.start(["emit", {"type": "system", "subtype": "init"}], ["close_stdin"], ["pause"])
    eventually(lambda: one.saw('"init"'))
    attempt.say(one.folder, user(text="x" * 100_000))
    before = cpu_ticks(one.shim.pid)
    threading.Event().wait(0.5)

    assert cpu_ticks(one.shim.pid) - before < 20


def test_attempts_started_at_once_are_never_taken_for_lost(attempts: Callable[[], Attempt]) -> None:
    many = [attempts() for _ in range(12)]
    seen: set[str] = set()
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            seen.update(attempt.adopt(each.folder) for each in many)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        for each in many:
            each.start(argv=["/bin/true"], control=False)
        records = [each.end() for each in many]
    finally:
        done.set()
        watcher.join()

    assert {record["rc"] for record in records} == {0}
    assert "lost" not in seen


def peak_kb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))


def cpu_ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])
