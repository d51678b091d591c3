"""The doctor's self-test is a whole workflow with real claude processes, and leaves this project alone."""

from tests.journeys.test_writers import snapshot
from tests.machine import Machine


def test_a_rehearsal_tries_the_whole_line_and_makes_a_binary_known(box: Machine) -> None:
    before = snapshot(box.project)

    said = box.json("doctor", "--rehearse")

    (told,) = (line for line in said["lines"] if line["check"] == "rehearsal" and line["state"] == "ok")
    assert "a gate passed" in told["said"]
    assert "a worktree" in told["said"]
    assert "4 metered requests" in told["said"]
    assert {line["state"] for line in said["lines"]} <= {"ok", "warn"}
    assert any("forbidden writes were stopped" in line["said"] for line in said["lines"]), "its writer tried them"
    (project,) = (box.state / "bench").iterdir()
    assert [run.name for run in (project / ".agent-workspace/ccorch/runs").iterdir()] == [told["said"][-17:-1]]
    (claude,) = (line for line in box.json("doctor")["lines"] if line["check"] == "claude")
    assert (claude["said"].startswith("known"), claude["command"]) == (True, None)
    assert snapshot(box.project) == before
    assert not (box.project / ".agent-workspace").exists()
