"""Promises of planning."""

from pathlib import Path
from typing import Any

import pytest

from ccorch.config.compose import ComposeRequest, compose
from ccorch.errors import ConfigInvalid, ProfileUnusable
from ccorch.operations.warnings import unpriced
from ccorch.plan.build import build
from ccorch.plan.diff import differences
from ccorch.plan.facts import Facts
from ccorch.plan.lane import Lane
from ccorch.schema.asked import Asked
from ccorch.schema.ceiling import Ceiling
from ccorch.schema.plan import Plan
from ccorch.schema.price import ModelPrice, Prices
from ccorch.schema.profile import ProfileModels
from ccorch.schema.workflow import WorkflowNode
from tests.plan_kit import PROFILE


def lane(tmp_path: Path, *overrides: str, task: str = "look") -> Lane:
    composed = compose(ComposeRequest(tmp_path, overrides, task=task, user_dir=tmp_path / "none"))
    return Lane(None, composed.config, composed.data)


def planned(*lanes: Lane, **facts: Any) -> Plan:
    return build(Asked(), lanes, Facts(**{"profiles": (PROFILE,), "ceiling": Ceiling(), **facts}))


def test_equal_inputs_give_equal_bytes(tmp_path: Path) -> None:
    one, other = (planned(lane(tmp_path, "profile=scripted", "role=review")) for _ in range(2))

    assert one.spelled == other.spelled
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


def test_values_are_told_in_the_words_of_a_configuration(tmp_path: Path) -> None:
    wants = ("profile=scripted", "role=development")
    scope = "policy.write_scope.allow=[src/**]"
    found = differences(
        planned(lane(tmp_path, *wants)), planned(lane(tmp_path, *wants, "policy.write=true", scope))
    )

    told = {one.where: (one.before, one.after) for one in found}
    assert told["writes of main"] == ("no", "yes")
    assert told["write scope of main"][0] == "none"
    assert told["write scope of main"][1].startswith("allow=[src/**], deny=[**/.env*, ")
    assert not any("('" in text for pair in told.values() for text in pair)


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
    role = good.config.role.model_copy(update={"handoff": "poem"})
    bad = Lane(None, good.config.model_copy(update={"workflow": workflow, "role": role}), good.data)

    with pytest.raises(ConfigInvalid) as caught:
        planned(bad)

    assert len(caught.value.problems) == 3
    assert "no handoff contract 'poem'" in " ".join(caught.value.problems)


def test_a_prompt_that_no_window_holds_is_found_when_it_is_planned(tmp_path: Path) -> None:
    long = lane(tmp_path, "profile=scripted", task="word " * 300_000)
    with pytest.raises(ConfigInvalid, match=r"at least 250,\d+ tokens, more than the 200,000"):
        planned(long)

    assert planned(lane(tmp_path, "profile=scripted", task="word " * 200_000)).nodes


def test_an_unknown_profile_is_refused_with_a_guess(tmp_path: Path) -> None:
    with pytest.raises(ProfileUnusable, match="Did you mean 'scripted'"):
        planned(lane(tmp_path, "profile=scriptd"))


def test_without_a_usable_profile_the_hint_names_one(tmp_path: Path) -> None:
    with pytest.raises(ProfileUnusable) as caught:
        planned(lane(tmp_path))

    assert "profile=scripted" in caught.value.hint


def _parts(found: Lane) -> tuple[Any, Any]:
    return found.config, found.data


def test_a_subscription_has_no_worst_case_in_money_and_needs_no_price(tmp_path: Path) -> None:
    own = PROFILE.model_copy(update={"name": "Own", "source": "ccswitch", "kind": "subscription"})
    made = planned(lane(tmp_path, "profile=Own", "model=claude-unlisted-9"), profiles=(own,))

    assert (made.nodes[0].worst_usd, made.worst_usd, made.is_covered(made.nodes[0])) == (None, None, True)
    assert unpriced(made) == []


