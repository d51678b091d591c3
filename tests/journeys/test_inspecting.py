"""Changes and secrets are looked at without any run, and exit statuses say what was found."""

import json

from tests.machine import Machine, git

KEY = "gho_" + "q1W2e3R4t5Y6" * 3


def test_a_project_without_runs_is_looked_at_and_left_as_it_is(box: Machine) -> None:
    (box.project / "src").mkdir()
    (box.project / "src/client.py").write_text(f"a = 1\nAPI_TOKEN = '{KEY}'\npassword = 'summer-of-love'\n")
    (box.project / "package.json").write_text("{}\n")
    (box.project / ".gitignore").write_text("*.log\n")
    (box.project / "noise.log").write_text(KEY)
    git(box.project, "mv", "app.py", "src/app.py")
    objects = sorted(path.name for path in (box.project / ".git/objects").rglob("*"))
    state = git(box.project, "status", "--porcelain")

    (change,) = box.json("diff")["changes"]
    files = {file["path"]: file for file in change["difference"]["files"]}
    assert set(files) == {".gitignore", "package.json", "src/app.py", "src/client.py"}
    assert (files["src/app.py"]["kind"], files["src/app.py"]["old_path"]) == ("renamed", "app.py")
    assert (files["package.json"]["risks"], change["difference"]["needs_tests"]) == (["dependencies"], True)

    assert box.ccorch("diff").out.startswith("project: 4 files, ")

    found = box.json("scan", status=1)
    assert [(one["kind"], one["place"], one["sure"]) for one in found["seen"]] == [
        ("github_token", "src/client.py:2", "leak"),
        ("password", "src/client.py:3", "candidate"),
    ]
    assert KEY not in json.dumps(found)
    assert box.json("scan", "package.json")["leaks"] == 0
    assert box.json("scan", ".", status=1)["leaks"] == 2
    said = box.ccorch("scan", "--stdin", stdin=f"x\n{KEY}\n".encode())
    assert (said.status, "line:2" in said.out, KEY in said.out) == (1, True, False)

    write = (
        "profile=scripted",
        "role=development",
        "policy.write=true",
        "policy.write_scope.allow=[src/**]",
        "task=x",
    )
    told = box.json("plan", *write, "--check-scope", status=3)
    assert sorted(told["outside"]) == [".gitignore", "app.py", "package.json"]
    assert sorted(path.name for path in (box.project / ".git/objects").rglob("*")) == objects
    assert git(box.project, "status", "--porcelain") == state


def test_codes_are_explained(box: Machine) -> None:
    assert "## What to do" in box.ccorch("explain", "secret_found").out
    assert "Exit status 4" in box.ccorch("explain", "RUN_NOT_FOUND").out
