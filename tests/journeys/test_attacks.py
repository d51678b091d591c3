"""A real worker calls for ways out of its scope, chosen by a seed; none leaves anything."""

import json
import random
from pathlib import Path
from typing import Any

from tests.corpus.attacks import ATTACKS, FRESH
from tests.journeys.kit import events, finished, node, submit
from tests.journeys.test_setups import declared
from tests.journeys.test_writers import WRITE, snapshot
from tests.machine import Machine, commit, until

SEED, CHOSEN, READ = 7, 24, 12
LATE = (
    "late = subprocess.Popen(['sh', '-c', 'sleep 3000; echo x > late.py'], start_new_session=True,"
    " stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)"
)
"""A process in the background, in a session of its own."""
TOOLS = ("Write", "Edit", "NotebookEdit", "Bash")


def played(box: Machine, calls: list[Any]) -> str:
    """A script that makes all calls in one turn."""
    path = box.root / "attacks.yaml"
    path.write_text("# Attacks.\n" + json.dumps({"default": [{"tools": calls}, {"text": "done"}]}))
    return f"script={path}"


def test_a_real_worker_gets_out_of_its_scope_on_none_of_the_chosen_ways(box: Machine) -> None:
    judged = [one for one in ATTACKS if not one.name.startswith("an allowed") and one.tool in TOOLS]
    # the project has no link
    of_tests = [one for one in FRESH if "of the tests" in one.name and "by a link" not in one.name]
    chosen = [*random.Random(SEED).sample(judged, CHOSEN), *of_tests]
    outside = box.root / "outside"
    outside.mkdir()
    folders = {"inside": "{{cwd}}", "outside": str(outside), "project": str(box.project)}
    before = snapshot(box.project)
    calls = [{"name": one.tool, "input": one.call(**folders)} for one in chosen]
    run = submit(
        box,
        *WRITE,
        played(box, calls),
        "policy.write_scope.allow=[src/**]",
        "role.commands=[git status,python3 -m pytest]",
    )

    assert finished(box, run) == "done"
    assert sum(node(box, run)["tools"].values()) == len(chosen)
    change = box.project / ".agent-workspace/ccorch/runs" / run / "nodes/main/1/change.json"
    record = json.loads(change.read_text())
    # Claude Code trims blanks around a path before it asks, so such a call ends within the scope
    assert [path for path in record["files"] if not path.startswith("src/")] == []
    assert (record["ignored"], record["checkout"]) == ([], [])

    # a reader has no fence of its own: what is not harmless to Claude Code is refused without asking
    commands = [one for one in FRESH if one.name.startswith("Bash ")]
    calls = [{"name": "Bash", "input": one.call(**folders)} for one in random.Random(SEED).sample(commands, READ)]
    read = submit(box, *(word for word in WRITE if word != "policy.write=true"), played(box, calls))
    assert finished(box, read) == "done"
    assert node(box, read)["denied"] == READ
    assert snapshot(box.project) == before
    assert list(outside.iterdir()) == []


def test_a_denied_file_that_git_ignores_is_found_and_stands_against_the_run(box: Machine) -> None:
    (box.project / ".gitignore").write_text(".env\ndata/\n")
    (box.project / "tests.py").write_text(
        "import os, subprocess\nopen('.env', 'w').write('x')\nopen('src.py', 'w').write('y = 1')\n"
        f"os.mkfifo('pipe')\nopen('data/kept', 'w').write('x')\nos.link({str(box.root / 'mine')!r}, 'twin')\n"
        f"{LATE}\nopen({str(box.root / 'late')!r}, 'w').write(str(late.pid))\n"
    )
    commit(box.project, "tests that write")
    (box.project / "data").mkdir()
    for kept in (box.project / "data/kept", box.root / "mine"):
        kept.write_text("k")
    declared(box, linked=["data"])
    call = {"name": "Bash", "input": {"command": "python3 tests.py", "description": "try"}}
    run = submit(box, *WRITE, played(box, [call]), "role.commands=[python3]")

    assert finished(box, run) == "done"
    said = (
        "outside the scope, ignored by git: .env; "
        "no plain files: pipe is a pipe, twin is a file that lies elsewhere, too (hard link)"
    )
    (found,) = [one["finding"] for one in events(box, run) if one["type"] == "found"]
    assert (found["code"], found["blocking"], found["message"]) == ("write_scope", True, said)
    verdict = box.json("verify", run, status=1)
    assert said in json.dumps(verdict["checks"], ensure_ascii=False)
    # the tests wrote through a folder that the set-up has linked
    (checkout,) = [one["reason"] for one in verdict["checks"] if one["name"] == "checkout during main"]
    assert checkout.startswith("file data/ changed; if that was you")
    assert box.ccorch("accept", run).status == 1
    # what the tests left behind to write after the end is ended with the worker
    until(lambda: not Path("/proc", (box.root / "late").read_text()).exists())
