"""A worktree is set up as its owner has declared, before anybody works in it."""

import hashlib
import json
from pathlib import Path
from typing import Any

from ccorch.schema.plan import Plan
from tests.journeys.kit import events, finished, node, submit
from tests.journeys.test_writers import EDIT, WRITE, scripted, snapshot
from tests.machine import Machine, commit, files_below

LIST = '{name: Bash, input: {command: "python3 look.py", description: "look"}}'
LOOK = (
    "import os, sys\nprint(sorted(os.listdir()), open('local.env').read(), os.environ['CCORCH_PORT'],"
    " open('data/big').read())\n"
)
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
    assert "of the owner 21000 shared" in seen
    # nothing of it is taken for the worker's: neither in the commit nor as left behind
    assert (result_of(box, run)["files"], result_of(box, run)["ignored"]) == (["src/new.py"], [])

    # what tries the result finds the same there, ports included
    verdict = box.json("verify", run, "--invariant", "python3 look.py", status=1)
    (tried,) = [one for one in verdict["checks"] if one["name"].startswith("test ")]
    assert tried["judgement"] == "pass", tried
    found = (box.project / ".agent-workspace/ccorch/runs" / run / tried["evidence"][1]).read_text()
    assert all(part in found for part in ("'data', ", "'made', ", "of the owner 21000 shared")), found
    (box.project / "local.env").rename(box.project / "moved.env")
    blocked = box.json("verify", run, "--invariant", "true", status=1)["checks"]
    assert [one["reason"] for one in blocked if one["judgement"] == "blocked"] == [
        "nothing can be tried: 'local.env' is not in the project, or leads out of it"
    ]
    (box.project / "moved.env").rename(box.project / "local.env")

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
    assert not [path for path in files_below(box.state / "worktrees") if path.name == "app.py"]
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


def test_each_worktree_has_ports_of_its_own_over_all_lanes_and_links_are_warned_of(box: Machine) -> None:
    prepared(box)
    declared(box, linked=["data"], ports={"first": 21000, "each": 5})
    words = (
        *(word for word in WRITE if not word.startswith("role=")),
        "script=hello",
        "-m",
        "role=development,testing",
    )

    def planned(*more: str) -> tuple[list[int | None], str]:
        told = box.ccorch("plan", *words, *more, "--out", str(box.root / "plan.json"))
        assert told.status == 0, told
        plan = Plan.model_validate_json((box.root / "plan.json").read_text())
        return [node.port for node in plan.nodes], " ".join((told.out + told.err).split())

    ports, told = planned()
    assert ports == [21000, 21005]
    assert "data: linked into worktrees, so commands there can write in the project's own" in told
    assert "linked into worktrees" not in planned("policy.sandbox=required")[1]
