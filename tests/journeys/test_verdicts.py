"""What a run has made is verified, accepted and taken back; what broke a rule is told and stays out."""

import json
import subprocess
from pathlib import Path

from tests.journeys.kit import closed, finished, submit
from tests.journeys.test_writers import snapshot
from tests.journeys.verdict_kit import (
    MEND,
    MENDED,
    READ,
    TRY,
    WRITE,
    edit,
    plays,
    prepare,
    run_folder,
    shell,
    write,
    writer,
    wrote,
)
from tests.machine import Machine, commit, git


def test_a_result_is_verified_accepted_beside_open_work_and_taken_back(box: Machine) -> None:
    prepare(box)
    run = wrote(box, *MEND)
    app = box.project / "app.py"

    refused = box.ccorch("accept", run)
    assert (refused.status, "was not verified yet" in refused.err) == (1, True)
    untried = box.ccorch("verify", run)
    assert untried.status == 1
    assert "the change needs a test and none was run" in " ".join(untried.out.split())
    before = snapshot(box.project)
    plants(box, run)
    verdict = box.json("verify", run, "--test", TRY)
    assert verdict["judgement"] == "pass"
    assert (verdict["subject"]["risks"], verdict["subject"]["needs_tests"]) == ([], True)
    assert snapshot(box.project) == before
    report = (run_folder(box, run) / "verify/report.md").read_text()
    assert report.startswith(f"# Run {run}: pass\n")
    assert ": 1 file, +1 −1 lines. Needs tests: yes.\n" in report
    assert f"Run {run}: pass" in (run_folder(box, run) / "verify/report.html").read_text()
    assert "AssertionError: -1" in (run_folder(box, run) / "verify/1.base.log").read_text()

    patch, nowhere = box.root / "made.patch", box.root / "nowhere"
    patch.symlink_to(nowhere)
    refused = box.ccorch("accept", run, "--patch", str(patch))
    assert ("it is left as it is" in refused.err, nowhere.exists(), patch.is_symlink()) == (True, False, True)
    patch.unlink()
    assert box.json("accept", run, "--patch", str(patch))["decision"]["decision"] == "exported"
    git(box.project, "apply", "--check", str(patch))

    app.write_text("my own open work\n")
    refused = box.ccorch("accept", run)
    assert (refused.status, "uncommitted work in app.py" in refused.err) == (5, True)
    assert app.read_text() == "my own open work\n"
    git(box.project, "checkout", "-q", "app.py")
    # the branch moves on, and other work lies open
    (box.project / "other.py").write_text("x = 1\n")
    tip = commit(box.project, "moved on")
    (box.project / "notes.txt").write_text("my own open work\n")
    accepted = box.json("accept", run)
    assert git(box.project, "log", "-1", "--format=%P %s").strip() == f"{tip} mend add"
    assert (app.read_text(), accepted["into"]) == (MENDED.replace("\\n", "\n"), "main")
    assert git(box.project, "status", "--short") == " M notes.txt\n"
    assert (run_folder(box, run) / "verify/merged/1.result.log").exists()
    assert "already" in box.ccorch("accept", run).err

    dry = box.ccorch("rollback", run)
    assert (dry.status, git(box.project, "rev-parse", "HEAD").strip()) == (3, accepted["commit"])
    assert box.json("rollback", run, "--yes")["files"] == ["app.py"]
    assert "a - b" in app.read_text()
    assert git(box.project, "status", "--short") == " M notes.txt\n"
    taken = json.loads((run_folder(box, run) / "decision.json").read_text())["taken"]
    assert [(one["decision"], one["by"]) for one in taken] == [
        ("exported", "terminal"),
        ("accepted", "terminal"),
        ("rolled_back", "terminal"),
    ]
    assert git(box.project, "rev-parse", f"refs/ccorch/{run}/_accepted").strip() == accepted["commit"]


