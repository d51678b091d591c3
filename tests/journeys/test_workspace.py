"""Upkeep around a real writer's work: what is open stays, what is decided can be packed and comes back."""

from typing import Any

from tests.journeys.kit import closed
from tests.journeys.verdict_kit import MEND, TRY, prepare, wrote
from tests.machine import Machine, git

NOW = ("--older-than-days", "0")


def kept(reply: Any) -> list[tuple[str, int]]:
    return [(one["reason"], one["count"]) for one in reply["kept"]]


def test_unmerged_work_is_never_touched_and_what_was_accepted_is_packed_and_comes_back(box: Machine) -> None:
    prepare(box)
    run = wrote(box, *MEND)
    closed(box, run)
    open_work = [("its work is in no branch and nobody has decided about it", 1)]
    cleaned = box.json("workspace", "clean", *NOW, "--apply")
    assert kept(cleaned) == open_work
    result = git(box.project, "rev-parse", f"refs/ccorch/{run}/RESULT").strip()
    assert cleaned["held"] == [{"run": run, "commit": result}]
    assert f"\n  {run}  {result[:12]}\n" in box.ccorch("workspace", "clean").out
    refused = box.ccorch("workspace", "archive", run[:8], "--apply")
    assert (refused.status, "nobody has decided" in refused.err) == (5, True)
    said = box.json("workspace", "status")
    assert [(one["run"], one["lost"], one["bytes"] > 1000) for one in said["raw"]] == [(run, False, True)]
    assert (said["dangling"], said["strays"]) == ([], [])
    assert str(box.state / "attempts") in [one["path"] for one in said["places"]]

    box.json("verify", run, "--test", TRY)
    box.json("accept", run)
    before = box.json("show", run)
    told = box.ccorch("report", run).out
    assert f"- source changed by main: {', '.join(before['changes'][0]['files'])}\n" in told
    assert f"- artifacts in the run's folder: {before['artifacts']['files']} files, " in told
    assert before["next"]["action"] == "nothing"
    packed = box.json("workspace", "archive", run[:8], "--remove", "--apply")
    assert box.ccorch("show", run).status == 4
    said = box.json("workspace", "status")
    assert ([one["runs"] for one in said["archives"]], said["raw"]) == ([[run]], [])
    assert box.json("workspace", "restore", packed["archive"])["runs"] == [run]
    assert box.json("show", run) == before
    box.json("workspace", "clean", *NOW, "--apply")
    assert git(box.project, "for-each-ref", f"refs/ccorch/{run}") == ""


def test_policy_judges_paths_as_workers_are_judged(box: Machine) -> None:
    # a project may have any name that its file system can hold
    place = box.root / "a b\\U 智谱"
    place.mkdir()
    (place / ".ccorch").mkdir()
    (place / ".ccorch/config.yaml").write_text("policy:\n  write_scope:\n    deny: [docs/**]\n")
    run = box.ccorch("-C", str(place), "run", "worker=simulated", "profile=scripted", "task=x")
    assert run.status == 0, run
    paths = ("src/a.py", "docs/a.md", ".agent-workspace/ccorch/runs/x", ".git/config", "src/../docs/a.md")

    said = box.json("-C", str(place), "workspace", "policy", *paths)

    assert [(one["worker"], one["keeper"]) for one in said["judged"]] == [
        (True, False),
        (False, False),
        (True, True),
        (False, False),
        (True, False),
    ]
    said = box.ccorch("-C", str(place), "workspace", "archive", *NOW)
    assert "1 in all" in said.out
    assert "`ccorch workspace archive --older-than-days 0 --apply` does it" in said.out
