"""What is kept of a stream: never more than the limit, the same whoever reads it and in whatever pieces."""

from hypothesis import given
from hypothesis import strategies as st

from ccorch.adapters.claude_code.clocks import Clocks
from ccorch.ports import AttemptId
from ccorch.rules.room import Room, is_of_the_end, shortened
from ccorch.schema.policy import Output

LIMITS = Output(soft_bytes=1000, hard_bytes=2000, events_soft_bytes=100, events_hard_bytes=200)


@given(st.lists(st.integers(0, 900), max_size=20), st.lists(st.booleans(), min_size=20, max_size=20))
def test_no_more_is_kept_than_the_limit_and_pieces_make_no_difference(sizes: list[int], whole: list[bool]) -> None:
    told: list[tuple[str, int, bool]] = []
    room = Room(LIMITS, lambda key, wanted, hard: told.append((key, wanted, hard)))
    again = Room(LIMITS, lambda key, wanted, hard: None)
    for size, at_once in zip(sizes, whole, strict=False):
        line = b"x" * size
        kept = (at_once and room.takes_all(size + 1)) or room.takes(line)
        assert kept == again.takes(line)

    assert room.kept == again.kept <= 2000
    assert room.kept + room.bytes_out == sum(size + 1 for size in sizes)
    assert sum(hard for _, _, hard in told) == (room.lines_out > 0)


@given(st.lists(st.integers(1, 150), max_size=10))
def test_no_more_events_are_told_than_the_limit(sizes: list[int]) -> None:
    room = Room(LIMITS, lambda key, wanted, hard: None)
    told = sum(size for size in sizes if room.tells(size))

    assert told == room.events <= 200
    assert ("events are left out" in room.left_out) == (told < sum(sizes))


def test_of_the_end_are_results_and_errors() -> None:
    kept = (b'{"type":"result"', b'{"type":"system","subtype":"init"', b'{"a":1,"is_error":true}')

    assert all(is_of_the_end(line) for line in kept)
    assert not any(is_of_the_end(line) for line in (b'{"type":"assistant"}', b'{"type":"user"}'))


def test_a_shortened_text_says_how_much_is_missing() -> None:
    assert shortened("abc", 3) == "abc"
    assert shortened("a" * 1500, 1000).endswith("[500 characters left out (policy.output.final_max_chars=1000)]")


def test_the_clocks_begin_with_the_first_line_and_say_which_limit_it_was() -> None:
    clocks = Clocks(10, 30)

    assert clocks.look(0, 0, 0) is None
    assert clocks.look(0, 0, 1000) is None
    assert clocks.look(1, 0, 1000) is None
    assert [clocks.look(1 + at, 0, 1000 + at) for at in range(30)] == [None] * 30
    stuck = clocks.look(99, 0, 1030)
    assert stuck is not None
    assert (stuck.outcome, "policy.no_progress_seconds" in stuck.reason) == ("no_progress", True)
    silent = Clocks(10, 30)
    silent.look(1, 1, 0)
    found = silent.look(1, 1, 10)
    assert found is not None
    assert (found.outcome, "policy.stall_seconds" in found.reason) == ("stalled", True)


def test_half_way_to_a_limit_is_told_early_and_always_in_the_same_words() -> None:
    clocks = Clocks(10, 30)

    def told(heard: int, now: float) -> list[tuple[str, str]]:
        clocks.look(heard, 1, now)
        return [(one.code, one.message) for one in clocks.warnings(AttemptId(run="r", node="a", attempt=2))]

    assert [told(0, at) for at in (0, 100, 900)] == [[]] * 3, "until the first line its start has a time of its own"
    assert [told(1, at) for at in (1000, 1004.9)] == [[]] * 2
    silent = ("stalled", "nothing was heard of it for 5s; after 10s it is stopped")
    assert [told(1, at) for at in (1005, 1009, 1010.1)] == [[silent]] * 3, "also where nobody looked in time"
    assert told(2, 1010.5) == []
    assert told(3, 1016) == [("no_progress", "it said and did nothing new for 15s; after 30s it is stopped")]