def plants(box: Machine, run: str) -> None:
    """See that a command which notices no planted fault proves nothing, and that one which does is proof."""
    fault = "--- a/app.py\n+++ b/app.py\n@@ -1,2 +1,2 @@\n def add(a, b):\n-    return a {0} b\n+    return {1}\n"
    faults = {"wrong": ("+", "a * b"), "broken": ("+", "a b"), "unfit": ("/", "a")}
    paths = {name: box.root / f"{name}.patch" for name in faults}
    for name, path in paths.items():
        path.write_text(fault.format(*faults[name]))
    planted = {name: ("--planted", str(path)) for name, path in paths.items()}

    absent = box.ccorch("verify", run, "--test", TRY, "--planted", "absent.patch")
    assert (absent.status, "--planted: 'absent.patch' cannot be read" in absent.err) == (2, True)
    weak = box.json("verify", run, "--test", "test -f app.py", *planted["wrong"], *planted["unfit"], status=1)
    told = {check["name"]: (check["judgement"], check["reason"]) for check in weak["checks"]}
    assert told["planted fault 1"] == ("fail", "no command notices it")
    assert told["planted fault 2"][0] == "blocked"
    assert told["planted fault 2"][1].startswith("it does not fit the result: ")
    assert told["test test -f app.py"][0] == "unknown"
    assert told["test test -f app.py"][1].startswith("vacuous: it passes on what the run began with, too")
    refused = box.ccorch("accept", run)
    assert (refused.status, "no command notices it" in refused.err) == (1, True)

    proven = box.json("verify", run, "--test", "python -c 'import app'", *planted["broken"])
    told = {check["name"]: (check["judgement"], check["reason"]) for check in proven["checks"]}
    assert proven["judgement"] == "pass"
    assert told["planted fault 1"] == ("pass", "some command fails on it")
    assert ("pass", "it passes on the result and fails on a planted fault") in told.values()
    assert "SyntaxError" in (run_folder(box, run) / "verify/1.planted-1.log").read_text()


def test_what_breaks_a_rule_is_told_and_cannot_be_accepted(box: Machine) -> None:
    prepare(box)
    before = snapshot(box.project)
    script = write("src/go.py", "import os\\nos.remove('tests/test_add.py')\\\n")
    python = ("role.commands=[python3]",)
    small = ("policy.write_scope.max_files=1", "policy.write_scope.max_diff_lines=3")
    cases = {
        "deleted": writer(box, *MEND, script, shell("python3 src/go.py"), words=python),
        "large": writer(box, *MEND, write("src/new.py", "1\\n2\\n3\\n4\\n"), words=small),
        "vacuous": writer(box, READ, write("src/auth/new.py", "x = 1\\n")),
    }
    for run in cases.values():
        finished(box, run)
        closed(box, run)

    said = {name: box.ccorch("verify", run, "--test", TRY) for name, run in cases.items() if name != "vacuous"}
    said["vacuous"] = box.ccorch("verify", cases["vacuous"], "--test", "true")
    told = {name: " ".join(result.out.split()) for name, result in said.items()}
    assert [result.status for result in said.values()] == [1, 1, 1]
    assert "tests were deleted: tests/test_add.py" in told["deleted"]
    assert "2 files changed, max_files is 1; 6 lines changed, max_diff_lines is 3" in told["large"]
    assert "vacuous: it passes on what the run began with, too" in told["vacuous"]
    assert " · needs tests · risks: access run " in told["vacuous"]
    assert (
        "| src/auth/new.py | added | +1 −0 | access |"
        in (run_folder(box, cases["vacuous"]) / "verify/report.md").read_text()
    )
    for run in cases.values():
        refused = box.ccorch("accept", run)
        assert (refused.status, "the verdict on run" in refused.err) == (1, True)
    for name, file in {"vacuous": "verdict.json", "deleted": "nodes/main/1/change.json"}.items():
        forge(run_folder(box, cases[name]) / file)
        refused = box.ccorch("accept", cases[name])
        assert (refused.status, f"not as ccorch wrote it: {file} was changed" in refused.err) == (1, True)
        assert f"{file} was changed" in " ".join(box.ccorch("review", "merge it", "--run", cases[name]).out.split())
    # a forged verdict is judged anew, forged evidence stays what it is
    assert "change.json was changed" in " ".join(box.ccorch("verify", cases["deleted"]).out.split())
    assert "was changed" not in box.ccorch("verify", cases["vacuous"], "--test", "true").out
    rejects_beside_a_forgery(box, cases["large"])
    assert snapshot(box.project) == before


