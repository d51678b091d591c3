"""How a verified result comes into a branch, what keeps it out, and how it is taken back."""

from tests.journeys.kit import closed, finished
from tests.journeys.test_writers import snapshot
from tests.journeys.verdict_kit import MEND, TRY, WRITE, plays, prepare, wrote
from tests.machine import Machine, commit, git

OBJECTS = """\
# A supervisor who is not content.
default:
  - structured:
      {schema_version: 1, role: supervisor, status: needs_repair, summary: Not yet., verdict: revise,
       confidence: 0.5, objections: [Floats were not tried.], missing_evidence: []}
"""


def parents(box: Machine, branch: str) -> list[str]:
    return git(box.project, "log", "-1", "--format=%P", branch).split()


def test_a_result_comes_in_as_it_is_asked_and_whatever_stands_against_it_leaves_all_as_it_was(box: Machine) -> None:
    prepare(box)
    run = wrote(box, *MEND)
    box.json("verify", run, "--test", TRY)
    forwarded = box.json("accept", run, "--how", "ff", "--into", "ahead")
    assert forwarded["commit"] == git(box.project, "rev-parse", f"refs/ccorch/{run}/_verified").strip()
    assert git(box.project, "rev-parse", "ahead").strip() == forwarded["commit"]
    box.json("rollback", run, "--yes")
    box.json("verify", run, "--test", TRY)

    # the branch has moved on, and contradicts it
    app, test = box.project / "app.py", box.project / "tests/test_add.py"
    was = app.read_text()
    app.write_text("def add(a, b):\n    return b - a\n")
    commit(box.project, "another sign")
    before = snapshot(box.project)
    for how in ("merge", "squash", "ff"):
        refused = box.ccorch("accept", run, "--how", how)
        assert refused.status == 5, refused
        assert ("contradicts the result" if how != "ff" else "moved on") in refused.err
    assert snapshot(box.project) == before

    # it fits again, and what is merged does not hold
    app.write_text(was)
    kept = test.read_text()
    test.write_text(f"{kept}assert add(1, 1) == 3\n")
    commit(box.project, "asks for more")
    before = snapshot(box.project)
    refused = box.ccorch("accept", run, "--how", "merge")
    assert (refused.status, "on the merged files it does not hold" in refused.err) == (1, True)
    assert snapshot(box.project) == before

    test.write_text(kept)
    tip = commit(box.project, "asks for as much as before")
    merged = box.json("accept", run, "--how", "merge")
    assert parents(box, "main") == [tip, forwarded["commit"]]
    app.write_text(app.read_text() + "# later\n")
    later = commit(box.project, "later work")
    refused = box.ccorch("rollback", run, "--yes")
    assert (refused.status, "later work depends on it" in refused.err, "later work" in refused.err) == (
        5,
        True,
        True,
    )
    assert git(box.project, "rev-parse", "main").strip() == later
    assert merged["files"] == ["app.py"]
    # what the refusal asks for is enough
    git(box.project, "revert", "--no-edit", "HEAD")
    assert box.json("rollback", run, "--yes")["files"] == ["app.py"]
    assert app.read_text() == was


def test_of_several_lanes_one_is_named(box: Machine) -> None:
    prepare(box)
    words = [word for word in WRITE if not word.startswith("role=")]
    result = box.ccorch("run", "-m", "role=development,implementation", *words, plays(box, *MEND), "--detach")
    assert result.status == 0, result
    run = result.out.split()[0]
    assert finished(box, run) == "done"
    closed(box, run)

    refused = box.ccorch("verify", run, "--test", TRY)
    assert (refused.status, "say whose result is meant with --lane NAME" in refused.err) == (2, True)
    assert box.ccorch("verify", run, "--test", TRY, "--lane", "nobody").status == 2
    lane = "implementation"
    assert box.json("verify", run, "--test", TRY, "--lane", lane)["subject"]["lane"] == lane
    weighed = box.json("review", "merge it", "--run", run)
    assert (weighed["advice"], weighed["supervisor"]) == ("approve", None)
    objects = box.root / "objects.yaml"
    objects.write_text(OBJECTS)
    words = ("--supervisor", "profile=scripted", "--supervisor", f"script={objects}")
    weighed = box.json("review", "merge it", "--run", run, *words, status=1)
    assert (weighed["advice"], weighed["objections"], weighed["missing_evidence"]) == ("revise", [], [])
    assert "the supervisor says revise: Floats were not tried." in weighed["required_changes"][0]
    assert box.json("accept", run, "--how", "squash")["files"] == ["app.py"]
    assert len(parents(box, "main")) == 1
    assert "is accepted into main already" in box.ccorch("accept", run).err
    git(box.project, "commit", "-q", "--amend", "-m", "told anew")
    before = snapshot(box.project)
    for how in ("merge", "squash"):
        refused = box.ccorch("accept", run, "--how", how)
        assert (refused.status, "main holds all that the run made already" in refused.err) == (5, True), refused
    refused = box.ccorch("reject", run, "--reason", "no")
    assert (refused.status, "by a commit that was made anew since" in refused.err) == (5, True), refused
    assert snapshot(box.project) == before
    git(box.project, "reset", "-q", "--hard", "HEAD~1")
    assert box.ccorch("rollback", run, "--yes").status == 5
    assert box.json("accept", run, "--into", "another")["files"] == ["app.py"]
    git(box.project, "branch", "-D", "another")
    assert box.json("reject", run, "--reason", "not wanted after all")["decision"]["decision"] == "rejected"
