"""Commands of workers run in a sandbox where one is wanted; without it what requires one is not started."""

import shutil
import socket
from pathlib import Path

from tests.journeys.kit import finished, node, submit
from tests.journeys.test_mcp import talk
from tests.journeys.test_setups import declared
from tests.journeys.test_writers import EDIT, WRITE, scripted, snapshot
from tests.machine import Machine, commit

RUN = '{name: Bash, input: {command: "python3 tests.py", description: "try it"}}'
REACH = """
import pathlib, socket
for secret in pathlib.Path("secrets").read_text().split():
    try:
        pathlib.Path("src", "read-" + pathlib.Path(secret).name).write_text(pathlib.Path(secret).read_text())
    except OSError as problem:
        print(secret, problem.strerror)
for place in pathlib.Path("places").read_text().split():
    try:
        pathlib.Path(place).write_text("reached")
    except OSError as problem:
        print(place, problem.strerror)
try:
    socket.create_connection(("127.0.0.1", int(pathlib.Path("port").read_text())), 2).close()
    pathlib.Path("src/connected").write_text("yes")
except OSError as problem:
    print("network", problem)
"""


def reaching(box: Machine, port: int) -> tuple[Path, ...]:
    """A project whose tests write wherever they can; the places that are not theirs."""
    outside = (
        box.root / "escaped",
        box.home / "escaped",
        box.project / "escaped",
        box.project / ".git/hooks/escaped",
    )
    (box.project / "tests.py").write_text(REACH)
    (box.project / "places").write_text("\n".join([*map(str, outside), "src/inside"]))
    (box.project / "port").write_text(str(port))
    secrets = (box.home / ".ssh/id_rsa", box.home / ".netrc")
    secrets[0].parent.mkdir()
    for one in secrets:
        one.write_text("planted")
    (box.project / "secrets").write_text("\n".join(map(str, secrets)))
    (box.project / "src").mkdir()
    (box.project / "src/app.py").write_text("x = 1\n")
    commit(box.project, "a project whose tests reach out")
    return outside


def inside(box: Machine, run: str) -> str:
    """What the worker's change holds."""
    return (box.project / ".agent-workspace/ccorch/runs" / run / "nodes/main/1/diff.patch").read_text()


def test_a_workers_commands_write_in_its_worktree_alone(box: Machine) -> None:
    server = socket.create_server(("127.0.0.1", 0))
    outside = reaching(box, server.getsockname()[1])
    before = snapshot(box.project)
    words = (*WRITE, scripted(box, RUN), "role.commands=[python3]", "policy.write_scope.allow=[src/**]")
    run = submit(box, *words, "policy.sandbox=required")

    assert finished(box, run) == "done"
    assert node(box, run)["tools"]["Bash"] == 1
    assert "src/inside" in inside(box, run)
    assert "src/connected" not in inside(box, run)
    assert "src/read-" not in inside(box, run)
    assert [place for place in outside if place.exists()] == []
    assert snapshot(box.project) == before

    open_run = submit(box, *words, "policy.sandbox=off")
    assert finished(box, open_run) == "done"
    assert "src/connected" in inside(box, open_run)
    assert "planted" in inside(box, open_run)
    assert all(place.exists() for place in outside), "without a sandbox the same command reaches out"
    server.close()


FLOW = """
name: own
summary: Own.
nodes:
  - {id: main}
  - {id: try, needs: [main], commands: [[python3, reach.py, declared]]}
"""
OWN = """
import pathlib, sys
for secret in pathlib.Path("secrets").read_text().split():
    try:
        print("read", pathlib.Path(secret).read_text())
    except OSError as problem:
        print(secret, problem.strerror)
for place in [*pathlib.Path("places").read_text().split(), "."]:
    try:
        pathlib.Path(place, f"by-{sys.argv[1]}").write_text("reached")
        print("wrote in", place)
    except OSError as problem:
        print(place, problem.strerror)
"""


