"""Promises of fitness: what is believed of models, and how measurements move it."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ccorch.rules.fitness import Fitness, alike, belongs
from ccorch.schema.experience import CASES, Experience
from ccorch.schema.model import Family, Models, Scores
from ccorch.schema.policy import Measured
from tests.rules.market_kit import GLM, KIMI, config, judged, result

ROLES = ("review", "testing", "multimodal", "my-own")


def fitness(*, measured: Measured | None = None, **experience: object) -> Fitness:
    return Fitness(config().models, measured or Measured(), Experience(**experience))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("qwen3.8-max", "qwen-3.7"),
        ("qwen3.6-plus", "qwen-3.6"),
        ("qwen3-coder-plus", "qwen"),
        ("ZhipuAI/GLM-5.2", "glm-5"),
        ("glm-5-turbo", "glm-5"),
        ("glm-4.7", "glm"),
        ("glm-5.1[1m]", "glm-5"),
        ("claude-opus-4-1-20250805", "claude-opus"),
        ("global.anthropic.claude-opus-5", "claude-opus"),
        ("anthropic/claude-sonnet-5", "claude-sonnet"),
        ("sonnet", "claude-sonnet"),
        ("claude-3-5-haiku-20241022", "claude-haiku"),
        ("claude-fable-5", "claude-fable"),
        ("kimi-k3", "kimi-3"),
        ("kimi-for-coding", "kimi"),
        ("moonshotai/kimi-k2.5", "kimi"),
        ("deepseek-v4-pro", "deepseek-pro"),
        ("deepseek-v4-flash", "deepseek"),
        ("deepseek-reasoner", "deepseek"),
        ("minimax-m3", "minimax-3"),
        ("Pro/MiniMaxAI/MiniMax-M2.5", "minimax"),
        ("doubao-seed-2-1-pro-260628", "doubao"),
        ("gpt-5.6-sol", "gpt-5"),
        ("gemini-3.6-pro", "gemini-pro"),
        ("gemini-3.6-flash", "gemini"),
        ("grok-4.5", "grok"),
        ("step-3.5-flash-2603", "step"),
        ("mimo-v2.5-pro", "mimo"),
        ("LongCat-2.0", "longcat"),
        ("scripted-strong", None),
        ("ark-code-latest", None),
        ("qianfan-code-latest", None),
        ("stepfun-audio", None),
        ("智谱", None),
        ("/", None),
    ],
)
def test_a_name_finds_its_family(model: str, family: str | None) -> None:
    assert fitness().family(model) == family


@pytest.mark.parametrize(
    ("model", "role", "score"),
    [
        ("glm-5.1", "review", 8.4),
        ("claude-opus-5", "review", 8.65),
        ("claude-sonnet-5", "documentation", 8.1),
        ("qwen3.7-max", "multimodal", 8.75),
        ("claude-opus-5", "development", 8.8),
        ("claude-opus-5", "my-own", 8.8),
        ("unheard-of", "review", 6.0),
    ],
)
def test_without_measurements_belief_and_weights_give_the_score(model: str, role: str, score: float) -> None:
    found = fitness().fit("any", model, role)

    assert (found.score, found.measured) == (score, 0)


def test_weights_that_weigh_nothing_weigh_everything_alike() -> None:
    models = Models(base=Scores(code=2, multimodal=10), weights={"review": {"code": 0.0}})

    assert Fitness(models, Measured(), Experience()).fit("p", "x", "review").score == 6.0


def test_measurements_of_this_profile_this_model_and_this_suite_move_the_score() -> None:
    bad = {"score": 0.0}
    foreign = (
        result(GLM, "glm-5.1", case="code_fix", suite="0", **bad),
        result(KIMI, "glm-5.1", case="code_fix", **bad),
        result(GLM, "glm-5.2", case="code_fix", **bad),
        result(GLM, "glm-5.1", case="code_fix", served="glm-4.7", **bad),
    )

    assert fitness(bench=foreign).fit("glm", "glm-5.1", "review") == fitness().fit("glm", "glm-5.1", "review")
    one = fitness(bench=(*foreign, result(GLM, "GLM-5.1", case="code_fix", served="glm-5.1", **bad)))
    assert one.fit("glm", "glm-5.1", "review").benched == 1
    assert one.fit("glm", "glm-5.1", "review").score < 8.4


def test_a_case_measures_what_it_asks_for_and_every_case_measures_stability() -> None:
    found = fitness(bench=[result(GLM, "glm-5.1", 0.5, "long_context")]).capabilities("glm", "glm-5.1")

    moved = {name: (one.score, one.measured) for name, one in found.items() if one.measured}
    assert moved == {"long_context": ((3 * 8 + 5) / 4, 1), "stability": ((3 * 7 + 0) / 4, 1)}


def test_the_last_judgement_of_an_attempt_counts() -> None:
    twice = (judged(GLM, "glm-5.1", 0), judged(GLM, "glm-5.1", 100))
    found = fitness(quality=twice).fit("glm", "glm-5.1", "review")

    assert (found.score, found.judged) == (round((3 * 8.4 + 10) / 4, 2), 1)


def test_work_counts_for_its_role_and_for_its_kind_of_task() -> None:
    work = (judged(GLM, "glm-5.1", 0, role="testing", task_type="payments"),)

    assert fitness(quality=work).fit("glm", "glm-5.1", "review").judged == 0
    assert fitness(quality=work).fit("glm", "glm-5.1", "testing").judged == 1
    assert fitness(quality=work).fit("glm", "glm-5.1", "review", "payments").judged == 1


@pytest.mark.parametrize("measured", [Measured(bench=False), Measured(quality=False)])
def test_what_is_switched_off_does_not_count(measured: Measured) -> None:
    both = {"bench": [result(GLM, "glm-5.1")] * 2, "quality": [judged(GLM, "glm-5.1", 5)]}
    found = fitness(measured=measured, **both).fit("glm", "glm-5.1", "review")

    assert (found.benched, found.judged) == (2 * measured.bench, 1 * measured.quality)


def test_the_basis_says_sources_and_sample_sizes() -> None:
    known = {"bench": [result(GLM, "glm-5.1")] * 5, "quality": [judged(GLM, "glm-5.1", 90)]}

    told = fitness(**known).fit("glm", "glm-5.1", "review").basis()
    assert told == "belief of family glm-5, 5 benchmark results, 1 judgement"
    assert "no family fits" in fitness().fit("p", "x", "review").basis()


results = st.builds(
    lambda case, score, served: result(GLM, "glm-5.1", score, case, served=served),
    st.sampled_from(CASES),
    st.floats(0, 1),
    st.sampled_from([None, "glm-5.1", "glm-4.7"]),
)
works = st.builds(
    lambda score, number, role: judged(GLM, "glm-5.1", score, number, role=role),
    st.floats(0, 100),
    st.integers(1, 50),
    st.sampled_from(ROLES),
)


@given(st.lists(results, max_size=8), st.lists(works, max_size=8), st.sampled_from(CASES), st.sampled_from(ROLES))
def test_a_perfect_measurement_never_lowers_a_score(bench, quality, case, role) -> None:  # type: ignore[no-untyped-def]
    before = fitness(bench=bench, quality=quality).fit("glm", "glm-5.1", role).score
    more = fitness(bench=[*bench, result(GLM, "glm-5.1", 1.0, case)], quality=quality)
    praised = fitness(bench=bench, quality=[*quality, judged(GLM, "glm-5.1", 100, 99, role=role)])

    assert more.fit("glm", "glm-5.1", role).score >= before
    assert praised.fit("glm", "glm-5.1", role).score >= before
    assert 0 <= before <= 10


@given(st.text(max_size=12), st.text(max_size=12))
@example(" @", "CLAUDE-")
def test_names_without_a_letter_of_their_own_are_alike_only_when_equal(one: str, other: str) -> None:
    assert alike(one, one)
    assert alike("/" + one, "@") is (f"/{one}" == "@" or (one != "" and alike(one, "@")))
    assert not belongs(one, Family(starts="glm")) or "glm" in one.lower()
    # what stands before a stroke, a comma or Claude's own name is no part of a name
    ends = [re.sub("[/,]", "", end).lower().partition("claude")[0].strip() for end in (one, other)]
    assert alike(f"未{ends[0]}", f"智{ends[1]}") is False
