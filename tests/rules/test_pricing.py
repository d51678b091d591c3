"""Promises of rules/pricing.py."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccorch.rules.pricing import canonical, cost, find, pricer, same_model, worst_input
from ccorch.schema.ledger import Usage
from ccorch.schema.price import ModelPrice, Prices

TOKENS = st.integers(0, 50_000_000)
RATES = st.decimals(0, 1000, places=4).map(float)
USAGES = st.builds(Usage, input=TOKENS, output=TOKENS, cache_read=TOKENS, cache_write=TOKENS)
PRICES = st.builds(
    ModelPrice,
    input=RATES,
    output=RATES,
    cache_read=RATES | st.none(),
    cache_write=RATES | st.none(),
)
LIST = Prices(
    dated="2026-08-01",
    models={
        "glm-5.2": ModelPrice(input=1.4, output=4.4, cache_read=0.26),
        "claude-opus-4-5-20251101": ModelPrice(input=5, output=25, cache_read=0.5, cache_write=6.25),
        "claude-sonnet-4-20250514": ModelPrice(input=3, output=15),
        "claude-sonnet-4-5-20250929": ModelPrice(input=3.5, output=15),
        "kimi-k2.5": ModelPrice(input=0.6, output=3),
        "doubao-seed-2-1-pro": ModelPrice(input=0.84, output=4.2),
    },
)


def test_a_known_request_costs_what_the_list_says() -> None:
    price = ModelPrice(input=3, output=15, cache_read=0.3, cache_write=3.75)

    used = Usage(input=1_000_000, output=100_000, cache_read=200_000, cache_write=8)

    assert cost(price, used) == 4_560_030_000


def test_the_smallest_cost_is_not_lost() -> None:
    assert cost(ModelPrice(input=0.0036, output=0), Usage(input=1)) == 4


@given(PRICES, USAGES, st.decimals(0, 10, places=2).map(float))
def test_cost_is_exact_and_rounded_up_once(price: ModelPrice, usage: Usage, multiplier: float) -> None:
    read = price.input if price.cache_read is None else price.cache_read
    write = (
        Decimal(repr(price.input)) * Decimal("1.25")
        if price.cache_write is None
        else Decimal(repr(price.cache_write))
    )
    exact = 1000 * (
        usage.input * Decimal(repr(price.input))
        + usage.output * Decimal(repr(price.output))
        + usage.cache_read * Decimal(repr(read))
        + usage.cache_write * write
    )
    exact *= Decimal(repr(multiplier))

    assert 0 <= cost(price, usage, multiplier) - exact < 1


@given(PRICES, USAGES, USAGES)
def test_more_tokens_never_cost_less(price: ModelPrice, usage: Usage, more: Usage) -> None:
    both = Usage(
        input=usage.input + more.input,
        output=usage.output + more.output,
        cache_read=usage.cache_read + more.cache_read,
        cache_write=usage.cache_write + more.cache_write,
    )

    assert cost(price, both) >= cost(price, usage)


@given(PRICES, USAGES)
def test_the_worst_input_price_is_never_below_the_real_cost(price: ModelPrice, usage: Usage) -> None:
    whole = Usage(input=usage.input + usage.cache_read + usage.cache_write, output=usage.output)

    assert cost(worst_input(price), whole) >= cost(price, usage)


@pytest.mark.parametrize(
    ("spelling", "expected"),
    [
        ("anthropic/claude-sonnet-4.5", "claude-sonnet-4-5"),
        ("claude-sonnet-4-5-20250929[1m]", "claude-sonnet-4-5"),
        ("us.anthropic.claude-opus-4-5-20251101-v1:0", "claude-opus-4-5"),
        ("claude-opus-4-5@20251101", "claude-opus-4-5"),
        ("claude-3-5-haiku-latest", "claude-3-5-haiku"),
        ("ZhipuAI/GLM-5.2", "glm-5.2"),
        ("Pro/MiniMaxAI/MiniMax-M2.5", "minimax-m2.5"),
        ("doubao-seed-2-1-pro-260628", "doubao-seed-2-1-pro"),
        ("moonshot.kimi-k2.5", "kimi-k2.5"),
        ("gpt-4o-2024-08-06", "gpt-4o"),
        ("step-3.5-flash-2603", "step-3.5-flash-2603"),
        ("deepseek/deepseek-v4:free", "deepseek-v4"),
        ("KAT-Coder-Pro V1", "kat-coder-pro-v1"),
        ("openrouter,anthropic/claude-sonnet-4.5", "claude-sonnet-4-5"),
        ("-20250101", "-20250101"),
    ],
)
def test_spellings_of_one_model_have_one_canonical_id(spelling: str, expected: str) -> None:
    assert canonical(spelling) == expected


@pytest.mark.parametrize(
    ("model", "input_price"),
    [
        ("GLM-5.2", 1.4),
        ("ZhipuAI/GLM-5.2", 1.4),
        ("claude-opus-4-5", 5),
        ("claude-opus-4-5-20260101", 5),
        ("claude-sonnet-4", 3),
        ("claude-sonnet-4-5", 3.5),
        ("doubao-seed-2-1-pro-260628", 0.84),
        ("kimi-k2.5-high", 0.6),
    ],
)
def test_a_price_is_found_under_other_spellings(model: str, input_price: float) -> None:
    price = find(LIST, model)

    assert price is not None
    assert (price.input, price.dated) == (input_price, "2026-08-01")


@pytest.mark.parametrize("model", ["kimi-for-coding", "glm-5", "claude-sonnet", "", "glm-5.2-air"])
def test_an_unknown_model_has_no_price_instead_of_a_free_one(model: str) -> None:
    assert find(LIST, model) is None


def test_the_undated_price_holds_before_another_date() -> None:
    prices = Prices(
        dated="2026-08-01",
        models={
            "m-20250101": ModelPrice(input=1, output=1),
            "m": ModelPrice(input=2, output=2),
            "m-20260101": ModelPrice(input=3, output=3),
        },
    )

    found = {name: find(prices, name) for name in ("m", "m-20250101", "m-20270101", "x/m-20260101")}

    assert {name: price.input for name, price in found.items() if price} == {
        "m": 2,
        "m-20250101": 1,
        "m-20270101": 2,
        "x/m-20260101": 3,
    }


@pytest.mark.parametrize(
    ("declared", "served", "same"),
    [
        ("sonnet", "claude-sonnet-4-5-20250929", True),
        ("opus", "claude-sonnet-4-5", False),
        ("sonnet", "glm-5.2", False),
        ("claude-sonnet-4", "claude-sonnet-4-20250514", True),
        ("claude-sonnet-4", "claude-sonnet-4-5-20250929", False),
        ("claude-opus-4-5-20251101", "claude-opus-4-5-20260101", False),
        ("doubao-seed-2-1-pro-20260628", "doubao-seed-2-1-pro-260628", True),
        ("ZhipuAI/GLM-5.2", "glm-5.2", True),
        ("glm-5.2[1m]", "glm-5.2", True),
        ("glm-5.2", "glm-5", False),
        ("deepseek-v3", "deepseek-v4", False),
        ("glm-5.2", "claude-haiku-4-5", False),
        ("zhipu,glm-5.2", "glm-5.2", True),
        ("zhipu,glm-5.2", "glm-5", False),
    ],
)
def test_aliases_and_dates_do_not_hide_another_model(declared: str, served: str, same: bool) -> None:
    assert same_model(declared, served) is same


@given(st.text(max_size=40))
def test_every_model_is_itself(model: str) -> None:
    assert same_model(model, model)


def test_the_first_list_that_knows_a_model_prices_it() -> None:
    own = Prices(dated="2026-08-20", models={"glm-5.2": ModelPrice(input=9, output=9)})

    price = pricer(None, own, LIST)

    assert (price("zai/glm-5.2"), price("kimi-k2.5")) == (find(own, "glm-5.2"), find(LIST, "kimi-k2.5"))
    assert price("nobody's") is None


@given(st.sampled_from(sorted(LIST.models)), st.sampled_from(("", "vendor/", "anthropic.")), st.booleans())
def test_many_models_are_priced_as_one_is(name: str, vendor: str, marked: bool) -> None:
    model = f"{vendor}{name}{'[1m]' * marked}"

    assert pricer(LIST)(model) == find(LIST, model) == find(LIST, name)
