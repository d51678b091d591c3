"""Promises of fallback chains: resolved, checked all at once, and priced."""

import pytest

from ccorch.errors import ConfigInvalid
from ccorch.rules.routing import choose
from ccorch.schema.route import Route
from tests.rules.market_kit import GLM, HUB, KIMI, config, market, profile, role

PLAN = profile("Plan", "sonnet", kind="subscription")
CODING = profile("Coding", "coding-plan-latest")
PROFILES = (GLM, KIMI, HUB, PLAN, CODING, profile("Off", "glm-5", unusable="no key"), profile("Bare"))


def routed(chains: str, *overrides: str) -> Route:
    found = config("profile=glm", f"routing.fallbacks={{{chains}}}", *overrides)
    return choose(found, role(), market(found, *PROFILES))


def problems(chains: str, *overrides: str) -> tuple[str, ...]:
    with pytest.raises(ConfigInvalid) as refused:
        routed(chains, *overrides)
    assert str(refused.value) == "; ".join(refused.value.problems)
    return refused.value.problems


def test_chains_are_resolved_in_order_with_the_worst_that_each_can_cost() -> None:
    aliases = ("routing.profile_aliases.k=Kimi", "routing.model_aliases.big=claude-opus-5", "policy.max_turns=10")
    route = routed("quota: [{profile: k}, {profile: hub, model: big}], auth: [{profile: KIMI}]", *aliases)

    assert [(way.on, way.profile, way.model, way.worst_usd) for way in route.fallbacks] == [
        ("quota", "Kimi", "kimi-k2.7-code", 3.18),
        ("quota", "Hub", "anthropic/claude-opus-5", 20.5),
        ("auth", "Kimi", "kimi-k2.7-code", 3.18),
    ]


def test_the_multiplier_of_a_profile_counts_and_a_plan_has_no_price() -> None:
    half = KIMI.model_copy(update={"multiplier": 0.5})
    found = config(
        "profile=glm", "routing.fallbacks.quota=[{profile: kimi}, {profile: plan}]", "policy.max_turns=10"
    )
    route = choose(found, role(), market(found, GLM, half, PLAN))

    assert [way.worst_usd for way in route.fallbacks] == [1.59, None]


def test_the_route_itself_is_left_out_and_that_is_said() -> None:
    route = routed("overload: [{profile: glm}, {profile: glm, model: glm-5.2}]")

    assert [way.model for way in route.fallbacks] == ["glm-5.2"]
    assert "fallback on overload to GLM · glm-5.1 left out: it is the route itself" in route.reason


def test_every_problem_is_told_at_once_with_its_key() -> None:
    chain = (
        "{profile: kimmi}, {profile: 'off'}, {profile: glm, model: foo}, {profile: kimi}, "
        "{profile: Kimi, model: KIMI-K2.7-CODE}, {profile: bare}, {profile: coding}"
    )

    assert problems(f"quota: [{chain}], refusal: [{{profile: nobody}}]") == (
        "routing.fallbacks.quota.0.profile: no profile 'kimmi'. Did you mean 'Kimi'? "
        "Known: GLM, Kimi, Hub, Plan, Coding, Off, Bare",
        "routing.fallbacks.quota.1.profile: profile 'off' cannot be used: no key",
        "routing.fallbacks.quota.2: GLM · foo: the profile does not name this model, "
        "it names glm-5.2, glm-5.1, glm-4.7",
        "routing.fallbacks.quota.4: Kimi · kimi-k2.7-code stands in this chain already",
        "routing.fallbacks.quota.5.profile: profile 'bare' names no model; say which",
        "routing.fallbacks.quota.6: Coding · coding-plan-latest: no price is known for this model "
        "(cost.unpriced=refuse)",
        "routing.fallbacks.refusal.0.profile: no profile 'nobody'. Known: GLM, Kimi, Hub, Plan, Coding, Off, Bare",
    )


def test_a_model_without_a_price_follows_cost_unpriced() -> None:
    assert routed("quota: [{profile: coding}]", "cost.unpriced=allow").fallbacks[0].worst_usd is None
    assert routed("quota: [{profile: coding}]", "worker=simulated").fallbacks[0].worst_usd is None
    assert "no price is known" in problems("quota: [{profile: coding}]")[0]


def test_a_model_with_a_price_may_be_asked_of_a_profile_that_does_not_name_it() -> None:
    assert routed("quota: [{profile: hub, model: glm-5.2}]").fallbacks[0].model == "glm-5.2"
