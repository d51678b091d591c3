"""With a database, SQLite or PostgreSQL, runs are driven, adopted and stopped just as without one."""

import json
import os
import signal
from pathlib import Path

import pytest

from tests.journeys.kit import (
    PLAIN,
    events,
    finished,
    held,
    ledger,
    let_go,
    node,
    script,
    shown,
    submit,
    until_event,
)
from tests.machine import Machine, until
from tests.postgres import Postgres


@pytest.fixture(params=["sqlite", "postgres"])
def kept(request: pytest.FixtureRequest, box: Machine) -> Machine:
    """A machine whose owner wants a database."""
    option = ["# The owner's choice.", f"store: {request.param}"]
    if request.param == "postgres":
        server: Postgres = request.getfixturevalue("postgres")
        address = box.root / "address"
        address.write_text(server.url() + "\n")
        option.append(f"postgres_url: {{file: {address}}}")
    place = box.config / "engine/default.yaml"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("\n".join(option) + "\n")
    return box


def log_types(box: Machine, run: str) -> list[str]:
    """What decided the run, by the types of its events."""
    decisive = ("submitted", "started", "ended", "skipped", "stop_asked", "finished")
    return [event["type"] for event in events(box, run) if event["type"] in decisive]


def test_a_killed_daemon_is_revived_and_attaches_to_its_worker(kept: Machine) -> None:
    run = submit(kept, *PLAIN, held(kept), "task=slow")
    until_event(kept, run, "worker_ready")
    until(lambda: any('"progress"' in line for line in ledger(kept)))
    daemon, claude = kept.daemon_pid(), kept.claudes()
    os.kill(daemon, signal.SIGKILL)
    let_go(kept)
    log = kept.project / ".agent-workspace/ccorch/runs" / run / "events.ndjson"
    until(lambda: '"type":"finished"' in log.read_text())

    assert claude
    assert kept.daemon_pid() != daemon
    assert (shown(kept, run)["status"], node(kept, run)["attempt"]) == ("done", 1)
    assert log_types(kept, run) == ["submitted", "started", "ended", "finished"]


def test_a_run_is_stopped_and_leaves_nobody(kept: Machine) -> None:
    run = submit(kept, *PLAIN, script("long"), "task=long")
    until(lambda: kept.claudes())
    assert kept.ccorch("stop", run).status == 0

    assert finished(kept, run) == "cancelled"
    assert until(lambda: not kept.claudes())
    assert log_types(kept, run) == ["submitted", "started", "stop_asked", "ended", "finished"]


def test_a_daemon_killed_just_after_it_accepted_loses_and_repeats_nothing(kept: Machine) -> None:
    lanes = ("-m", "role=review,security", "policy.max_concurrent=1", "task=look")
    run = submit(kept, *PLAIN, "script=hello", *lanes)
    os.kill(kept.daemon_pid(), signal.SIGKILL)

    assert finished(kept, run) == "done"
    assert log_types(kept, run) == ["submitted", *("started", "ended") * 2, "finished"]


def test_a_broken_database_costs_no_run(box: Machine) -> None:
    place = box.config / "engine/default.yaml"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("# The owner's choice.\nstore: sqlite\n")
    run = submit(box, *PLAIN, held(box), "task=slow")
    until_event(box, run, "worker_ready")
    os.kill(box.daemon_pid(), signal.SIGSTOP)  # so that nobody writes while it is being broken
    broken = box.state / "db.sqlite"
    for path in broken.parent.glob("db.sqlite*"):
        path.write_bytes(b"not a database at all\n" * 1000)
    os.kill(box.daemon_pid(), signal.SIGKILL)
    let_go(box)

    assert finished(box, run) == "done"
    assert "a new one is made from the run folders" in (box.state / "daemon.log").read_text()
    assert Path(f"{broken}.unusable-1").exists()
    assert json.loads((box.state / "daemon.json").read_text())["pid"]


@pytest.mark.parametrize("kept", ["postgres"], indirect=True)
def test_a_postgres_that_is_away_keeps_neither_run_nor_daemon_from_ending(
    kept: Machine, postgres: Postgres
) -> None:
    run = submit(kept, *PLAIN, held(kept), "task=slow")
    until(lambda: kept.claudes())
    daemon = kept.daemon_pid()
    postgres.stop()
    let_go(kept)
    try:
        assert finished(kept, run) == "done"
        assert kept.ccorch("serve", "--stop").status == 0
        assert until(lambda: not Path(f"/proc/{daemon}").exists())
    finally:
        postgres.start()
