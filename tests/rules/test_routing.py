"""Promises of routing: pins, then preferences, then calibration, then the score; always with the reason."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccorch.errors import ProfileUnusable
from ccorch.rules.market import Market
from ccorch.rules.routing import choose, kept, weigh
from ccorch.rules.what_if import would_change
from ccorch.schema.experience import Calibration, Experience
from ccorch.schema.policy import Preference
from ccorch.schema.profile import Profile
from ccorch.schema.route import FallbackRoute, Route
from tests.effort import effort
from tests.rules.market_kit import GLM, HUB, KIMI, SCRIPTED, config, judged, market, profile, result, role

LOGIN = profile("Login", "sonnet", strong="opus", kind="subscription")
OFF = profile("Off", "claude-opus-5", unusable="another protocol")


def routed(*overrides: str, of: tuple[Profile, ...] = (GLM, KIMI, HUB, SCRIPTED), **more: Any) -> Route:
    asks = more.pop("role", role())
    found = config(*overrides)
    return choose(found, asks, market(found, *of, **more))


def names(route: Route) -> tuple[str, str]:
    return route.profile, route.model


def current(found: Profile) -> Profile:
    return found.model_copy(update={"current": True})


@pytest.mark.parametrize("wanted", ["Caf\u00e9", "Cafe\u0301", "CAFE\u0301", "caf\u00e9"])
def test_a_letter_with_an_accent_is_one_letter_however_it_is_put_together(wanted: str) -> None:
    found = market(config(), profile("Cafe\u0301"), profile("Cafe")).called(wanted)

    assert [one.name for one in found] == ["Cafe\u0301"]


def test_a_single_usable_profile_has_a_simple_reason() -> None:
    route = routed(of=(GLM, SCRIPTED, OFF))

    assert names(route) == ("GLM", "glm-5.1")
    assert route.reason == "the only usable profile; role review asks for tier balanced"
    assert route.score == 8.4
    assert "current in CC Switch" in routed(of=(current(GLM), OFF)).reason


@pytest.mark.parametrize(
    ("words", "chosen", "reason"),
    [
        (("profile=kimi",), ("Kimi", "kimi-k2.7-code"), "profile pinned by profile="),
        (("profile=HUB", "routing=strong"), ("Hub", "anthropic/claude-opus-5"), "the fittest of 3"),
        (("profile=Hub", "routing=cheap"), ("Hub", "anthropic/claude-haiku-4.5"), "$2 a million tokens"),
        (("profile=scripted",), ("scripted", "scripted-balanced"), "role review asks for tier balanced"),
        (("routing.profile=kimi",), ("Kimi", "kimi-k2.7-code"), "profile from routing.profile"),
        (("routing.profile=kimi", "profile=glm"), ("GLM", "glm-5.1"), "profile pinned by profile="),
        (("model=claude-sonnet-5",), ("Hub", "anthropic/claude-sonnet-5"), "the only usable profile that names it"),
        (("model=glm-4.7",), ("GLM", "glm-4.7"), "model pinned by model="),
        (("profile=kimi", "model=x"), ("Kimi", "x"), "profile pinned by profile=; model pinned by model="),
        (("routing=pinned", "profile=kimi", "model=x"), ("Kimi", "x"), "pinned"),
        (("profile=k", "routing.profile_aliases.k=Kimi"), ("Kimi", "kimi-k2.7-code"), "pinned"),
        (("model=big", "routing.model_aliases.big=glm-5.2"), ("GLM", "glm-5.2"), "pinned"),
    ],
)
def test_what_is_pinned_is_taken(words: tuple[str, ...], chosen: tuple[str, str], reason: str) -> None:
    route = routed(*words)

    assert names(route) == chosen
    assert reason in route.reason


def test_nothing_is_weighed_where_both_are_pinned() -> None:
    assert routed("profile=kimi", "model=x").score is None


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("profile=Kim",), "no profile 'Kim'"),
        (("profile=imi",), "no profile 'imi'"),
        (("profile=",), "no profile ''"),
        (("routing=pinned",), "needs profile=NAME and model=ID"),
        (("routing=pinned", "profile=kimi"), "needs model=ID"),
        (("model=kimi",), "no usable profile names model 'kimi'; named are"),
        (("profile=Off",), "another protocol"),
    ],
)
def test_what_cannot_be_pinned_is_refused(words: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(ProfileUnusable, match=sentence.replace("(", r"\(")):
        routed(*words, of=(GLM, KIMI, HUB, SCRIPTED, OFF))


def test_an_ambiguous_name_lists_the_candidates_with_their_ids() -> None:
    twin = profile("GLM", "glm-5.2", id="other")
    preferring = "routing.preferences.review.profiles=[GLM]"

    for word, place in (("profile=GLM", ""), (preferring, "routing.preferences.review: ")):
        with pytest.raises(ProfileUnusable) as refused:
            routed(word, of=(GLM, twin))
        assert str(refused.value) == f"{place}several profiles are called 'GLM': glm (ccswitch), other (ccswitch)"
    assert names(routed("profile=other", of=(GLM, twin))) == ("other", "glm-5.2")


def test_a_route_names_its_profile_so_that_only_that_one_is_meant() -> None:
    wanted, other = profile("glm", "glm-5.1", id="x1"), profile("Other", "glm-5.1", id="glm")
    blank, hostile = profile("", "glm-5.1", id="u-1"), profile("a\x1b[31m\nb", "glm-5.1", id="u-2")
    found = config()
    stand = market(found, other, wanted, blank, hostile)

    assert [stand.name(one) for one in (wanted, other, blank, hostile)] == ["x1", "Other", "u-1", "u-2"]
    assert all(stand.named(stand.name(one)) is one for one in stand.profiles)
    assert routed("profile=x1", of=(other, wanted)).profile == "x1"


@given(
    st.lists(st.tuples(st.sampled_from("abAB "), st.sampled_from("abxy")), max_size=5, unique_by=lambda one: one[1])
)
def test_the_name_of_a_route_always_leads_back(pairs: list[tuple[str, str]]) -> None:
    stand = market(config(), *(profile(name, "glm-5.1", id=id) for name, id in pairs))

    assert all(stand.named(stand.name(one)) is one for one in stand.profiles)


def test_an_unknown_name_is_told_with_what_may_have_been_meant() -> None:
    many = tuple(profile(f"Provider {number}", "glm-5.1") for number in range(40))
    stand = market(config("routing.profile_aliases.q=gone"), profile("Zhipu GLM", "glm-5.1"), *many)

    with pytest.raises(ProfileUnusable, match=r"Did you mean 'Zhipu GLM'\? Known: .* and 29 more$"):
        stand.named("zhipu")
    with pytest.raises(ProfileUnusable, match=r"routing\.profile_aliases makes it 'gone', which none is called"):
        stand.named("q")


def test_a_model_that_nobody_names_is_asked_of_the_profile_in_use() -> None:
    assert names(routed("model=new", of=(GLM,))) == ("GLM", "new")
    assert names(routed("model=new", of=(GLM, current(KIMI)))) == ("Kimi", "new")
    assert "no profile names it" in routed("model=new", of=(GLM,)).reason


@pytest.mark.parametrize(
    ("words", "chosen", "place"),
    [
        (("review.profiles=[kimi]",), "Kimi", "profile preferred by routing.preferences.review"),
        (("default.profiles=[kimi]",), "Kimi", "profile preferred by routing.preferences.default"),
        (("default.profiles=[kimi]", "review.profiles=[hub]"), "Hub", "routing.preferences.review"),
        (("review.profiles=[kimi]", "testing.profiles=[hub]"), "Kimi", "routing.preferences.review"),
        (("review.models=[claude-haiku-4-5]",), "Hub", "model preferred by routing.preferences.review"),
        (("review={profiles: [hub], models: [glm-5.2, claude-opus-5]}",), "Hub", "profile and model preferred"),
        (
            ("review.profiles=[doesnotexist, KIMI]",),
            "Kimi",
            "passing over profile 'doesnotexist' (none is called so)",
        ),
        (("review.profiles=[off]", "default.profiles=[kimi]"), "Kimi", "another protocol"),
        (("review.profiles=[scripted]",), "scripted", "profile preferred"),
        (("review.models=[nothing]",), "GLM", "routing.preferences.review fits nothing: model 'nothing'"),
    ],
)
def test_preferences_decide_before_any_score(words: tuple[str, ...], chosen: str, place: str) -> None:
    route = routed(*(f"routing.preferences.{word}" for word in words), of=(GLM, KIMI, HUB, SCRIPTED, OFF))

    assert route.profile == chosen
    assert place in route.reason


def test_a_kind_of_task_has_preferences_after_those_of_its_role() -> None:
    words = ("task_type=payments", "routing.preferences.payments.profiles=[kimi]")

    assert routed(*words, "routing.preferences.default.profiles=[hub]").profile == "Kimi"
    assert routed(*words, "routing.preferences.review.profiles=[hub]").profile == "Hub"


def test_pins_come_before_preferences_which_choose_what_the_pins_leave_open() -> None:
    preferring = "routing.preferences.review={profiles: [kimi], models: [glm-4.7]}"

    assert names(routed("profile=glm", preferring)) == ("GLM", "glm-4.7")
    assert names(routed("profile=hub", preferring)) == ("Hub", "anthropic/claude-sonnet-5")


@given(st.sampled_from(["doesnotexist", "doesnotexist-9", "", " ", "9", "-", "gl", "lm-5", "kimi-k2", "智"]))
def test_a_preference_for_what_is_not_there_never_matches(wanted: str) -> None:
    found = config()
    preferring = found.model_copy(
        update={
            "routing": found.routing.model_copy(
                update={"preferences": {"review": Preference(profiles=(wanted,), models=(wanted,))}}
            )
        }
    )
    profiles = (GLM, KIMI, profile("智谱", "智谱-1"), profile("智谱 AI", "模型"))
    route = choose(preferring, role(), market(preferring, *profiles))

    assert names(route) == ("GLM", "glm-5.1")
    assert "routing.preferences.review fits nothing" in route.reason


def test_names_without_an_ascii_letter_match_exactly() -> None:
    profiles = (profile("智谱", "模型-一", id="a"), profile("智谱 🎉", "模型-二", id="b"), GLM)

    assert names(routed("profile=智谱", of=profiles)) == ("智谱", "模型-一")
    assert names(routed("routing.preferences.review.models=['模型-二']", of=profiles)) == ("智谱 🎉", "模型-二")


def calibrated(*profiles: Profile, models: tuple[str, ...] = ()) -> Experience:
    preference = Preference(profiles=tuple(one.key for one in profiles), models=models)
    return Experience(calibration=Calibration(at=1.0, preferences={"review": preference}, basis="9 results"))


def test_recorded_calibration_comes_before_the_score_and_after_preferences() -> None:
    known = {"experience": calibrated(KIMI, models=("kimi-k2.7-code",))}

    route = routed(**known)
    assert names(route) == ("Kimi", "kimi-k2.7-code")
    assert "preferred by the recorded calibration (9 results)" in route.reason
    assert routed("routing.preferences.review.profiles=[hub]", **known).profile == "Hub"
    assert routed("routing.measured.calibration=false", **known).profile == "GLM"
    assert routed("profile=glm", **known).profile == "GLM"


def test_calibration_counts_only_at_the_profile_that_was_measured() -> None:
    gone = calibrated(profile("Gone"), models=("glm-4.7",))

    assert names(routed(experience=gone)) == ("GLM", "glm-5.1")


@pytest.mark.parametrize(
    ("words", "chosen", "reason"),
    [
        ((), ("GLM", "glm-5.1"), "fit 8.4 of 10 for review (belief of family glm-5); the best of 3"),
        (("routing=strong",), ("Hub", "anthropic/claude-opus-5"), "routing=strong: the fittest of 7"),
        (("routing=cheap",), ("GLM", "glm-4.7"), "$1 a million tokens (3 in, 1 out) is the least of 7 with fit 5"),
        (("routing=cheap", "routing.min_score=8"), ("GLM", "glm-5.1"), "the least of 4 with fit 8 or more"),
        (("routing=cheap", "routing.min_score=9.9"), ("Hub", "anthropic/claude-opus-5"), "so the fittest"),
    ],
)
def test_the_strategy_decides_among_what_is_left(
    words: tuple[str, ...], chosen: tuple[str, str], reason: str
) -> None:
    route = routed(*words)

    assert names(route) == chosen
    assert reason in route.reason


def test_a_tier_takes_the_model_that_each_profile_has_for_it() -> None:
    assert names(routed(role=role(tier="fast"), of=(GLM, HUB)))[1] == "glm-4.7"
    assert names(routed(role=role(tier="strong"), of=(GLM, HUB)))[1] == "anthropic/claude-opus-5"


def test_a_multiplier_makes_a_model_dearer() -> None:
    dear = GLM.model_copy(update={"multiplier": 3.0})

    assert names(routed("routing=cheap", of=(dear, KIMI))) == ("Kimi", "kimi-k2.7-code")


def test_an_unknown_price_is_never_the_cheapest_and_is_passed_over_where_it_would_be_refused() -> None:
    coding = profile("Coding", "kimi-k3-coding-plan", strong="qwen3.9-unheard-of")

    for strategy in ("cheap", "strong"):
        route = routed(f"routing={strategy}", of=(KIMI, coding))
        assert names(route) == ("Kimi", "kimi-k2.7-code")
        assert "passed over, their price is unknown: Coding · " in route.reason
        assert "the only usable profile with a known price" in route.reason
    assert routed("routing=strong", "cost.unpriced=allow", of=(KIMI, coding)).profile == "Coding"
    assert routed("routing=cheap", "cost.unpriced=allow", of=(KIMI, coding)).profile == "Kimi"
    assert "no price is known" in routed("routing=cheap", of=(coding,)).reason


def test_what_a_plan_pays_needs_no_price_and_has_none() -> None:
    assert names(routed("routing=strong", of=(KIMI, LOGIN))) == ("Login", "opus")
    assert names(routed("routing=cheap", of=(KIMI, LOGIN))) == ("Kimi", "kimi-k2.7-code")


def test_a_subscription_is_spared_unless_it_is_in_use_asked_for_or_the_only_one() -> None:
    rich = profile("Rich", "claude-opus-5", kind="subscription")
    spared = routed(of=(KIMI, rich))
    assert names(spared) == ("Kimi", "kimi-k2.7-code")
    assert "a subscription is spared unless it is asked for: Rich" in spared.reason

    for words, of in (
        (("profile=Rich",), (KIMI, rich)),
        (("routing=strong",), (KIMI, rich)),
        (("routing.preferences={review: {profiles: [Rich]}}",), (KIMI, rich)),
        ((), (KIMI, current(rich))),
        ((), (rich,)),
    ):
        assert names(routed(*words, of=of)) == ("Rich", "claude-opus-5"), words


def test_equals_are_told_apart_by_use_then_price_then_order() -> None:
    one, other = profile("One", "glm-5.1"), profile("Other", "glm-5.1")
    cheaper = other.model_copy(update={"multiplier": 0.5})

    assert routed(of=(one, current(other))).profile == "Other"
    assert "but current in CC Switch" in routed(of=(one, current(other))).reason
    assert routed(of=(one, cheaper)).profile == "Other"
    assert "as fit as One · glm-5.1, but cheaper" in routed(of=(one, cheaper)).reason
    assert routed(of=(current(one), cheaper)).profile == "One"
    assert routed(of=(one, other)).profile == "One"
    assert "but listed first" in routed(of=(one, other)).reason


def test_between_models_of_which_nothing_is_known_their_profile_has_the_word() -> None:
    unknown = profile("New", "b", strong="a", fast="c")

    chosen = {words: routed(f"routing={words}", of=(unknown,)).model for words in ("strong", "balanced", "cheap")}
    assert chosen == {"strong": "a", "balanced": "b", "cheap": "c"}


def test_measurements_move_the_route_and_the_reason_says_so() -> None:
    bench = tuple(result(KIMI, "kimi-k2.7-code") for _ in range(9))
    route = routed(experience=Experience(bench=bench, quality=(judged(KIMI, "kimi-k2.7-code", 95),)))

    assert names(route) == ("Kimi", "kimi-k2.7-code")
    assert "(belief of family kimi, 9 benchmark results, 1 judgement)" in route.reason


def test_what_was_measured_of_the_only_model_of_a_named_profile_decides_nothing_and_is_not_told() -> None:
    known = Experience(quality=(judged(KIMI, "kimi-k2.7-code", 95),))

    assert "1 judgement" in routed(of=(KIMI,), experience=known).reason
    assert "fit" not in routed("profile=Kimi", experience=known).reason


def test_nothing_to_choose_from_says_why() -> None:
    with pytest.raises(ProfileUnusable, match=r"no usable profile \(Off: another protocol\)"):
        routed(of=(OFF, SCRIPTED))
    with pytest.raises(ProfileUnusable, match="no usable profile names a model: Bare"):
        routed(of=(profile("Bare"),))
    with pytest.raises(ProfileUnusable, match="profile 'bare' names no model"):
        routed("profile=bare", of=(profile("Bare"),))


@given(
    st.permutations([GLM, KIMI, HUB, OFF, profile("Deep", "deepseek-v4-pro"), profile("Step", "step-3.5-flash")])
)
def test_the_order_of_profiles_changes_no_choice_where_scores_differ(profiles: list[Profile]) -> None:
    for words in ((), ("routing=strong",), ("routing=cheap",)):
        assert names(routed(*words, of=tuple(profiles))) == names(
            routed(*words, of=tuple(sorted(profiles, key=str)))
        )


def test_a_route_of_an_earlier_plan_is_kept_as_long_as_its_profiles_are_there() -> None:
    found = config()
    fallback = FallbackRoute(on="quota", profile="Kimi", model="kimi-k2.7-code", worst_usd=1.0)
    route = Route(profile="GLM", model="glm-4.6", reason="then", fallbacks=(fallback,))

    assert kept(route, market(found, GLM, KIMI)) is route
    with pytest.raises(ProfileUnusable, match="no profile 'Kimi'"):
        kept(route, market(found, GLM))


def changes(*overrides: str, of: tuple[Profile, ...] = (GLM, KIMI, HUB, SCRIPTED), **more: Any) -> tuple[str, ...]:
    found = config(*overrides)
    known: Market = market(found, *of, **more)
    return would_change(found, role(), known, weigh(found, role(), known))


@pytest.mark.parametrize(
    ("words", "of", "sentence"),
    [
        ((), (GLM, KIMI), "Kimi · kimi-k2.7-code would win with 0.55 more of 10"),
        (
            (),
            (GLM, profile("Other", "glm-5.1")),
            "Other · glm-5.1 would win with the next measurement in its favour",
        ),
        (
            ("routing=cheap",),
            (GLM, KIMI),
            "Kimi · kimi-k2.7-code would win if it were $0.712 a million tokens cheaper",
        ),
        ((), (GLM, HUB), "routing=strong would take Hub · anthropic/claude-opus-5"),
        ((), (GLM, HUB), "routing=cheap would take GLM · glm-4.7"),
        (("profile=kimi",), (GLM, KIMI), "without profile= would take GLM · glm-5.1"),
        (("profile=kimi", "model=x"), (GLM, KIMI), "without profile= and model= would take GLM · glm-5.1"),
        (("routing.profile=kimi",), (GLM, KIMI), "without routing.profile would take GLM · glm-5.1"),
        (
            ("routing.preferences.review.profiles=[kimi]",),
            (GLM, KIMI),
            "without routing.preferences.review would take GLM · glm-5.1",
        ),
        (
            (),
            (GLM, OFF),
            "Off · claude-opus-5 (fit 8.65 of 10) is out because its profile cannot be used: another protocol",
        ),
        ((), (KIMI, profile("Coding", "glm-5-coding")), "cost.unpriced=allow would take Coding · glm-5-coding"),
        (("profile=scripted",), (SCRIPTED,), "without profile=: no usable profile"),
    ],
)
def test_what_would_change_a_route_is_told(words: tuple[str, ...], of: tuple[Profile, ...], sentence: str) -> None:
    assert sentence in changes(*words, of=of)


def test_without_a_preference_the_next_one_decides() -> None:
    found = config(
        "+routing.preferences.review={profiles: [kimi]}", "+routing.preferences.default={profiles: [hub]}"
    )
    stand = market(found, GLM, KIMI, HUB)

    told = would_change(found, role(), stand, weigh(found, role(), stand))

    assert "without routing.preferences.review would take Hub · anthropic/claude-sonnet-5" in told


def test_a_preferred_model_that_another_profile_has_is_not_called_unknown() -> None:
    words = ("profile=glm", "+routing.preferences.review={models: [kimi-k2.7-code]}")

    assert "model 'kimi-k2.7-code' (it is not named there)" in routed(*words).reason


def test_a_record_that_decided_can_be_switched_off() -> None:
    known = calibrated(KIMI, models=("kimi-k2.7-code",))

    assert "routing.measured.calibration=false would take GLM · glm-5.1" in changes(experience=known)


def test_a_thousand_profiles_are_weighed_for_fourteen_roles_at_once() -> None:
    many = [profile(f"P{n}", f"model-{n}", strong=f"glm-5.{n}", fast=f"kimi-{n}") for n in range(1000)]
    found = config()

    def weighed() -> None:
        known = market(found, *many)
        for number in range(14):
            asks = role(f"role-{number}")
            would_change(found, asks, known, weigh(found, asks, known))

    assert effort(weighed, enough=2) < 2
