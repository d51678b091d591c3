"""Promises of the event log: an event is there whole or not at all, whatever happens to its disk."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ccorch.adapters.run_folder.log import EventLog, Place, read, skip
from ccorch.errors import RunCorrupt, RunStateConflict, WorkspaceUnwritable
from ccorch.schema.event import Event, Said, Started
from tests.disk import files_end_at


def said(text: str) -> Event:
    return Said(node="a", attempt=1, line=1, text=text)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "events.ndjson").touch()
    return tmp_path / "events.ndjson"


def test_events_come_back_in_order_with_number_and_time(path: Path) -> None:
    log = EventLog(path)
    written = [log.append(said(text), at) for text, at in (("a", 1.5), ("b\n\u2028é", 2.5))]

    assert [(event.seq, event.at) for event in written] == [(1, 1.5), (2, 2.5)]
    assert list(read(path, Place())) == written


def test_two_writers_never_give_the_same_number(path: Path) -> None:
    one, other = EventLog(path), EventLog(path)
    for log in (one, other, other, one):
        log.append(said("x"), 1.0)

    assert [event.seq for event in read(path, Place())] == [1, 2, 3, 4]


@pytest.mark.parametrize("seq", [1, 3])
def test_a_number_that_is_not_the_next_is_refused(path: Path, seq: int) -> None:
    log = EventLog(path)
    log.append(said("x"), 1.0)

    with pytest.raises(RunStateConflict):
        log.append(Started(seq=seq, node="a", attempt=1), 1.0)

    assert log.append(Started(seq=2, node="a", attempt=1), 1.0).seq == 2


def test_a_line_torn_at_any_byte_is_skipped_and_healed(path: Path) -> None:
    first = EventLog(path).append(said("first"), 1.0)
    whole = path.read_bytes()
    EventLog(path).append(said("é" * 9), 2.0)
    both = path.read_bytes()

    for length in range(len(whole), len(both)):
        path.write_bytes(both[:length])
        assert list(read(path, Place())) == [first]

        after = EventLog(path).append(said("after"), 3.0)
        assert list(read(path, Place())) == [first, after]


def test_a_disk_full_at_any_byte_is_an_error_and_the_next_append_heals(path: Path) -> None:
    log = EventLog(path)
    kept = [log.append(said("first"), 1.0)]
    size = path.stat().st_size

    for room in range(size, size + 90):
        with files_end_at(room), pytest.raises(WorkspaceUnwritable, match=r"events\.ndjson"):
            log.append(said("x" * 100), 2.0)
        assert path.stat().st_size == size
    kept.append(log.append(said("later"), 3.0))

    assert list(read(path, Place())) == kept


def test_the_nth_append_fails_and_no_other_event_is_lost(path: Path) -> None:
    log, kept = EventLog(path), []
    for number in range(12):
        room = path.stat().st_size if number % 3 == 2 else 1 << 30
        try:
            with files_end_at(room):
                kept.append(log.append(said(str(number)), 1.0))
        except WorkspaceUnwritable:
            continue

    assert len(kept) == 8
    assert list(read(path, Place())) == kept


def test_a_corrupt_line_in_the_middle_names_file_and_line(path: Path) -> None:
    log = EventLog(path)
    for _ in range(3):
        log.append(said("x"), 1.0)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + b'{"type":"nonsense"}\n' + lines[2])

    with pytest.raises(RunCorrupt, match=r"events\.ndjson, line 2") as problem:
        list(read(path, Place()))

    assert problem.value.facts["line"] == 2


def test_a_missing_line_is_noticed(path: Path) -> None:
    log = EventLog(path)
    for _ in range(3):
        log.append(said("x"), 1.0)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + lines[2])

    with pytest.raises(RunCorrupt, match="line 2 is not an event: it is numbered 3"):
        list(read(path, Place()))


def test_a_log_that_is_gone_is_corrupt(path: Path) -> None:
    path.unlink()

    with pytest.raises(RunCorrupt, match="No such file"):
        list(read(path, Place()))


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
    max_examples=30,
)
@given(after=st.integers(0, 9), steps=st.lists(st.integers(0, 3), max_size=4))
def test_reading_on_from_a_place_is_reading_at_once(path: Path, after: int, steps: list[int]) -> None:
    path.write_bytes(b"")
    log, place, seen = EventLog(path), Place(), []
    for count in [6, *steps]:
        for _ in range(count):
            log.append(said("x"), 1.0)
        skip(path, place, after)
        seen += read(path, place)

    assert seen == [event for event in read(path, Place()) if event.seq > after]
    assert all(one.seq + 1 == next_one.seq for one, next_one in pairwise(seen))
