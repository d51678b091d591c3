"""Breakers: nothing starts while one is open, exactly one attempt finds out, and no clock can undo that."""

from hypothesis import given
from hypothesis import strategies as st

from ccorch.rules.breaker import answered, hurried, let_go, opens, probing, standing, steadied, struck
from ccorch.schema.breaker import Breaker, Trouble

NOW = 1_800_000_000.0
QUOTA = Trouble(error="quota", lasting=True, said="429 1308", window="5h", until=NOW + 3600)
BALANCE = Trouble(error="quota", lasting=True, said="402", window="balance")
BUSY = Trouble(error="overload", lasting=False, said="529 overloaded_error")
NOBODY: frozenset[str] = frozenset()


def test_a_spent_quota_lets_nobody_start_until_it_is_over_and_then_one() -> None:
    breaker = struck(None, "glm", QUOTA, "r/a/1", NOW)

    assert standing(breaker, NOW, NOBODY) == "open"
    assert standing(breaker, NOW + 3600, NOBODY) == "open"
    assert standing(breaker, NOW + 3602, NOBODY) == "half_open"
    probed = probing(breaker, "r/b/1")
    assert standing(probed, NOW + 3602, {"r/b/1"}) == "open"
    assert answered(probed, "r/b/1") is None
    assert answered(probed, "r/a/1") is probed


def test_a_probe_that_is_lost_makes_room_for_another() -> None:
    probed = probing(struck(None, "glm", QUOTA, "r/a/1", NOW), "r/b/1")

    assert standing(probed, NOW + 4000, NOBODY) == "half_open"
    assert standing(let_go(probed, "r/b/1"), NOW + 4000, {"r/b/1"}) == "half_open"
    assert let_go(probed, "r/c/1") is probed


def test_without_a_time_it_waits_longer_each_time_the_probe_fails_and_never_beyond_an_hour() -> None:
    breaker: Breaker | None = None
    now, waits = NOW, []
    for _ in range(6):
        breaker = struck(breaker and probing(breaker, "p"), "glm", BALANCE, "p", now)
        waits.append(breaker.until - now)
        now = breaker.until

    assert waits == [900, 1800, 3600, 3600, 3600, 3600]


def test_what_was_under_way_when_it_opened_is_no_further_opening() -> None:
    breaker = struck(None, "glm", BUSY, "r/a/1", NOW)
    for number in range(20):
        breaker = struck(breaker, "glm", BUSY, f"r/n{number}/1", NOW + number / 10)

    assert breaker.strikes == 1
    assert breaker.until <= NOW + 2 + 30


def test_of_several_limits_that_are_used_up_all_have_to_be_over() -> None:
    breaker = struck(None, "k", QUOTA, "r/a/1", NOW)
    week = QUOTA.model_copy(update={"window": "week", "until": NOW + 86_400})
    breaker = struck(breaker, "k", week, "r/b/1", NOW)
    breaker = struck(breaker, "k", QUOTA, "r/c/1", NOW + 1)

    assert {one.name for one in breaker.windows} == {"5h", "week"}
    assert standing(breaker, NOW + 7200, NOBODY) == "open"


def test_a_clock_that_is_set_back_leaves_what_was_left() -> None:
    breaker = struck(None, "glm", QUOTA, "r/a/1", NOW)

    assert steadied(breaker, NOW - 86_400).until == NOW - 86_400 + 3601
    assert steadied(breaker, NOW + 5) is breaker
    assert standing(breaker, NOW - 86_400, NOBODY) == "open"


def test_somebody_may_ask_not_to_wait() -> None:
    breaker = hurried(struck(None, "glm", QUOTA, "r/a/1", NOW), NOW + 5)

    assert standing(breaker, NOW + 5, NOBODY) == "half_open"


def test_only_what_lasts_opens_it_at_once() -> None:
    assert [opens(one) for one in (QUOTA, BALANCE, BUSY)] == [True, True, False]
    assert not opens(Trouble(error="auth", lasting=True, said="401"))
    assert not opens(Trouble(error="refusal", lasting=True, said="400"))


troubles = st.builds(
    Trouble,
    error=st.sampled_from(["quota", "overload"]),
    lasting=st.booleans(),
    said=st.just("429"),
    window=st.sampled_from(["", "5h", "week"]),
    until=st.none() | st.floats(NOW - 1e5, NOW + 1e6),
)
steps = st.lists(
    st.tuples(st.sampled_from(["start", "trouble", "answer", "lost", "hurry"]), st.integers(0, 5), troubles),
    max_size=60,
)
passing = st.lists(st.floats(-4000, 4000), min_size=60, max_size=60)


@given(steps, passing)
def test_nothing_starts_while_it_is_open_and_exactly_one_finds_out(
    story: list[tuple[str, int, Trouble]], jumps: list[float]
) -> None:
    now, breaker, at_work, number = NOW, None, set[str](), 0
    for (step, which, trouble), jump in zip(story, jumps, strict=False):
        now += jump
        attempt = sorted(at_work)[which % len(at_work)] if at_work else ""
        match step:
            case "start":
                where = standing(breaker, now, at_work)
                if where == "open":
                    continue
                number += 1
                if breaker is not None:
                    # half open: whoever was sent to find out before is not at work any more
                    assert breaker.probe not in at_work
                    assert now >= steadied(breaker, now).until
                    breaker = probing(breaker, f"a{number}")
                at_work.add(f"a{number}")
                assert breaker is None or standing(breaker, now, at_work) == "open"
            case "trouble" if attempt:
                breaker = struck(breaker, "p", trouble, attempt, now)
                at_work.discard(attempt)
                assert standing(breaker, now, at_work) == "open"
                assert breaker.until <= now + 1e6 + 1e5 + 1
            case "answer" if attempt:
                was_probe = breaker is not None and breaker.probe == attempt
                breaker_after = answered(breaker, attempt)
                assert (breaker_after is None) == (breaker is None or was_probe)
                breaker = breaker_after
            case "lost" if attempt:
                at_work.discard(attempt)
                breaker = let_go(breaker, attempt)
            case "hurry" if breaker:
                breaker = hurried(breaker, now)
