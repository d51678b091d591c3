"""Promises of rules/promise.py and rules/pools.py: who may start, and on which money."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccorch.rules.budget import Amount, Balance, Pool, Refusal, nano
from ccorch.rules.pools import pools_of
from ccorch.rules.pricing import Price
from ccorch.rules.promise import Bound, Later, bound, promise, promised_anew
from ccorch.schema.ceiling import Ceiling
from tests.plan_kit import PROFILE, node, plan

PRICE = Price(dated="2026-08-21", input=2, output=10)
AMOUNTS = st.builds(Amount, nano_usd=st.integers(0, 10**9), tokens=st.integers(0, 10**6))
LEAST = Amount(nano_usd=nano(0.003), tokens=300)


@st.composite
def balances(draw: st.DrawFn) -> Balance:
    money = draw(st.none() | st.decimals("0.001", 1, places=3).map(float))
    pool = Pool(id="p", scope="run", limit_usd=money, limit_tokens=draw(st.none() | st.integers(0, 10**6)))
    return Balance(pool=pool, spent=draw(AMOUNTS), reserved=draw(AMOUNTS))


def run_pool(limit_usd: float, spent: float = 0.0, reserved: float = 0.0) -> Balance:
    pool = Pool(id="run:r1", scope="run", limit_usd=limit_usd, key="cost.usd_per_run")
    return Balance(pool=pool, spent=Amount(nano_usd=nano(spent)), reserved=Amount(nano_usd=nano(reserved)))


def wanting(usd: float) -> Bound:
    return Bound(wanted=Amount(nano_usd=nano(usd)), least=LEAST)


@given(st.lists(balances(), max_size=4), AMOUNTS, AMOUNTS)
def test_a_promise_fits_every_pool_and_whatever_waits_or_is_refused_says_why(
    pools: list[Balance], one: Amount, other: Amount
) -> None:
    least = Amount(nano_usd=min(one.nano_usd, other.nano_usd), tokens=min(one.tokens, other.tokens))
    wanted = Amount(nano_usd=max(one.nano_usd, other.nano_usd), tokens=max(one.tokens, other.tokens))

    outcome = promise(pools, Bound(wanted=wanted, least=least), "a")

    match outcome:
        case Amount():
            assert outcome in (wanted, least)
            assert all(_covers(pool, outcome) for pool in pools)
        case Later():
            assert outcome.balance.reserved != Amount()
            assert all(_covers(_alone(pool), least) for pool in pools)
        case Refusal():
            assert any(not _covers(_alone(pool), least) for pool in pools)
            assert outcome.missing > 0
            assert "a first request of a" in outcome.message


@given(st.lists(balances(), max_size=4), AMOUNTS)
def test_a_promise_is_kept_as_far_as_every_pool_covers_it(pools: list[Balance], amount: Amount) -> None:
    kept = promised_anew(pools, amount)

    assert kept.nano_usd <= amount.nano_usd
    assert kept.tokens <= amount.tokens
    if all(_covers(pool, amount) for pool in pools):
        assert kept == amount
    for pool in pools:
        assert kept.nano_usd <= max(pool.left_nano or 0, 0) or pool.left_nano is None
        assert kept.tokens <= max(pool.left_tokens or 0, 0) or pool.left_tokens is None


def _covers(balance: Balance, amount: Amount) -> bool:
    money, tokens = balance.left_nano, balance.left_tokens
    return (money is None or amount.nano_usd <= money) and (tokens is None or amount.tokens <= tokens)


def _alone(balance: Balance) -> Balance:
    return balance.model_copy(update={"reserved": Amount()})


@pytest.mark.parametrize(
    ("pool", "expected"),
    [
        (run_pool(2.0), Amount(nano_usd=nano(1.0))),
        (run_pool(2.0, reserved=1.5), Later),
        (run_pool(0.5), LEAST),
        (run_pool(0.5, reserved=0.4), LEAST),
        (run_pool(0.5, reserved=0.499), Later),
        (run_pool(0.5, spent=0.499), Refusal),
    ],
)
def test_what_is_wanted_is_waited_for_only_where_the_end_of_others_brings_it(
    pool: Balance, expected: object
) -> None:
    outcome = promise([pool], wanting(1.0), "a")

    assert outcome == expected or type(outcome) is expected


def test_who_waits_is_told_how_much_is_promised_to_others() -> None:
    outcome = promise([run_pool(2.0, reserved=1.5)], wanting(1.0), "a")

    assert isinstance(outcome, Later)
    assert outcome.reason == (
        "$1.00 of cost.usd_per_run are set aside before it starts, $0.50 of them are promised to workers at work"
    )


def test_a_node_with_a_limit_is_promised_what_is_left_of_it_and_any_other_a_first_request() -> None:
    one = node("a", worst_usd=3.0)
    limited = plan(one).model_copy(update={"limits": plan(one).limits.model_copy(update={"usd_per_node": 0.5})})

    first = bound(plan(one), one, PRICE, 1.0, Amount())
    left = bound(limited, one, PRICE, 1.0, Amount(nano_usd=nano(0.2)))

    assert 0 < first.least.nano_usd < first.wanted.nano_usd < nano(0.1)
    assert left.wanted.nano_usd == nano(0.3)
    assert bound(limited, one, PRICE, 1.0, Amount(nano_usd=nano(0.6))).wanted == left.least.model_copy(
        update={"tokens": left.wanted.tokens}
    )


def test_a_nodes_own_limit_holds_where_it_is_the_smaller_one_and_is_named_as_what_raises_it() -> None:
    own, loose, free = node("a", usd=0.2, tokens=900, worst_usd=3.0), node("b", usd=5.0, worst_usd=3.0), node("c")
    limits = plan(own).limits.model_copy(update={"usd_per_node": 0.5})
    made = plan(own, loose, free).model_copy(update={"limits": limits})

    for one, usd, tokens, key in ((own, 0.2, 900, "nodes"), (loose, 0.5, None, "cost"), (free, 0.5, None, "cost")):
        mine = [pool for pool in pools_of("r", made, one, Ceiling()) if pool.scope == "node"]
        assert [(pool.limit_usd, pool.limit_tokens) for pool in mine] == (
            [(usd, None), (None, tokens)] if tokens else [(usd, None)]
        )
        assert all(pool.key.startswith(f"{key}.") for pool in mine)
    wanted = bound(made, own, PRICE, 1.0, Amount(nano_usd=nano(0.05), tokens=100)).wanted
    assert wanted == Amount(nano_usd=nano(0.15), tokens=800)
    assert made.worst_of(own) == 0.2
    assert made.worst_of(loose) == 0.5


def test_every_limit_has_its_pool_and_what_is_shared_is_booked_under_one_name() -> None:
    made = plan(node("a"), label="x{y}", profiles=(PROFILE.model_copy(update={"source": "native"}),))
    more = {"usd_per_day": 3.0, "usd_per_month": 4.0, "usd_per_profile": {"scripted": 2.0}, "usd_per_label": 1.0}
    tokens = {"usd_per_node": 0.1, "tokens_per_node": 10, "tokens_per_run": 20}
    made = made.model_copy(update={"limits": made.limits.model_copy(update={**more, **tokens})})

    pools = pools_of("r", made, made.nodes[0], Ceiling(usd_per_month=9.0, usd_per_profile={"scripted": 8.0}))

    limits = {(pool.key, pool.booked_as): pool.limit_usd or pool.limit_tokens for pool in pools}
    assert limits == {
        ("cost.usd_per_node", "node:r/a"): 0.1,
        ("cost.tokens_per_node", "node:r/a"): 10,
        ("cost.usd_per_run", "run:r"): 1.0,
        ("cost.tokens_per_run", "run:r"): 20,
        ("ceiling.usd_per_day", "day:{day}"): 20.0,
        ("cost.usd_per_day", "day:{day}"): 3.0,
        ("ceiling.usd_per_month", "month:{month}"): 9.0,
        ("cost.usd_per_month", "month:{month}"): 4.0,
        ("ceiling.usd_per_profile", "profile:scripted:{day}"): 8.0,
        ("cost.usd_per_profile", "profile:scripted:{day}"): 2.0,
        ("", "label:x(y):{month}"): None,  # booked for everybody, limited by each run for itself
        ("cost.usd_per_label", "label:x(y):{month}"): 1.0,
    }
    assert len({pool.id for pool in pools}) == len(pools)
