"""A whole workflow whose worker breaks a rule ends blocked, with the reason, and leaves the checkout as it was."""

from tests.journeys.kit import closed, finished, submit
from tests.journeys.test_writers import snapshot
from tests.journeys.verdict_kit import MEND, MENDED, TRY, prepare, run_folder, shell, write
from tests.machine import Machine, git

WORDS = (
    *("profile=scripted", "workflow=safe_refactor", "policy.write=true", "task=mend add"),
    *("policy.write_scope.allow=[app.py, src/**, tests/**]", f"checks.commands=[[{TRY.replace(' ', ',')}]]"),
    "workflow.roles.maker.commands=[python3]",
)
KEY = "gho_" + "x1Y2z3W4v5U6" * 3
TEST = '{name: Read, input: {file_path: "{{cwd}}/tests/test_add.py"}}'
STRAYS = write("src/go.py", "open('outside.py', 'w').write('x = 1')\\nopen('hidden.log', 'w')\\n")
BREAKS = {
    "scope": (*MEND, STRAYS, shell("python3 src/go.py")),
    "tests": (TEST, write("tests/test_add.py", "print('as it should be')\\n")),
    "secret": (MEND[0], write("app.py", f"API_TOKEN = '{KEY}'\\n{MENDED}")),
}
OTHERS = """\
  design:
    - structured:
        {schema_version: 1, role: architecture, status: pass, summary: Turn the sign., touched_files: [app.py],
         dependencies: [], plan: [Turn the sign.], risks: []}
  review:
    - structured:
        {schema_version: 1, role: review, status: pass, summary: All is well., findings: [], blocking_issues: [],
         residual_risk: None.}
"""
MADE = """\
    - structured:
        {schema_version: 1, role: implementation, status: pass, summary: All is well.,
         changed_files: [{file: app.py, reason: the sign}], write_scope: ["**"], commands_run: []}
"""


def breaker(box: Machine, rule: str) -> str:
    """A run of the workflow whose maker breaks the rule and says that all is well, submitted."""
    path = box.root / f"{rule}.yaml"
    turns = "".join(f"    - tools: [{tool}]\n" for tool in BREAKS[rule])
    path.write_text(f"# Breaks a rule.\nroles:\n{OTHERS}  implement:\n{turns}{MADE}")
    return submit(box, *WORDS, f"script={path}")


def own_work(box: Machine) -> None:
    """Give the owner a hook, a stash, something staged and something open."""
    prepare(box)
    (box.project / ".git/hooks").mkdir(exist_ok=True)
    (box.project / ".git/hooks/pre-commit").write_text("#!/bin/sh\nexit 0\n")
    (box.project / "notes.txt").write_text("put away\n")
    git(box.project, "stash")
    (box.project / "staged.txt").write_text("staged\n")
    git(box.project, "add", "staged.txt")
    (box.project / "notes.txt").write_text("open\n")


def test_a_workflow_whose_worker_breaks_a_rule_ends_blocked_and_the_checkout_is_as_it_was(box: Machine) -> None:
    own_work(box)
    before = snapshot(box.project)
    assert {".git/index", ".git/refs/stash", ".git/hooks/pre-commit", ".git/refs/heads/main"} <= set(before)
    runs = {rule: breaker(box, rule) for rule in BREAKS}
    ends = {rule: finished(box, run) for rule, run in runs.items()}
    for run in runs.values():
        closed(box, run)

    said = {rule: box.ccorch("verify", run) for rule, run in runs.items()}
    told = {rule: " ".join(result.out.split()) for rule, result in said.items()}
    assert ends == dict.fromkeys(BREAKS, "done")  # every word of the worker says that all is well
    assert [result.status for result in said.values()] == [1, 1, 1]
    assert "outside the scope: outside.py; outside the scope, ignored by git: hidden.log" in told["scope"]
    assert "vacuous: it passes on what the run began with, too" in told["tests"]
    guarded = " ".join(box.ccorch("verify", runs["tests"], "--protect", "tests/**").out.split())
    assert "tests/test_add.py was modified" in guarded
    assert "on the result it ended with status 1; it fails on what the run began with, too" in guarded
    assert "in app.py:1" in told["secret"].partition("secret_found: github_token of 40 bytes")[2]
    assert KEY not in told["secret"]
    for run in runs.values():
        refused = box.ccorch("accept", run)
        assert (refused.status, "the verdict on run" in refused.err) == (1, True)
    kept = [path for run in runs.values() for path in run_folder(box, run).rglob("*") if path.is_file()]
    assert [path for path in kept if KEY.encode() in path.read_bytes()] == []
    assert snapshot(box.project) == before
