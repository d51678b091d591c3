"""Promises of planning."""

from pathlib import Path
from typing import Any

import pytest

from ccorch.config.compose import ComposeRequest, compose
from ccorch.errors import ConfigInvalid, ProfileUnusable
from ccorch.plan.build import Facts, Lane, build
from ccorch.plan.diff import differences
from ccorch.schema.ceiling import Ceiling
from ccorch.schema.plan import Plan
from ccorch.schema.verbs import Asked
from ccorch.schema.workflow import WorkflowNode
from tests.plan_kit import PROFILE


def lane(tmp_path: Path, *overrides: str, task: str = "look") -> Lane:
    composed = compose(ComposeRequest(tmp_path, overrides, task=task, user_dir=tmp_path / "none"))
    return Lane(None, composed.config, composed.data)


def planned(*lanes: Lane, **facts: Any) -> Plan:
    return build(Asked(), lanes, Facts(profiles=(PROFILE,), ceiling=Ceiling(), **facts))


def test_equal_inputs_give_equal_bytes(tmp_path: Path) -> None:
    one, other = (planned(lane(tmp_path, "profile=scripted", "role=review")) for _ in range(2))

    assert one.as_json() == other.as_json()
    assert one.sha256 == other.sha256


@pytest.mark.parametrize("claude", ["/opt/a/claude", "/opt/b/claude"])
def test_where_the_binary_lies_is_no_part_of_the_plan(tmp_path: Path, claude: str) -> None:
    somewhere = planned(lane(tmp_path, "profile=scripted", f"claude={claude}"))

    assert somewhere.inputs.config == planned(lane(tmp_path, "profile=scripted")).inputs.config


def test_another_commit_is_another_plan_and_is_told_in_words(tmp_path: Path) -> None:
    before = planned(lane(tmp_path, "profile=scripted"), commit="a" * 40)
    after = planned(lane(tmp_path, "profile=scripted"), commit="b" * 40)

    assert [str(found) for found in differences(before, after)] == [
        f"commit: the commit was {'a' * 40}, is {'b' * 40}"
    ]


def test_every_difference_has_a_name(tmp_path: Path) -> None:
    before = planned(lane(tmp_path, "profile=scripted"))
    after = planned(lane(tmp_path, "profile=scripted", "policy.max_turns=3", "cost.usd_per_run=1", task="other"))

    assert {found.drift for found in differences(before, after)} == {"config", "limits", "task"}


def test_equal_plans_have_no_difference(tmp_path: Path) -> None:
    assert (
        differences(planned(lane(tmp_path, "profile=scripted")), planned(lane(tmp_path, "profile=scripted"))) == ()
    )


def test_lanes_share_the_strictest_limit(tmp_path: Path) -> None:
    one = Lane("a", *_parts(lane(tmp_path, "profile=scripted", "cost.usd_per_run=1")))
    other = Lane("b", *_parts(lane(tmp_path, "profile=scripted", "cost.usd_per_run=2")))

    assert planned(one, other).limits.usd_per_run == 1.0
    assert [node.id for node in planned(one, other).nodes] == ["a.main", "b.main"]


def test_the_ceiling_bounds_a_run_that_names_no_limit(tmp_path: Path) -> None:
    assert planned(lane(tmp_path, "profile=scripted", "cost.usd_per_run=null")).limits.usd_per_run == 5.0


def test_all_problems_of_the_dag_are_told_at_once(tmp_path: Path) -> None:
    good = lane(tmp_path, "profile=scripted")
    nodes = (WorkflowNode(id="a", needs=("b",)), WorkflowNode(id="b", needs=("x",), role="nobody"))
    workflow = good.config.workflow.model_copy(update={"nodes": nodes})
    bad = Lane(None, good.config.model_copy(update={"workflow": workflow}), good.data)

    with pytest.raises(ConfigInvalid) as caught:
        planned(bad)

    assert len(caught.value.problems) == 2


def test_an_unknown_profile_is_refused_with_a_guess(tmp_path: Path) -> None:
    with pytest.raises(ProfileUnusable, match="Did you mean 'scripted'"):
        planned(lane(tmp_path, "profile=scriptd"))


def test_without_a_usable_profile_the_hint_names_one(tmp_path: Path) -> None:
    with pytest.raises(ProfileUnusable) as caught:
        planned(lane(tmp_path))

    assert "profile=scripted" in caught.value.hint


def _parts(found: Lane) -> tuple[Any, Any]:
    return found.config, found.data
