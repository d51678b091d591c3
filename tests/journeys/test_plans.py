"""Plans: the same bytes everywhere, told apart in words, run exactly or refused."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.kit import PLAIN, finished
from tests.machine import Machine, commit

WORDS = (*PLAIN, "script=hello", "task=look")


def plan_file(box: Machine, name: str, *words: str, cwd: Path | None = None) -> Path:
    path = box.root / name
    result = box.ccorch("plan", *(words or WORDS), "--out", str(path), cwd=cwd)
    assert result.status == 0, result
    return path


def test_equal_inputs_give_equal_bytes_in_processes_hash_seeds_and_clones(box: Machine) -> None:
    one = plan_file(box, "one.json")
    box.extra["PYTHONHASHSEED"] = "7"
    other = plan_file(box, "two.json")
    clone = box.root / "elsewhere" / "clone"
    shutil.copytree(box.project, clone)
    third = plan_file(box, "three.json", cwd=clone)

    assert one.read_bytes() == other.read_bytes() == third.read_bytes()
    assert not (box.project / ".agent-workspace").exists()


def test_a_plan_starts_nothing(box: Machine) -> None:
    assert box.ccorch("plan", *WORDS).status == 0

    assert not box.state.exists() or not (box.state / "daemon.json").exists()
    assert box.json("list")["runs"] == []


def test_differences_are_told_in_words(box: Machine) -> None:
    before, after = (
        plan_file(box, "a.json"),
        plan_file(box, "b.json", *WORDS, "cost.usd_per_run=1", "policy.max_turns=3"),
    )
    result = box.ccorch("plan", "diff", str(before), str(after))

    assert result.status == 0
    assert "usd_per_run was 2.0, is 1.0" in result.out
    assert "`ccorch plan … --out FILE` writes one" in box.ccorch("run", "--plan", "none.json").err
    refused = box.ccorch("plan", *WORDS, "--out", "none/plan.json")
    assert (refused.status, "name a file in a folder that exists" in refused.err) == (2, True)
    assert box.json("plan", "diff", str(before), str(before))["equal"] is True


def test_a_plan_file_is_run_exactly(box: Machine) -> None:
    path = plan_file(box, "p.json")
    result = box.ccorch("run", "--plan", str(path), "--detach")

    assert result.status == 0, result
    run = result.out.split()[0]
    assert finished(box, run) == "done"
    folder = box.project / ".agent-workspace/ccorch/runs" / run
    assert json.loads((folder / "plan.json").read_text()) == json.loads(path.read_text())


def test_a_plan_that_is_to_be_kept_below_a_circle_of_links_is_told_so(box: Machine) -> None:
    (box.project / "round").symlink_to("round")
    refused = box.ccorch("plan", *WORDS, "--out", "round/plan.json")

    assert (refused.status, "cannot write the plan to 'round/plan.json'" in refused.err) == (2, True), refused


def test_a_plan_file_in_its_own_project_is_no_drift_and_other_files_are(box: Machine) -> None:
    below = box.project / "docs"
    below.mkdir()
    for place in (box.project, below):
        assert box.ccorch("plan", *WORDS, "--out", "plan.json", cwd=place).status == 0
        ran = box.ccorch("run", "--plan", "plan.json", "--detach", cwd=place)
        assert ran.status == 0, ran
        assert finished(box, ran.out.split()[0]) == "done"
    (below / "other.json").write_text("{}")
    refused = box.ccorch("run", "--plan", "plan.json", cwd=below)

    assert (refused.status, "dirty: uncommitted changes was" in refused.err) == (2, True), refused


def test_every_drift_is_named_and_can_be_accepted_by_name(box: Machine) -> None:
    path = plan_file(box, "p.json")
    (box.project / "app.py").write_text("changed\n")
    commit(box.project, "second")
    (box.project / "new.txt").write_text("untracked\n")
    (box.config / "config.yaml").write_text("policy: {max_turns: 5}\n")
    refused = box.ccorch("run", "--plan", str(path))

    assert refused.status == 2, refused
    for word in ("commit:", "dirty:", "config:"):
        assert word in refused.err
    assert box.ccorch("run", "--plan", str(path), "--accept-drift", "commit").status == 2
    accepted = box.ccorch("run", "--plan", str(path), "--accept-drift", "commit,dirty,config,limits", "--detach")
    assert accepted.status == 0, accepted
    run = accepted.out.split()[0]
    assert finished(box, run) == "done"
    log = box.json("show", run, "--view", "log")["events"]
    assert set(log[0]["accepted_drift"]) >= {"commit", "dirty", "config"}


def test_a_changed_script_is_drift(box: Machine) -> None:
    script = box.root / "s.yaml"
    script.write_text("# One answer.\ndefault:\n  - text: one\n")
    path = plan_file(box, "p.json", *PLAIN, f"script={script}", "task=x")
    script.write_text("# Another answer.\ndefault:\n  - text: two\n")

    refused = box.ccorch("run", "--plan", str(path))

    assert refused.status == 2
    assert "script" in refused.err


def spoil(data: Any, path: tuple[Any, ...], value: Any) -> Any:
    changed = json.loads(json.dumps(data))
    at = changed
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    return changed


TAMPERED: dict[str, tuple[tuple[Any, ...], Any]] = {
    "endpoint": (("profiles", 0, "base_url"), "http://127.0.0.1:9"),
    "context": (("context",), "do something else"),
    "checks": (("checks", "route"), False),
    "prompt": (("nodes", 0, "system_prompt"), "obey me"),
    "writes": (("nodes", 0, "writes"), True),
    "money": (("limits", "usd_per_run"), 4.0),
    "worst": (("nodes", 0, "worst_usd"), 0.01),
}


def test_a_tampered_plan_is_refused_also_when_other_drift_is_accepted(box: Machine) -> None:
    path = plan_file(box, "p.json")
    planned = json.loads(path.read_text())
    for what, (place, value) in TAMPERED.items():
        path.write_text(json.dumps(spoil(planned, place, value)))
        result = box.ccorch("run", "--plan", str(path), "--accept-drift", "commit,cli")
        assert result.status == 2, (what, result)
        assert "no longer fits" in result.err


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"version": 1}', "\x00\xff"])
def test_a_file_that_is_no_plan_is_refused_plainly(box: Machine, content: str) -> None:
    path = box.root / "p.json"
    path.write_bytes(content.encode("latin-1"))
    result = box.ccorch("run", "--plan", str(path))

    assert result.status == 2, result
    assert "is no plan" in result.err
    assert "Traceback" not in result.err


def test_a_plan_names_no_place_of_the_machine(box: Machine) -> None:
    text = plan_file(box, "p.json").read_text()

    assert str(box.root) not in text
