"""What stands behind the runs can be looked at and made anew, whatever was done to it."""

import os
import signal
import sqlite3
from contextlib import closing
from typing import Any

from tests.journeys.kit import PLAIN, finished, script, shown, submit, until_event
from tests.machine import Machine, until


def trouble(box: Machine) -> list[Any]:
    """What the doctor finds that is not well."""
    said = box.ccorch("doctor", "--json")
    found = [line for line in said.data["lines"] if line["state"] != "ok"]
    assert said.status == (1 if "fail" in {line["state"] for line in found} else 0)
    return found


def test_a_locked_deleted_or_damaged_database_is_named_and_made_anew(box: Machine) -> None:
    place = box.config / "engine/default.yaml"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("# The owner's choice.\nstore: sqlite\n")
    run, path = submit(box, *PLAIN, "script=hello", "task=x"), box.state / "db.sqlite"
    assert finished(box, run) == "done"
    assert trouble(box) == []
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        assert "another process has locked" in trouble(box)[0]["said"]
    for file in box.state.glob("db.sqlite*"):
        file.unlink()
    (line,) = trouble(box)
    assert ("was deleted under the living daemon" in line["said"], line["command"]) == (
        True,
        "ccorch doctor --rebuild",
    )

    for name in ("db.sqlite", "index.sqlite"):
        (box.state / name).write_bytes(b"no database at all\n" * 1000)
        (box.state / name).chmod(0o600)
    assert box.ccorch("doctor", "--rebuild").status == 0
    assert (box.state / "db.sqlite.unusable-1").exists()
    assert [line["state"] for line in trouble(box)] == ["warn"]
    assert shown(box, run)["status"] == "done"
    again = submit(box, *PLAIN, "script=hello", "task=x")
    assert finished(box, again) == "done"


def test_who_was_frozen_is_noticed_and_heeds_a_stop(box: Machine) -> None:
    run = submit(box, *PLAIN, script("long"), "task=x")
    until_event(box, run, "worker_ready")
    (shim,) = box.shims()
    os.kill(shim, signal.SIGSTOP)
    until_event(box, run, "found")
    (line,) = trouble(box)
    assert line["command"] == f"kill -CONT {shim}"

    os.kill(box.daemon_pid(), signal.SIGKILL)  # the command that stops the run starts the next daemon
    assert box.ccorch("stop", run).status == 0
    assert finished(box, run) == "cancelled"
    assert until(lambda: not box.claudes() and not box.shims())


def test_a_machine_that_is_broken_in_many_places_is_told_place_by_place(box: Machine) -> None:
    claude = box.root / "claude"
    for path, text in {
        box.home / ".cc-switch/cc-switch.db": "no database at all\n" * 1000,
        box.config / "ceiling.yaml": "usd_per_run: lots\n",
        claude: "#!/bin/sh\necho '9.9.9 (Claude Code)'\n",
    }.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    claude.chmod(0o755)
    box.extra |= {"CLAUDE_CODE_BIN": str(claude), "PATH": str(box.root)}
    (box.root / "file").write_text("in the way\n")
    box.extra["CCORCH_STATE_DIR"] = str(box.root / "file/state")

    told = trouble(box)

    assert [(line["check"], line["state"], line["command"]) for line in told] == [
        ("git", "fail", "apt-get install git"),
        ("config", "fail", "ccorch config check"),
        ("claude", "fail", "unset CLAUDE_CODE_BIN"),
        ("cc-switch", "warn", "ccorch profiles"),
        ("disk", "fail", f"ls -ld {box.root}/file/state"),
        ("runs", "fail", "ccorch list"),
    ]
    assert "'lots' is not of type 'number'" in told[1]["said"]
