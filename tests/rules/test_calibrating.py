"""Promises of calibration: what was measured enough is preferred, by the strategy's own order."""

from ccorch.rules.calibrating import calibration, proven
from ccorch.rules.routing import choose
from ccorch.schema.experience import Experience
from tests.rules.market_kit import GLM, HUB, KIMI, SCRIPTED, config, judged, market, result, role

KIMI_RESULTS = tuple(result(KIMI, "kimi-k2.7-code", 0.8) for _ in range(3))


def test_nothing_is_proven_without_measurements() -> None:
    assert proven(config(), role(), market(config(), GLM, KIMI), 1) is None


def test_the_best_of_what_was_measured_enough_is_preferred_to_what_is_only_believed() -> None:
    known = Experience(bench=(*KIMI_RESULTS, result(HUB, "anthropic/claude-sonnet-5")))
    found = proven(config(), role(), market(config(), GLM, KIMI, HUB, experience=known), 3)

    assert found is not None
    assert (found.candidate.profile, found.fit.benched, found.others) == (KIMI, 3, 0)


def test_judgements_count_like_results() -> None:
    known = Experience(bench=KIMI_RESULTS[:1], quality=(judged(KIMI, "kimi-k2.7-code", 90),))
    of = market(config(), GLM, KIMI, experience=known)

    assert proven(config(), role(), of, 2) is not None
    assert proven(config(), role("testing"), of, 2) is None


def test_what_was_measured_as_bad_is_not_preferred() -> None:
    known = Experience(bench=tuple(result(KIMI, "kimi-k2.7-code", 0.0) for _ in range(20)))

    assert proven(config(), role(), market(config(), GLM, KIMI, experience=known), 3) is None


def test_the_scripted_model_is_never_preferred() -> None:
    known = Experience(bench=tuple(result(SCRIPTED, "scripted-balanced") for _ in range(9)))

    assert proven(config(), role(), market(config(), SCRIPTED, GLM, experience=known), 3) is None


def test_what_is_recorded_is_what_is_then_chosen() -> None:
    known = Experience(bench=KIMI_RESULTS)
    of = market(config(), GLM, KIMI, HUB, experience=known)
    found = proven(config(), role(), of, 3)
    assert found is not None
    record = calibration({"review": found}, 7.0, 3)
    after = market(config(), GLM, KIMI, HUB, experience=known.model_copy(update={"calibration": record}))

    assert record.basis == "3 benchmark results and 0 judgements of 1 models, at least 3 of each"
    assert choose(config(), role(), of).profile == "GLM"
    route = choose(config(), role(), after)
    assert (route.profile, record.basis in route.reason) == ("Kimi", True)