def rejects_beside_a_forgery(box: Machine, run: str) -> None:
    """Reject what somebody calls accepted already; their word is kept and counts for nothing."""
    decisions = run_folder(box, run) / "decision.json"
    forged = '{"taken":[{"decision":"accepted","at":1,"by":"terminal","who":"me","into":"main"}]}'
    for number, word in enumerate((forged, "no JSON at all"), 1):
        decisions.write_text(word)
        assert "not as ccorch wrote it" in box.ccorch("rollback", run).err
        rejected = box.json("reject", run, "--reason", "forged")["decision"]
        assert (rejected["decision"], rejected["aside"]) == ("rejected", f"decision.json.aside-{number}")
        assert (run_folder(box, run) / rejected["aside"]).read_text() == word
        assert [one["reason"] for one in json.loads(decisions.read_text())["taken"]] == ["forged"]
        assert "decision.json" not in box.ccorch("accept", run).err
    told = box.ccorch("reject", run, "--reason", "still not wanted").out
    assert ("is rejected: still not wanted" in told, "put aside" in told) == (True, False)


def forge(file: Path) -> None:
    """Make a run's file say what its writer would like it to."""
    told = json.loads(file.read_text())
    if "judgement" in told:
        told["judgement"] = "pass"
        told["checks"] = [{**check, "judgement": "pass"} for check in told["checks"]]
    else:
        told["files"] = [name for name in told["files"] if name.startswith("src/")]
    file.write_text(json.dumps(told))


PAIR = """\
# Two writers of the same files, and one of others.
name: pair
summary: Three writers.
nodes:
  - {id: first, task: one, write_scope: {allow: [src/**]}}
  - {id: second, task: two, write_scope: {allow: [src/a*, lib/**]}}
  - {id: words, task: three, write_scope: {allow: [docs/**]}}
"""


def test_writers_of_the_same_files_take_turns_from_uncommitted_work_that_stays_out(box: Machine) -> None:
    (box.project / "pair.yaml").write_text(PAIR)
    commit(box.project, "a workflow")
    (box.project / "draft.txt").write_text("not committed\n")
    path = box.root / "pair.yaml"
    turns = {
        "first": write("src/a.txt", "first\\n"),
        "second": READ.replace("app.py", "src/a.txt") + ", " + edit("src/a.txt", "first", "first and second"),
        "words": write("docs/a.txt", "words\\n"),
    }
    roles = "".join(f"  {name}:\n  - tools: [{tools}]\n  - text: done\n" for name, tools in turns.items())
    path.write_text(f"# Three writers.\nroles:\n{roles}")
    words = (*WRITE, "workflow_file=pair.yaml", f"script={path}")

    refused = box.ccorch("run", *words, "policy.dirty=refuse")
    assert (refused.status, "has uncommitted work" in refused.err) == (2, True)
    planned = box.json("plan", *words, "policy.dirty=snapshot")
    assert planned["batches"] == [["first", "words"], ["second"]]
    assert "second waits for first: both may write src/a* and src/**" in planned["warnings"]
    run = submit(box, *words, "policy.dirty=snapshot")
    assert finished(box, run) == "done"
    closed(box, run)

    assert git(box.project, "show", f"refs/ccorch/{run}/_snapshot:draft.txt") == "not committed\n"
    verdict = box.json("verify", run, "--invariant", "grep -q second src/a.txt", "--test", "test -f docs/a.txt")
    assert verdict["judgement"] == "pass"
    assert "uncommitted work" in box.ccorch("accept", run, "--how", "merge").err
    assert sorted(box.json("accept", run)["files"]) == ["docs/a.txt", "src/a.txt"]
    assert git(box.project, "status", "--short") == "?? draft.txt\n"


PROVEN = """\
# A change that is verified before anybody hears of it.
name: proven
summary: Makes a change and proves it.
nodes:
  - {id: make, task: mend it}
  - id: proven
    kind: gate
    needs: [make]
    verify: true
    planted:
      - "--- a/app.py\\n+++ b/app.py\\n@@ -1,2 +1,2 @@\\n def add(a, b):\\n-    return a + b\\n+    return a * b\\n"
    on_fail: {reopen: make, max: 1}
"""


