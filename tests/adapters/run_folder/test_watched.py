"""Promises to watchers: a look tells where a run stands, and what was told since, from that part of its log."""

import shutil
from pathlib import Path

import pytest

from ccorch.adapters.run_folder.glance import LEFT_OUT
from ccorch.adapters.run_folder.index import Index
from ccorch.adapters.run_folder.layout import Layout, State
from ccorch.adapters.run_folder.library import RunLibrary
from ccorch.errors import CursorUnknown, RunCorrupt, RunNotFound
from ccorch.schema.cursor import Mark, known_of, marks_of, spelled
from tests.adapters.run_folder.test_index import LOG, PLAN
from tests.fakes.clock import FakeClock
from tests.run_kit import OTHER_RUN, RUN, submission


@pytest.fixture
def library(tmp_path: Path) -> RunLibrary:
    (tmp_path / "project").mkdir()
    made = RunLibrary(State(tmp_path / "state"), FakeClock(step=1.0))
    made.create(submission(tmp_path / "project", RUN, PLAN))
    for event in LOG:
        made.append(RUN, event)
    return made


def log_of(tmp_path: Path) -> Path:
    return Layout(tmp_path / "project").file(RUN, "events.ndjson")


def marks(tmp_path: Path) -> list[Mark]:
    """Every place of the log."""
    found, offset = [Mark()], 0
    for seq, line in enumerate(log_of(tmp_path).read_bytes().splitlines(keepends=True), 1):
        offset += len(line)
        found.append(Mark(seq, offset))
    return found


def test_between_any_two_places_is_told_what_lies_there_without_the_many(
    library: RunLibrary, tmp_path: Path
) -> None:
    places, events = marks(tmp_path), list(library.events(RUN))
    for begin in places:
        for end in places[begin.seq :]:
            wanted = [one for one in events[begin.seq : end.seq] if one.type.encode() not in LEFT_OUT]
            assert list(library.told(RUN, begin, end)) == wanted


def test_a_place_that_is_none_of_the_log_is_refused_wherever_it_lies(library: RunLibrary, tmp_path: Path) -> None:
    real = marks(tmp_path)
    for offset in range(real[-1].offset + 3):
        for seq in (0, 2, 5, 99):
            strange = Mark(seq, offset)
            if strange in real:
                continue
            with pytest.raises(CursorUnknown, match=f"is no place in the log of run {RUN}"):
                list(library.told(RUN, strange, real[-1]))


def test_the_index_and_the_folder_give_the_same_picture_and_the_folder_is_asked_where_it_is_behind(
    library: RunLibrary, tmp_path: Path
) -> None:
    folded = library.snapshot(RUN, exact=True)
    index = Index(State(tmp_path / "state").index)
    index.catch_up([tmp_path / "project"])
    again = RunLibrary(State(tmp_path / "state"), FakeClock())

    assert again.snapshot(RUN, exact=False) == again.snapshot(RUN, exact=True) == folded
    assert folded.mark == marks(tmp_path)[-1]

    library.append(RUN, LOG[1])
    index.close()
    assert again.snapshot(RUN, exact=False).mark == folded.mark
    assert again.snapshot(RUN, exact=True).mark.seq == len(LOG) + 1
    assert again.size(RUN) == log_of(tmp_path).stat().st_size


def test_a_torn_last_line_is_told_once_it_is_whole(library: RunLibrary, tmp_path: Path) -> None:
    log = log_of(tmp_path)
    whole, end = log.read_bytes(), marks(tmp_path)[-1]
    before = marks(tmp_path)[-2]
    log.write_bytes(whole[:-9])

    assert library.snapshot(RUN, exact=True).mark == before
    assert list(library.told(RUN, before, end)) == []
    log.write_bytes(whole)
    assert [event.type for event in library.told(RUN, before, end)] == ["finished"]


def test_what_is_no_event_is_said_with_its_line(library: RunLibrary, tmp_path: Path) -> None:
    places = marks(tmp_path)
    with log_of(tmp_path).open("ab") as log:
        log.write(b'{"seq":9,"at":1.0,"type":"found\xff\n')

    with pytest.raises(RunCorrupt, match="line 9"):
        list(library.told(RUN, places[-1], Mark(9, log_of(tmp_path).stat().st_size)))


def test_a_run_that_is_deleted_under_its_watcher_is_not_found(library: RunLibrary, tmp_path: Path) -> None:
    assert library.size(RUN) > 0
    shutil.rmtree(log_of(tmp_path).parent)

    for look in (lambda: library.size(RUN), lambda: library.snapshot(RUN, exact=False)):
        with pytest.raises(RunNotFound):
            look()


def test_a_part_of_a_file_is_read_without_the_rest(library: RunLibrary) -> None:
    library.artifact(RUN, "nodes/a/1/answer.md", "ä".encode() * 50)

    assert library.part(RUN, "nodes/a/1/answer.md", 98, 10) == ("ä".encode(), 100)
    assert library.part(RUN, "nodes/a/1/answer.md", 500, 10) == (b"", 100)
    assert library.part(RUN, "nodes/a/2/answer.md", 0, 10) is None


def test_a_cursor_says_what_it_was_made_from() -> None:
    known = {RUN: Mark(0, 0), OTHER_RUN: Mark(36**9 - 1, 51)}

    assert marks_of(spelled(known)) == {RUN[:8]: Mark(0, 0), OTHER_RUN[:8]: Mark(36**9 - 1, 51)}
    assert marks_of("") == {}


def test_runs_that_begin_alike_do_not_take_each_others_place() -> None:
    one, other = RUN[:8] + "0" * 8, RUN[:8] + "01" * 4
    known = {one: Mark(3, 30), other: Mark(5, 50)}

    assert known_of(marks_of(spelled(known)), tuple(known)) == known
    # a cursor of one of them, from when the other one was not waited for, may be of either: both are told whole
    assert known_of(marks_of(spelled({one: Mark(3, 30)})), tuple(known)) == {one: None, other: None}
