"""The doctor names what is wrong, how bad it is, and the command that mends it."""

import json
from pathlib import Path

import pytest

from ccorch import __version__
from ccorch.ports.vitals import Contract, DaemonVitals, DatabaseVitals, Frozen, Rehearsed
from ccorch.schema.event import Started
from ccorch.schema.run import Launch, Submission
from tests.fakes.vitals import SaidVitals
from tests.frontends.houses import RUN, Stage
from tests.plan_kit import node, plan

LIVING = DaemonVitals(True, 7, __version__, live=frozenset({RUN}))
DELETED = "/state/db.sqlite was deleted under the living daemon"

SICK = {
    "daemon that hangs": (SaidVitals(DaemonVitals(True, 7, problem="no answer")), "fail", "kill -9 7"),
    "daemon of another version": (SaidVitals(DaemonVitals(True, 7, "0.0.1", is_other=True)), "warn", None),
    "database": (SaidVitals(of_database=DatabaseVitals("sqlite", DELETED)), "fail", "ccorch doctor --rebuild"),
    "postgres": (SaidVitals(of_database=DatabaseVitals("postgres", "gone")), "fail", "see that PostgreSQL runs"),
    "another flow": (
        SaidVitals(of_database=DatabaseVitals("sqlite", stranded=(RUN,))),
        "fail",
        "ccorch doctor --rebuild",
    ),
    "set aside": (SaidVitals(of_database=DatabaseVitals("sqlite", aside=("/s/db.x",))), "warn", "rm /s/db.x*"),
    "little room": (SaidVitals(free_bytes=900 << 20), "warn", "df -h /state"),
    "no room": (SaidVitals(free_bytes=0), "fail", "df -h /state"),
    "read only": (SaidVitals(writable=False), "fail", "ls -ld /state"),
    "network": (SaidVitals(network="nfs4"), "fail", "export CCORCH_STATE_DIR=/a/folder/on/a/local/disk"),
    "git": (SaidVitals(programs=()), "fail", "apt-get install git"),
    "flags": (SaidVitals(of_claude=Contract("f" * 12, False, ("--restricted",))), "fail", "ccorch upgrade-check"),
    "lines of a stream": (
        SaidVitals(known={"b" * 64: Rehearsed(sha256="b" * 64, version="2.1.0", at=1.0, shapes=("farewell",))}),
        "warn",
        None,
    ),
    "frozen": (SaidVitals(stopped=(Frozen(f"{RUN}/a/1", "shim", 9),)), "warn", "kill -CONT 9"),
}


def begun(stage: Stage) -> None:
    """A run that is not over."""
    launch = Launch(project=str(stage.project), claude=None, environment={})
    stage.library.create(Submission(run=RUN, plan=plan(node("a")), config={}, launch=launch, by="terminal"))
    stage.library.append(RUN, Started(node="a", attempt=1))


def test_who_is_well_is_told_so(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.vitals = SaidVitals(LIVING)
    begun(stage)
    said = stage.ccorch("doctor")

    assert said.status == 0
    assert {line[:4] for line in said.out.splitlines()} == {"ok  "}
    assert "1 not over, none stranded" in said.out


@pytest.mark.parametrize("what", SICK)
def test_each_trouble_is_named_with_what_mends_it(tmp_path: Path, what: str) -> None:
    stage = Stage(tmp_path)
    stage.vitals, state, command = SICK[what]
    said = stage.ccorch("doctor", "--json")
    (line,) = (line for line in json.loads(said.out)["lines"] if line["state"] != "ok")

    assert (line["state"], line["command"]) == (state, command)
    assert said.status == (1 if state == "fail" else 0)


@pytest.mark.parametrize(
    ("daemon", "state"), [(DaemonVitals(alive=False), "warn"), (DaemonVitals(True, 7, __version__), "fail")]
)
def test_a_stranded_run_is_named(tmp_path: Path, daemon: DaemonVitals, state: str) -> None:
    stage = Stage(tmp_path)
    stage.vitals = SaidVitals(daemon)
    begun(stage)
    (line,) = (
        line for line in json.loads(stage.ccorch("doctor", "--json").out)["lines"] if line["check"] == "runs"
    )

    assert (line["state"], RUN in line["said"]) == (state, True)


def test_a_broken_file_is_named_and_the_rest_is_looked_at_all_the_same(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    (tmp_path / ".ccorch").mkdir()
    (tmp_path / ".ccorch/config.yaml").write_text("# Ours.\npolicy:\n  max_turnz: 3\n")
    said = stage.ccorch("doctor", width=200)

    assert said.status == 1
    assert "config.yaml:3: policy.max_turnz: unknown key" in said.out
    assert {"python", "claude", "disk"} <= {line[5:].partition(":")[0] for line in said.out.splitlines()}


def test_a_binary_that_was_not_tried_says_how_to_try_it(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.vitals = SaidVitals(of_claude=Contract("e" * 12, False))
    said = stage.ccorch("doctor", width=200)

    assert (said.status, "`ccorch doctor --rehearse`" in said.out) == (0, True)


def test_rebuilding_says_what_was_kept(tmp_path: Path) -> None:
    stage = Stage(tmp_path)

    assert "kept as /state/db.sqlite.unusable-1" in stage.ccorch("doctor", "--rebuild", width=200).out
    assert stage.vitals.rebuilt == 1