def test_declared_commands_set_ups_and_what_verifies_write_in_their_own_folders_alone(box: Machine) -> None:
    outside = [box.root, box.home, box.project, box.project / ".git/hooks", box.state]
    (box.project / "reach.py").write_text(OWN)
    (box.project / "places").write_text("\n".join(map(str, outside)))
    key = box.home / ".aws/credentials"
    key.parent.mkdir()
    key.write_text("planted")
    (box.project / "secrets").write_text(str(key))
    commit(box.project, "a program that reaches out")
    (box.config / "flow.yaml").write_text(FLOW)
    declared(box, commands=[["python3", "reach.py", "setup"]])
    before = snapshot(box.project)
    words = (*WRITE, scripted(box, EDIT), "policy.sandbox=required")
    run = submit(box, *words, f"workflow_file={box.config / 'flow.yaml'}")

    assert finished(box, run) == "done"
    verdict = box.json("verify", run, "--invariant", "python3 reach.py verify", status=1)
    tried = {one["name"]: one for one in verdict["checks"]}["test python3 reach.py verify"]
    assert tried["judgement"] == "pass", tried
    folder = box.project / ".agent-workspace/ccorch/runs" / run
    logs = ("nodes/main/1/setup.log", "nodes/try/1/commands/1.log", *tried["evidence"])
    told = [[line for line in (folder / log).read_text().splitlines() if "wrote in" in line] for log in logs]
    assert not [log for log in logs if "read planted" in (folder / log).read_text()]
    set_up = (folder / "verify/set-up.result.log").read_text()
    assert [line for line in set_up.splitlines() if "wrote in" in line] == told[0]
    assert len(told) == 4
    assert all("wrote in ." in lines for lines in told), told
    # the state folder is there, and empty, and forgotten
    assert {line for lines in told for line in lines} <= {"wrote in .", f"wrote in {box.state}"}
    assert [place for place in outside for _ in place.glob("by-*")] == []
    assert snapshot(box.project) == before


def test_what_requires_a_sandbox_is_not_planned_without_one(box: Machine) -> None:
    programs = box.root / "bin"
    programs.mkdir()
    for name in ("git", "python3", "sh"):
        (programs / name).symlink_to(shutil.which(name) or name)
    box.extra["PATH"] = str(programs)
    words = (*WRITE, "script=hello")
    refused = box.ccorch("run", *words, "policy.sandbox=required")

    assert refused.status == 3
    assert "bwrap and socat cannot be found" in refused.err
    assert "apt-get install bubblewrap socat" in refused.err
    assert box.json("list")["runs"] == []
    run = submit(box, *words, "policy.sandbox=auto")
    assert finished(box, run) == "done"


def test_an_owner_who_requires_a_sandbox_is_obeyed_by_whoever_would_write(box: Machine) -> None:
    owner = box.config / "ceiling.yaml"
    owner.write_text("sandbox: required\nwrite_from_mcp: true\n")
    words = (*WRITE, "script=hello")
    for more, wanted in (((), "off"), (("policy.sandbox=off",), "off"), (("policy.sandbox=auto",), "auto")):
        refused = box.ccorch("run", *words, *more)
        said = f"policy.sandbox wants {wanted}, the owner's ceiling sandbox allows required (set by"
        assert (refused.status, said in refused.err) == (3, True), refused
        assert f"pass policy.sandbox=required, or let the owner loosen it in {owner}" in refused.err

    def client(**keys: object) -> dict[str, object]:
        typed = {"profile": "scripted", "policy.write": True, **keys}
        return {"overlay": {"groups": {"role": "development"}, "set": typed}, "task": "x"}

    _, silent, lower, required = talk(
        box,
        ("run_submit", client()),
        ("run_submit", client(**{"policy.sandbox": "off"})),
        ("plan", client(**{"policy.sandbox": "required"})),
    )
    assert silent[1]["error"]["code"] == "CONFIG_FORBIDDEN"
    assert lower[1]["error"]["code"] == "CONFIG_FORBIDDEN"
    assert "error" not in required[1], required
    (box.project / ".ccorch").mkdir()
    (box.project / ".ccorch/config.yaml").write_text("policy: {sandbox: auto}\n")
    assert box.ccorch("run", *words).status == 3
    (box.project / ".ccorch/config.yaml").unlink()
    assert not (box.project / ".agent-workspace").exists()
    # whoever only reads has no commands that could reach out
    assert box.ccorch("plan", "profile=scripted", "script=hello", "task=x").status == 0
    owner.write_text("sandbox: auto\n")
    assert "allows auto or required" in box.ccorch("run", *words).err
    assert box.ccorch("plan", *words, "policy.sandbox=auto").status == 0
