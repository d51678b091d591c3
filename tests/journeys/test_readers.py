"""Every verb that reads works on a disk that cannot be written, and leaves every byte as it was."""

import json
import subprocess
import sys
from typing import get_args

from ccorch.schema.following import View
from tests.journeys.kit import closed
from tests.machine import Machine

EACH = """
import contextlib, io, json, sys
from ccorch.__main__ import main
told = {}
for words in json.load(sys.stdin):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        sys.argv = ["ccorch", *words]
        status = main()
    told[" ".join(words)] = (status, out.getvalue() + err.getvalue())
json.dump(told, sys.stdout)
"""
STATUSES = {"upgrade-check": (0, 1)}
"""Verbs whose status also tells of what has nothing to do with reading."""

SCRIPTED = ("profile=scripted", "task=x")


def words(run: str, plan: str) -> dict[str, tuple[str, ...]]:
    """What each verb that reads is asked; tests/house holds it complete."""
    return {
        "plan": ("role=review", *SCRIPTED),
        "plan diff": (plan, plan),
        "list": (),
        "show": (run,),
        "wait": (run, "--timeout", "0"),
        "status": ("--digest",),
        "playbook": (),
        "top": ("--once", "--all"),
        "artifact ls": (run,),
        "artifact read": (run, "plan.json"),
        "diff": (run,),
        "scan": (run,),
        "queue ls": (),
        "profiles": (),
        "profiles show": ("scripted",),
        "routes": SCRIPTED[:1],
        "models": (),
        "usage": (),
        "handoff template": ("testing",),
        "handoff show": (run,),
        "handoff validate": (run,),
        "catalog": ("policy",),
        "explain": ("stalled",),
        "config ls": (),
        "config show": ("role/review",),
        "config check": (),
        "prompt ls": (),
        "prompt show": ("bugfix",),
        "prompt render": ("bugfix",),
        "persona show": (),
        "upgrade-check": (),
        "workspace status": (),
        "workspace policy": (),
    }


def test_every_verb_that_reads_works_on_a_read_only_disk_and_leaves_every_byte_as_it_was(box: Machine) -> None:
    plan = str(box.root / "plan.json")
    box.ccorch("plan", "role=review", *SCRIPTED, "--out", plan)
    run = box.run("worker=simulated", *SCRIPTED)["run_id"]
    closed(box, run)
    box.ccorch("serve", "--stop")
    asked = words(run, plan)
    each = [[*name.split(), *more, "--json"] for name, more in asked.items()]
    each += [["show", run, "--view", view] for view in get_args(View)]
    each += [["show", run, "--stream"], ["report", run], ["report", "--since", "2000-01-01", "--format", "html"]]
    each += [["board", "--export", str(box.temporary / "board.html")]]  # lies in memory
    before = every_byte(box)

    told = read_only(box, each)

    assert every_byte(box) == before
    wrong = {one: said for one, (status, said) in told.items() if status not in STATUSES.get(one.split()[0], (0,))}
    assert not wrong, "\n".join(f"{one}\n{said[-1500:]}" for one, said in wrong.items())


def every_byte(box: Machine) -> dict[str, tuple[int, bytes]]:
    """All files and folders of a machine, when each was changed, and what they hold."""
    places = (path for path in box.root.rglob("*") if not path.is_socket())
    return {str(one): (one.lstat().st_mtime_ns, one.read_bytes() if one.is_file() else b"") for one in places}


def read_only(box: Machine, each: list[list[str]]) -> dict[str, tuple[int, str]]:
    """What these commands said, one after the other, where no disk can be written."""
    argv = ["bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--die-with-parent"]
    argv += ["--tmpfs", str(box.temporary)]  # room in memory for what is put together and thrown away
    done = subprocess.run(
        [*argv, sys.executable, "-c", EACH],
        input=json.dumps(each),
        capture_output=True,
        text=True,
        cwd=box.project,
        env={**box.environment, "PYTHONDONTWRITEBYTECODE": "1"},
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, tuple[int, str]] = json.loads(done.stdout)
    return told