@pytest.mark.parametrize(("unpriced", "worst"), [("refuse", 2.0), ("allow", None)])
def test_no_limit_in_money_bounds_a_model_without_a_price_that_is_allowed(
    tmp_path: Path, unpriced: str, worst: float | None
) -> None:
    own = PROFILE.model_copy(update={"name": "Own", "source": "env"})
    words = ("profile=Own", "model=nobody-knows-it", f"cost.unpriced={unpriced}")
    made = planned(lane(tmp_path, *words), profiles=(own,))

    assert (made.limits.usd_per_run, made.nodes[0].worst_usd, made.worst_usd) == (2.0, None, worst)


KIMI = PROFILE.model_copy(
    update={"name": "Kimi", "source": "env", "models": ProfileModels(balanced="kimi-k2.7-code")}
)
CHAIN = ("profile=scripted", "routing.fallbacks.quota=[{profile: kimi}]")


def with_kimi(found: Lane, **facts: Any) -> Plan:
    return build(Asked(), [found], Facts(profiles=(PROFILE, KIMI), ceiling=Ceiling(), **facts))


def test_fallbacks_are_part_of_the_plan_with_their_profiles_prices_and_worst_case(tmp_path: Path) -> None:
    plan = with_kimi(lane(tmp_path, *CHAIN))
    [node] = plan.nodes
    [fallback] = node.route.fallbacks

    assert (fallback.on, fallback.profile, fallback.model) == ("quota", "Kimi", "kimi-k2.7-code")
    assert {profile.name for profile in plan.profiles} == set(plan.inputs.profiles) == {"scripted", "Kimi"}
    assert set(plan.inputs.prices) == {"scripted-balanced", "kimi-k2.7-code"}
    assert node.worst_usd == max(fallback.worst_usd or 0, 16.4)


def test_a_kept_route_keeps_its_fallbacks_at_the_price_of_today(tmp_path: Path) -> None:
    before = with_kimi(lane(tmp_path, *CHAIN))
    routes = {node.id: node.route for node in before.nodes}
    dearer = Prices(dated="2026-09-01", models={"kimi-k2.7-code": ModelPrice(input=9, output=90)})
    found = lane(tmp_path, *CHAIN)
    facts = Facts(profiles=(PROFILE, KIMI), ceiling=Ceiling(), prices=dearer)
    after = build(Asked(), [found], facts, routes)

    assert build(Asked(), [found], Facts(profiles=(PROFILE, KIMI), ceiling=Ceiling()), routes) == before
    assert {one.drift for one in differences(before, after)} == {"prices"}
    assert after.nodes[0].worst_usd != before.nodes[0].worst_usd


def test_another_route_or_fallback_is_told_as_routing(tmp_path: Path) -> None:
    before = with_kimi(lane(tmp_path, *CHAIN))
    node = before.nodes[0]
    bare = node.model_copy(update={"route": node.route.model_copy(update={"fallbacks": ()})})
    [told] = differences(before, before.model_copy(update={"nodes": (bare,)}))

    assert told.drift == "routing"
    assert "[quota: Kimi/kimi-k2.7-code]" in told.before


def test_a_broken_chain_is_told_with_the_place_that_set_it(tmp_path: Path) -> None:
    (tmp_path / ".ccorch").mkdir()
    (tmp_path / ".ccorch/config.yaml").write_text("routing:\n  fallbacks:\n    quota: [{profile: nobody}]\n")
    composed = compose(ComposeRequest(tmp_path, ("profile=scripted",), task="look", user_dir=tmp_path / "none"))
    found = Lane(None, composed.config, composed.data, lambda key: composed.origins.lookup(key).place)

    with pytest.raises(
        ConfigInvalid, match=r"config.yaml:3: routing.fallbacks.quota.0.profile: no profile 'nobody'"
    ):
        with_kimi(found)
