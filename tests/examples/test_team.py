"""The layout that a team could copy is valid, can be rehearsed, and its jobs say commands that there are."""

import re
import shutil

import yaml

from ccorch.frontends.cli.command import command
from tests.examples.readme import ROOT
from tests.machine import Machine

TEAM = ROOT / "examples/team"


def test_the_layout_is_valid_and_its_workflow_can_be_rehearsed(box: Machine) -> None:
    shutil.copytree(TEAM / ".ccorch", box.project / ".ccorch")
    assert box.ccorch("config", "check").status == 0

    said = box.ccorch("workflow=pull_request", "worker=simulated", "profile=scripted", "task=x")

    assert said.status == 0, said
    assert "gate mergeable passed" in said.out
    assert "payments_review" in said.out
    refused = box.ccorch("plan", "prompt=migration", "profile=scripted", "task=x")
    assert "prompt.values.table=" in refused.err


def test_every_command_of_its_jobs_and_page_is_one() -> None:
    jobs = [path.read_text() for path in sorted((TEAM / ".github/workflows").glob("*.yml"))]
    steps = [step for job in jobs for one in yaml.safe_load(job)["jobs"].values() for step in one["steps"]]
    texts = [str(step.get("run", "")) for step in steps]
    texts += re.findall(r"`(ccorch [^`]+)`", (TEAM / "README.md").read_text())
    said = [found.split() for text in texts for found in re.findall(r"(?:^|&& |\n)\s*ccorch ([^\n&|<>]+)", text)]

    assert len(said) >= 8
    for words in said:
        assert command([word for word in words if word != "…"]).verb is not None, words


def test_the_daily_check_for_upgrades_applies_nothing() -> None:
    job = yaml.safe_load((TEAM / ".github/workflows/ccorch-upgrade.yml").read_text())
    steps = [str(step.get("run", "")) for step in job["jobs"]["look"]["steps"]]
    verbs = [command(step.split()[1:]).verb for step in steps if step.startswith("ccorch ")]

    assert job["permissions"] == {"contents": "read"}
    assert [verb.name for verb in verbs if verb is not None and verb.reads] == ["upgrade-check", "config check"]
    assert len(verbs) == 2
