"""A worktree is set up as its owner has declared, before anybody works in it."""

import hashlib
import json
from pathlib import Path
from typing import Any

from tests.journeys.kit import events, finished, node, submit
from tests.journeys.test_writers import EDIT, WRITE, scripted, snapshot
from tests.machine import Machine, commit

LIST = '{name: Bash, input: {command: "python3 look.py", description: "look"}}'
LOOK = "import os, sys\nprint(sorted(os.listdir()), open('local.env').read(), os.environ['CCORCH_PORT'])\n"
MAKE = "import os\nos.mkdir('made')\nopen('made/it','w').write(open('lock').read())\nprint('making it')\n"
ALLOWED = ("policy.write_scope.allow=[src/**]", "role.commands=[python3]")


def prepared(box: Machine) -> Path:
    """A project with things that git ignores."""
    files = {"look.py": LOOK, "make.py": MAKE, "lock": "one", ".gitignore": "local.env\nmade\ndata/\n"}
    for name, text in files.items():
        (box.project / name).write_text(text)
    commit(box.project, "programs")
    (box.project / "local.env").write_text("of the owner")
    (box.project / "data").mkdir()
    (box.project / "data/big").write_text("shared")
    return box.project


def declared(box: Machine, **worktree: Any) -> None:
    """Declare a set-up in the owner's own configuration."""
    path = box.config / "config.yaml"
    told = json.dumps({"policy": {"worktree": worktree}})
    path.write_text(f"# The owner's.\ndefaults: [/below/config, _self_]\n{told[1:-1]}\n")


def setup_log(box: Machine, run: str) -> str:
    return (box.project / ".agent-workspace/ccorch/runs" / run / "nodes/main/1/setup.log").read_text()


def result_of(box: Machine, run: str) -> Any:
    folder = box.project / ".agent-workspace/ccorch/runs" / run / "nodes/main/1"
    return json.loads((folder / "change.json").read_text())


def test_a_worktree_is_set_up_once_and_what_was_made_is_given_to_later_ones(box: Machine) -> None:
    prepared(box)
    before = snapshot(box.project)
    made = {"commands": [["python3", "make.py"]], "kept": ["made"], "kept_for": ["lock"]}
    declared(box, copied=["local.env"], linked=["data"], ports={"first": 21000, "each": 5}, **made)

    run = submit(box, *WRITE, scripted(box, EDIT, LIST), *ALLOWED)
    assert finished(box, run) == "done"
    assert "copied local.env\nlinked data\n$ python3 make.py\nmaking it\nended with status 0" in setup_log(box, run)
    seen = (box.project / ".agent-workspace/ccorch/runs" / run / "nodes/main/1/stream.ndjson").read_text()
    assert "'data', " in seen
    assert "'made', " in seen
    assert "of the owner 21000" in seen
    # nothing of it is taken for the worker's: neither in the commit nor as left behind
    assert (result_of(box, run)["files"], result_of(box, run)["ignored"]) == (["src/new.py"], [])

    again = submit(box, *WRITE, scripted(box, EDIT), *ALLOWED)
    assert finished(box, again) == "done"
    assert "taken from an earlier set-up: made" in setup_log(box, again)
    assert "making it" not in setup_log(box, again)
    (box.project / "lock").write_text("two")
    commit(box.project, "another lock")
    other = submit(box, *WRITE, scripted(box, EDIT), *ALLOWED)
    assert finished(box, other) == "done"
    assert "making it" in setup_log(box, other)
    assert {
        **before,
        **{name: mark for name, mark in snapshot(box.project).items() if name == "local.env"},
    } == before


def test_a_set_up_that_fails_is_told_with_its_words_and_nothing_is_begun(box: Machine) -> None:
    prepared(box)
    before = snapshot(box.project)
    declared(box, commands=[["python3", "-c", "print('no room for it'); raise SystemExit(3)"]])
    run = submit(box, *WRITE, scripted(box, EDIT), *ALLOWED)

    assert finished(box, run) == "failed"
    assert node(box, run)["outcome"] == "start_failed"
    assert "ended with status 3: no room for it" in node(box, run)["reason"]
    assert "nodes/main/1/setup.log" in node(box, run)["reason"]
    assert "no room for it" in setup_log(box, run)
    assert not [event for event in events(box, run) if event["type"] == "worker_ready"]
    assert not list((box.state / "worktrees").rglob("app.py"))
    assert snapshot(box.project) == before


def test_a_project_can_not_have_anything_run_or_brought_into_its_worktrees(box: Machine) -> None:
    hostile = box.project / ".ccorch/config.yaml"
    hostile.parent.mkdir()
    wanted = {"commands": [["touch", "/tmp/x"]], "copied": ["local.env"], "linked": ["data"]}
    for key, value in wanted.items():
        hostile.write_text(f"policy: {json.dumps({'worktree': {key: value}})}\n")
        refused = box.ccorch("run", *WRITE, "script=hello")
        assert refused.status == 3, refused
        assert ".ccorch/config.yaml" in refused.err
        assert "a project may not" in refused.err
    digest = hashlib.sha256(hostile.read_bytes()).hexdigest()
    (box.config / "trusted.yaml").write_text(f"{hostile}: {digest}\n")
    assert box.json("plan", *WRITE, "script=hello")["nodes"][0]
    hostile.unlink()
    outside = box.ccorch("run", *WRITE, "script=hello", "policy.worktree.copied=[../secret]")
    assert outside.status == 2
    assert "a plain path within the project" in outside.err
