"""Short commands: exact environment, bounded output, ended with all they started."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from attempts import eventually

from ccorch.adapters.process import group
from ccorch.adapters.process.commands import run

PATH = {"PATH": "/usr/bin:/bin"}


def python(code: str) -> list[str]:
    return [sys.executable, "-I", "-S", "-c", code]


def test_both_outputs_and_the_code_come_back(tmp_path: Path) -> None:
    done = run(["sh", "-c", "pwd; echo err >&2; exit 3"], cwd=tmp_path, env=PATH, timeout=180)

    assert (done.rc, done.stdout, done.stderr) == (3, f"{tmp_path}\n".encode(), b"err\n")
    assert (done.timed_out, done.truncated) == (False, False)


def test_the_environment_is_exact(tmp_path: Path) -> None:
    done = run(["/usr/bin/env"], cwd=tmp_path, env={"ONLY": "this"}, timeout=180)

    assert done.stdout == b"ONLY=this\n"


def test_megabytes_go_both_ways_at_once(tmp_path: Path) -> None:
    done = run(["cat"], cwd=tmp_path, env=PATH, timeout=180, stdin=b"x" * (5 << 20))

    assert len(done.stdout) == 5 << 20


def test_input_that_nobody_reads_is_no_error(tmp_path: Path) -> None:
    assert run(["true"], cwd=tmp_path, env=PATH, timeout=180, stdin=b"x" * (1 << 20)).rc == 0


def test_output_is_bounded(tmp_path: Path) -> None:
    done = run(python("print('x' * 10**6)"), cwd=tmp_path, env={}, timeout=180, limit_bytes=1000)

    assert (len(done.stdout), done.truncated, done.rc) == (1000, True, 0)


def test_a_timeout_ends_the_whole_group(tmp_path: Path) -> None:
    marker = f"CCORCH_TEST={tmp_path}"
    env = {**PATH, "CCORCH_TEST": str(tmp_path)}
    done = run(["sh", "-c", "sleep 600 & echo $!; sleep 600"], cwd=tmp_path, env=env, timeout=0.3)

    assert done.timed_out
    assert done.rc == -15
    # by its mark: on a slow machine the time may be over before it could say anything
    eventually(lambda: not group.marked(marker))


def test_a_background_child_does_not_hold_the_command_up(tmp_path: Path) -> None:
    done = run(["sh", "-c", "setsid sleep 600 & echo $!"], cwd=tmp_path, env=PATH, timeout=180)

    assert (done.rc, done.timed_out) == (0, False)
    left = group.identify(int(done.stdout))
    assert left is not None
    assert group.kill([left], 1.0) == ()


def test_a_missing_program_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        run(["/no/such/program"], cwd=tmp_path, env={}, timeout=1)


def test_a_reused_pid_is_never_signalled() -> None:
    me = group.identify(os.getpid())
    assert me is not None
    stranger = group.ProcessId(me.pid, me.start - 1)

    assert group.alive(me)
    assert not group.alive(stranger)
    assert group.kill([stranger], 0.0) == ()


def test_a_zombie_is_dead() -> None:
    pid = os.posix_spawn("/bin/true", ["true"], {})
    eventually(lambda: b") Z " in Path(f"/proc/{pid}/stat").read_bytes())
    try:
        assert group.identify(pid) is None
    finally:
        os.waitpid(pid, 0)


def test_a_mark_without_value_finds_nobody() -> None:
    for marker in ("", "=", "NAME=", "=x"):
        with pytest.raises(ValueError, match="NAME=value"):
            group.marked(marker)
