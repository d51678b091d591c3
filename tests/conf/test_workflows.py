"""Promises of the packaged workflows: each composes, plans and can be rehearsed."""

from pathlib import Path

import pytest

from ccorch.config.compose import Composed, ComposeRequest, compose
from ccorch.plan.build import build
from ccorch.plan.facts import Facts
from ccorch.plan.lane import Lane
from ccorch.rules.rehearsal import rehearsed_handoff
from ccorch.schema.asked import Asked
from ccorch.schema.ceiling import Ceiling
from ccorch.schema.handoff import CONTRACTS
from ccorch.schema.plan import Plan
from ccorch.schema.profile import ProfileModels
from tests.plan_kit import PROFILE

CONF = Path(__file__).parents[2] / "conf"
NAMES = sorted(path.stem for path in (CONF / "workflows").glob("*.yaml"))
NEEDED = {"cross_review": ("workflow.sources=[0123456789abcdef]",)}
"""Words without which a workflow has nothing to do."""
MODELS = ProfileModels(strong="scripted-strong", balanced="scripted-balanced", fast="scripted-fast")


def composed(folder: Path, name: str, *words: str) -> Composed:
    typed = ("profile=scripted", f"workflow={name}", *NEEDED.get(name, ()), *words)
    return compose(ComposeRequest(folder, typed, task="look", user_dir=folder / "none"))


def planned(folder: Path, name: str, *words: str) -> Plan:
    made = composed(folder, name, *words)
    profile = PROFILE.model_copy(update={"models": MODELS})
    return build(Asked(), (Lane(None, made.config, made.data),), Facts(profiles=(profile,), ceiling=Ceiling()))


def test_there_are_the_workflows_that_are_promised() -> None:
    assert NAMES == [
        "cross_review",
        "plan_build_verify",
        "review_team",
        "safe_refactor",
        "single",
        "team",
        "vote",
    ]


@pytest.mark.parametrize("name", NAMES)
def test_a_packaged_workflow_is_planned_as_it_is(tmp_path: Path, name: str) -> None:
    assert planned(tmp_path, name).nodes


def test_a_team_is_whom_its_list_names(tmp_path: Path) -> None:
    own = [node.id for node in planned(tmp_path, "team").nodes]
    chosen = planned(tmp_path, "team", "workflow.roles=[performance,ops]")

    assert own == ["team.requirements", "team.architecture", "team.security", "team.testing"]
    assert [(node.id, node.role.name, node.needs) for node in chosen.nodes] == [
        ("team.performance", "performance", ()),
        ("team.ops", "ops", ()),
    ]


def test_voters_may_sit_on_models_of_their_own(tmp_path: Path) -> None:
    voters = "workflow.voters=[{model: scripted-fast},{model: scripted-strong},{}]"
    made = planned(tmp_path, "vote", voters, "workflow.decide=unanimous")

    assert [node.route.model for node in made.nodes] == ["scripted-fast", "scripted-strong", "scripted-balanced"]
    assert made.gates[0].pass_when == ('count(vote.status == "pass") >= 3',)


def test_a_rehearsal_is_part_of_a_simulated_plan_only(tmp_path: Path) -> None:
    words = ("simulate={testing:[fail,pass]}",)
    real = planned(tmp_path, "safe_refactor", *words)
    rehearsed = planned(tmp_path, "safe_refactor", "worker=simulated", *words)

    assert real.by_id["testing"].simulate == ()
    assert rehearsed.by_id["testing"].simulate == ("fail", "pass")


def test_every_role_of_a_packaged_workflow_can_be_rehearsed(tmp_path: Path) -> None:
    contracts = {node.role.handoff for name in NAMES for node in planned(tmp_path, name).nodes}

    assert contracts <= set(CONTRACTS)
    assert all(rehearsed_handoff(str(name), "pass") for name in contracts)
