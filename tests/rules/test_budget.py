"""Promises of rules/budget.py and rules/spending.py."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccorch.rules.budget import (
    ON_ITS_WAY,
    SMALLEST_ANSWER,
    Amount,
    Balance,
    Need,
    Pool,
    Refusal,
    Reservation,
    Wait,
    booked_ahead,
    dated,
    in_flight,
    is_line_due,
    nano,
    output_limit,
    output_room,
    reserve,
    tokens_of,
)
from ccorch.rules.pricing import cost
from ccorch.rules.spending import Spending, figures, read_figures
from ccorch.schema.ledger import LedgerLine, Usage
from ccorch.schema.price import ModelPrice

RATES = st.decimals("0.0001", 200, places=4).map(float)
PRICES = st.builds(ModelPrice, input=RATES, output=RATES)
NEEDS = st.builds(
    Need,
    input_tokens=st.integers(0, 500_000),
    max_tokens=st.integers(1, 128_000),
    price=PRICES | st.none(),
    multiplier=st.sampled_from([0.5, 1.0, 1.3]),
)
AMOUNTS = st.builds(Amount, nano_usd=st.integers(0, 10**11), tokens=st.integers(0, 10**6))


@st.composite
def balances(draw: st.DrawFn) -> Balance:
    pool = Pool(
        id="p",
        scope="run",
        limit_usd=draw(st.none() | st.decimals(0, 100, places=3).map(float)),
        limit_tokens=draw(st.none() | st.integers(0, 2_000_000)),
    )
    return Balance(pool=pool, spent=draw(AMOUNTS), reserved=draw(AMOUNTS))


PRICE = ModelPrice(input=2, output=10)


def run_pool(limit_usd: float, spent: float = 0.0) -> Balance:
    pool = Pool(id="run:r1", scope="run", limit_usd=limit_usd, key="cost.usd_per_run")
    return Balance(pool=pool, spent=Amount(nano_usd=nano(spent)))


def test_a_request_reserves_its_dearest_end() -> None:
    need = Need(input_tokens=1000, max_tokens=2000, price=PRICE)

    assert reserve([run_pool(1.0)], need) == Reservation(
        amount=Amount(nano_usd=22_500_000, tokens=3000), max_tokens=2000
    )


def test_the_tightest_pool_shortens_the_answer() -> None:
    need = Need(input_tokens=1000, max_tokens=32_000, price=PRICE)

    granted = reserve([run_pool(1.0), run_pool(0.0125), run_pool(2.0)], need)

    assert isinstance(granted, Reservation)
    assert granted.max_tokens == 1000 - ON_ITS_WAY
    assert granted.amount == need.amount(1000)


def test_an_answer_too_short_to_be_worth_it_is_refused_with_the_whole_sentence() -> None:
    refusal = reserve([run_pool(0.5, spent=0.497)], Need(input_tokens=400, max_tokens=9000, price=PRICE))

    assert isinstance(refusal, Refusal)
    assert refusal.message == (
        "The run budget 'run:r1' does not cover this request: $0.4970 of $0.50 spent, at least "
        "$0.0040 needed, $0.0010 missing; raise cost.usd_per_run and run again."
    )


def test_a_short_question_may_have_a_short_answer() -> None:
    assert isinstance(reserve([run_pool(0.0001)], Need(input_tokens=4, max_tokens=1, price=PRICE)), Reservation)


def test_token_limits_refuse_unpriced_models_too() -> None:
    pool = Balance(pool=Pool(id="t", scope="day", limit_tokens=1000), spent=Amount(tokens=900))

    refusal = reserve([pool], Need(input_tokens=50, max_tokens=1000, price=None))

    assert isinstance(refusal, Refusal)
    assert (refusal.unit, refusal.needed, refusal.missing) == ("tokens", 354, 254)


@given(st.lists(balances(), max_size=4), NEEDS)
def test_a_reservation_fits_every_pool_and_is_as_long_as_it_can_be(pools: list[Balance], need: Need) -> None:
    outcome = reserve(pools, need)
    least = min(need.max_tokens, SMALLEST_ANSWER + ON_ITS_WAY)

    match outcome:
        case Reservation():
            assert 0 < outcome.max_tokens <= need.max_tokens
            assert all(_covers(pool, need, outcome.max_tokens) for pool in pools)
            if outcome.max_tokens < need.max_tokens:
                assert outcome.max_tokens >= SMALLEST_ANSWER
                assert all(_covers(pool, need, outcome.max_tokens + ON_ITS_WAY) for pool in pools)
                assert not all(_covers(pool, need, outcome.max_tokens + ON_ITS_WAY + 1) for pool in pools)
        case Wait():
            assert any(pool.reserved != Amount() for pool in pools)
            assert all(_covers(_alone(pool), need, least) for pool in pools)
        case Refusal():
            assert not _covers(outcome.balance, need, least)
            assert any(not _covers(_alone(pool), need, least) for pool in pools)
            assert outcome.missing > 0
            assert outcome.balance.pool.id in outcome.message


def _alone(balance: Balance) -> Balance:
    return balance.model_copy(update={"reserved": Amount()})


def test_a_request_waits_for_others_only_when_they_hold_what_it_needs() -> None:
    need = Need(input_tokens=1000, max_tokens=32_000, price=PRICE)
    pool = run_pool(0.4)
    busy = pool.model_copy(update={"reserved": Amount(nano_usd=nano(0.38))})
    spent = run_pool(0.4, spent=0.38)

    assert [type(reserve([balance], need)) for balance in (pool, busy, spent)] == [Reservation, Wait, Reservation]


def _covers(balance: Balance, need: Need, output: int) -> bool:
    amount = need.amount(output)
    money, tokens = balance.left_nano, balance.left_tokens
    return (money is None or need.price is None or amount.nano_usd <= money) and (
        tokens is None or amount.tokens <= tokens
    )


@given(st.lists(balances(), max_size=3), st.integers(0, 10_000), st.integers(0, 10_000), PRICES)
def test_room_for_output_is_used_up_exactly_at_the_limit(
    pools: list[Balance], fresh: int, cached: int, price: ModelPrice
) -> None:
    room = output_room(pools, Usage(input=fresh, cache_read=cached), price, 1.0)

    for balance in pools:
        if room is not None and room >= 0 and balance.left_nano is not None:
            usage = Usage(input=fresh, cache_read=cached, output=room)
            assert cost(price, usage) <= balance.left_nano
    if room is None:
        assert all(pool.left_nano is None and pool.left_tokens is None for pool in pools)


@given(st.integers(0, 10_000_000))
def test_booking_ahead_covers_the_stream_until_its_next_line_and_little_more(output: int) -> None:
    ahead = booked_ahead(output)

    assert not is_line_due(output, ahead)
    assert is_line_due(ahead, ahead)
    assert output < ahead <= max(output + 64, output * 1.05 + 1)


@given(st.integers(0, 100_000), st.integers(1, 100_000))
def test_a_stream_is_cut_where_what_is_on_its_way_still_fits_and_never_where_it_was_asked_to_end(
    room: int, granted: int
) -> None:
    limit = output_limit(room, granted)

    assert limit + in_flight(1) <= room or limit == min(granted, room)
    assert limit >= min(granted, room)


def test_few_lines_are_written_for_a_long_stream() -> None:
    lines, booked = 0, booked_ahead(0)
    for output in range(64_000):
        if is_line_due(output, booked):
            lines, booked = lines + 1, booked_ahead(output)

    assert lines < 300


@pytest.mark.parametrize(("size", "tokens"), [(0, 0), (1, 1), (4, 1), (5, 2)])
def test_tokens_are_reckoned_from_bytes_rounded_up(size: int, tokens: int) -> None:
    assert tokens_of(size) == tokens


def test_a_dated_pool_begins_anew_each_local_day() -> None:
    midnight = 1_785_542_400.0  # UTC, 1 August 2026

    assert [dated("day:{day}", midnight + s, 0) for s in (-0.1, 0)] == ["day:2026-07-31", "day:2026-08-01"]
    assert [dated("day:{day}", midnight - 7200 + s, 7200) for s in (-0.1, 0)] == [
        "day:2026-07-31",
        "day:2026-08-01",
    ]
    assert dated("glm:{month}", midnight, -18_000) == "glm:2026-07"
    assert dated("run:r1", midnight, 0) == "run:r1"


@given(st.integers(0, 2**32), st.sampled_from(["Europe/Berlin", "America/St_Johns", "Pacific/Kiritimati", "UTC"]))
def test_a_day_is_the_calendars_own_on_both_sides_of_a_clock_change(at: int, zone: str) -> None:
    moment = datetime.fromtimestamp(at, ZoneInfo(zone))
    offset = moment.utcoffset()
    assert offset is not None

    seconds = round(offset.total_seconds())
    assert dated("{day} {month}", at, seconds) == moment.strftime("%Y-%m-%d %Y-%m")


def line(request: str, state: str, output: int, nano_usd: int | None = 1) -> LedgerLine:
    return LedgerLine.model_validate(
        {
            "id": request,
            "state": state,
            "at": 0.0,
            "run": "r1",
            "node": "a",
            "attempt": 1,
            "profile": "glm",
            "pools": ["run:r1"],
            "declared_model": "glm-5.2",
            "output_tokens": output,
            "nano_usd": nano_usd,
            "basis": "exact" if state == "closed" else "estimate",
        }
    )


def of(lines: Iterable[LedgerLine]) -> Spending:
    spending = Spending()
    for one in lines:
        spending.add(one)
    return spending


def test_the_last_line_of_a_request_holds_and_an_unfinished_one_counts_as_booked() -> None:
    spending = of(
        [
            line("q1", "open", 32, 10),
            line("q1", "progress", 64, 20),
            line("q2", "open", 32, 10),
            line("q1", "closed", 41, 13),
            line("q3", "refused", 0, 0),
            line("q4", "closed", 5, None),
        ]
    )

    assert spending.pool("run:r1") == Amount(nano_usd=23, tokens=78)
    assert spending.pool("run:another") == Amount()
    assert [left.id for left in spending.unfinished()] == ["q2"]


@given(
    st.lists(
        st.tuples(st.sampled_from(["open", "progress", "closed"]), st.integers(0, 10**15), st.integers(0, 5)),
        max_size=40,
    )
)
def test_sums_are_exact_whatever_the_order_of_requests(rows: list[tuple[str, int, int]]) -> None:
    last: dict[str, int] = {}
    lines: list[LedgerLine] = []
    for state, money, request in rows:
        name = str(request)
        if not any(done.id == name and done.is_last for done in lines):
            lines.append(line(name, state, 1, money))
            last[name] = money

    assert of(lines).pool("run:r1").nano_usd == sum(last.values())


def test_nothing_counts_after_the_last_line_of_a_request() -> None:
    spending = of(
        [
            line("q1", "open", 32, 10),
            line("q1", "closed", 41, 13),
            line("q1", "closed", 41, 13),
            line("q1", "open", 9),
        ]
    )

    assert spending.pool("run:r1") == Amount(nano_usd=13, tokens=41)
    assert spending.unfinished() == ()


@given(st.sampled_from(["closed", "refused"]), st.integers(0, 10**6), st.none() | st.integers(0, 10**12))
def test_figures_read_from_the_file_are_those_of_the_line(state: str, output: int, money: int | None) -> None:
    whole = line("q1", state, output, money)

    assert read_figures(json.loads(whole.model_dump_json(exclude_none=True))) == figures(whole)


@pytest.mark.parametrize("wrong", [{"nano_usd": -1}, {"output_tokens": True}, {"pools": [1]}, {"run": None}])
def test_figures_that_are_none_are_refused(wrong: dict[str, Any]) -> None:
    data = line("q1", "closed", 3).model_dump(mode="json") | wrong

    with pytest.raises((TypeError, ValueError)):
        read_figures(data)
