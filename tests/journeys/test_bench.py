"""A benchmark run on profiles of different quality moves the route, and the reason says so."""

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import yaml

from ccorch.config.layers import packaged_folder
from ccorch.schema.experience import CASES
from tests.journeys.test_isolation import TOKEN, provider
from tests.machine import Machine

CASE = ("--case", "review")
BOTH = ("--profile", "alpha", "--profile", "beta")
WRONG = [{"file": "app/batch.py", "line": line, "kind": "race_condition"} for line in (3, 15, 20)]


def test_the_better_profile_gets_the_route_once_it_was_measured(box: Machine) -> None:
    right = handoff("review")
    with ExitStack() as open_:
        addresses = {
            name: open_.enter_context(provider(script(box, name, answer), box.root / f"{name}.ndjson"))
            for name, answer in (("alpha", right | {"findings": WRONG}), ("beta", right))
        }
        native(box, addresses)
        before = route(box, "review")
        dry = box.json("models", "bench", *CASE, *BOTH)
        unasked = [(box.root / f"{name}.ndjson").exists() for name in addresses]
        ran = box.ccorch("models", "bench", "--run", *CASE, *BOTH)

    assert before["profile"] == "alpha"
    assert [(row["profile"], row["state"], row["worst_usd"]) for row in dry["rows"]] == [
        ("alpha", "planned", 0.5),
        ("beta", "planned", 0.5),
    ]
    assert unasked == [False, False]
    assert ran.status == 0, ran
    assert set(ran.err.splitlines()) == {
        "review alpha/scripted-balanced: right 0% (missed: app/batch.py:8 off_by_one, app/batch.py:11 "
        "mutable_default, app/batch.py:30 wrong_comparison, app/readings.py:20 swallowed_error and 1 more; "
        "not there: app/batch.py:15 race_condition, app/batch.py:20 race_condition, app/batch.py:3 race_condition)",
        "review beta/scripted-balanced: right 100%",
    }
    assert {(found["profile"], found["score"]) for found in history(box)} == {("alpha", 0), ("beta", 1)}
    after = route(box, "review")
    assert (after["profile"], after["model"]) == ("beta", "scripted-balanced")
    assert "1 benchmark result" in after["reason"]
    assert after["score"] > before["score"]
    (node,) = box.json("plan", "role=review", "task=x")["nodes"]
    assert (node["profile"], node["reason"]) == ("beta", after["reason"])
    assert TOKEN not in ran.out + ran.err


def test_the_whole_suite_can_be_played_without_an_account(box: Machine) -> None:
    data = box.json(
        "models", "bench", "--run", "--profile", "scripted", "--model", "scripted-balanced", "script=bench"
    )

    assert [(row["case"], row["score"], row["reason"]) for row in data["rows"]] == [(name, 1, "") for name in CASES]
    assert data["totals"][0]["answered"] == 5
    assert data["totals"][0]["usd"] > 0
    listed = box.json("list")["runs"]
    assert {run["label"] for run in listed} == {f"bench:{name}" for name in CASES}
    assert not any(Path(run["project"]).is_relative_to(box.project) for run in listed)
    assert len(history(box)) == 5
    assert not (box.project / ".agent-workspace").exists()


def test_a_patch_that_would_reach_out_is_not_run(box: Machine) -> None:
    mark = box.root / "reached"
    patch = (
        "--- a/slots.py\n+++ b/slots.py\n@@ -1,2 +1,4 @@\n"
        ' """Busy and free time as half-open spans of minutes: (540, 600) ends right before minute 600."""\n'
        f"+import pathlib\n+pathlib.Path({str(mark)!r}).touch()\n \n"
    )
    answer = handoff("code_fix") | {"patch": patch}
    words = ("--profile", "scripted", "--model", "scripted-fast", "--case", "code_fix")
    data = box.json("models", "bench", "--run", *words, f"script={script(box, 'reaching', answer)}")

    (row,) = data["rows"]
    assert (row["state"], row["score"]) == ("answered", 0)
    assert row["reason"] == "the patched file uses 'Import' in line 2, which is not run here"
    assert not mark.exists()


def test_a_refused_credential_says_nothing_of_the_model(box: Machine) -> None:
    refusing = box.root / "refusing.yaml"
    refusing.write_text("# Refuses.\ndefault:\n  - error: {status: 401, message: denied}\n")
    with provider(refusing, box.root / "books.ndjson") as address:
        native(box, {"alpha": address})
        ran = box.ccorch("models", "bench", "--run", *CASE, "--profile", "alpha")

    assert ran.status == 1
    assert "no answer that counts (auth_failed" in ran.err
    assert history(box) == []


def handoff(name: str) -> dict[str, Any]:
    """What the bundled script hands in for a case."""
    script = Path(packaged_folder("conf")) / "scripts/bench.yaml"
    found: dict[str, Any] = yaml.safe_load(script.read_text("utf-8"))["roles"][f"bench_{name}"][-1]["structured"]
    return found


def script(box: Machine, name: str, answer: dict[str, Any]) -> Path:
    """A script that gives this answer at once."""
    path = box.root / f"{name}.yaml"
    path.write_text("# Answers.\n" + json.dumps({"default": [{"structured": answer}]}))
    return path


def native(box: Machine, addresses: dict[str, str]) -> None:
    """Profiles of the user's own at these addresses."""
    key = box.config / "key"
    key.write_text(TOKEN)
    key.chmod(0o600)
    profiles = {
        name: {"base_url": address, "auth": {"file": str(key)}, "models": {"balanced": "scripted-balanced"}}
        for name, address in addresses.items()
    }
    config = {"defaults": ["/below/config", "_self_"], "profiles": {"native": profiles}}
    (box.config / "config.yaml").write_text("# Mine.\n" + yaml.safe_dump(config, sort_keys=False))


def route(box: Machine, role: str) -> dict[str, Any]:
    """The route of a role."""
    found: list[dict[str, Any]] = box.json("routes", "--role", role)["routes"]
    return next(one for one in found if one["role"] == role)


def history(box: Machine) -> list[dict[str, Any]]:
    """Every result of the suite that was kept."""
    path = box.state / "models" / "bench.ndjson"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