def test_a_gate_that_verifies_runs_the_checks_and_has_the_work_done_again(box: Machine) -> None:
    prepare(box)
    (box.project / "proven.yaml").write_text(PROVEN)
    commit(box.project, "a workflow")
    path = box.root / "made.yaml"
    wrong, right = (write("app.py", content) for content in ("def add(a, b): return 0\\n", MENDED))
    path.write_text(
        f"# Two tries.\nroles:\n  make#1:\n  - tools: [{READ}, {wrong}]\n  - text: done\n"
        f"  make:\n  - tools: [{READ}]\n  - tools: [{right}]\n  - text: done\n"
    )
    words = (*WRITE, "workflow_file=proven.yaml", f"script={path}")
    assert "gate 'proven' has no command that tries the change" in box.ccorch("plan", *words).err
    tries = f"checks.commands=[[{TRY.replace(' ', ',')}]]"
    reads = (word for word in words if not word.startswith("policy.write"))
    assert "nothing before it writes" in box.ccorch("plan", *reads, tries).err
    run = submit(box, *words, tries)
    assert finished(box, run) == "done"
    closed(box, run)

    folder = run_folder(box, run) / "nodes/proven"
    first, second = (json.loads((folder / f"{attempt}/verdict.json").read_text()) for attempt in (1, 2))
    told = {check["name"]: check for check in first["checks"]}
    assert "on the result it ended with status 1" in told[f"test {TRY}"]["reason"]
    assert (folder / "1/checks/1.base.log").exists()
    assert second["judgement"] == "pass"
    assert "it fails with status 1 on what the run began with" in str(second["checks"])
    assert ("planted fault 1", "pass") in {(check["name"], check["judgement"]) for check in second["checks"]}
    shown = box.json("show", run, "--view", "verify")
    assert [(one["gate"], one["attempt"], one["verdict"]["judgement"]) for one in shown["gates"]] == [
        ("proven", 2, "pass")
    ]
    assert shown["verdict"]["at"] is None
    assert "gate proven" in {check["name"] for check in box.json("verify", run)["checks"]}
    assert "report:" in box.ccorch("show", run, "--view", "verify").out


def test_the_example_lets_only_a_verified_result_through_a_ci_job(box: Machine) -> None:
    prepare(box)
    script = Path(__file__).parents[2] / "examples/ci/verify.sh"
    job = (script.parent / "verify.yml").read_text()
    assert "run: sh examples/ci/verify.sh role=development role.handoff=null" in job
    ends = {}
    for name, tools in {"good": MEND, "bad": (READ, write("app.py", "def add(a, b): return 0\\n"))}.items():
        path = plays(box, *tools)
        words = ["sh", str(script), "profile=scripted", "role=development", "role.handoff=null", path]
        env = {**box.environment, "TASK": "mend add", "TEST": TRY, "BRANCH": name}
        done = subprocess.run(words, cwd=box.project, env=env, capture_output=True, timeout=600, check=False)
        ends[name] = (done.returncode, b"on the result it ended with status 1" in b" ".join(done.stdout.split()))

    assert ends == {"good": (0, False), "bad": (1, True)}
    assert "a + b" in git(box.project, "show", "good:app.py")
    assert "bad" not in git(box.project, "branch", "--list")


def test_a_worker_that_reaches_into_the_checkout_is_told_until_its_owner_vouches(box: Machine) -> None:
    prepare(box)
    steal = "import subprocess\\nsubprocess.run(['git', 'branch', 'stolen'], check=True)\\n"
    reach = f"open('{box.project}/escaped.txt', 'w')\\n"
    run = wrote(
        box, *MEND, write("go.py", steal + reach), shell("python3 go.py"), words=("role.commands=[python3]",)
    )

    said = box.ccorch("verify", run, "--test", TRY)
    told = " ".join(said.out.split())
    assert said.status == 1
    assert "file escaped.txt appeared, refs/heads/stolen appeared; if that was you, `--own-edits` says so" in told
    assert box.ccorch("accept", run).status == 1
    assert "by the owner's own word" in box.ccorch("verify", run, "--test", TRY, "--own-edits").out
