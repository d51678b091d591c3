"""Runs looked at again and again: every look tells what is new, with the index and without."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from ccorch.adapters.run_folder.index import Index
from ccorch.adapters.run_folder.layout import Layout, State
from ccorch.adapters.run_folder.library import RunLibrary
from ccorch.errors import RunCorrupt
from ccorch.ports.looking import Watch
from ccorch.schema.event import Ended, Event, Finished, Reopened, Started, ToolCalled
from tests.board_kit import lines, write
from tests.fakes.clock import FakeClock
from tests.plan_kit import node, plan

RUN, OTHER = "0123456789abcdef", "fedcba9876543210"
PLAN = plan(node("a"), node("b", "a"))
BEGUN: tuple[Event, ...] = (
    Started(node="a", attempt=1),
    ToolCalled(node="a", attempt=1, line=1, tool="Read", target="app.py"),
)
OVER: tuple[Event, ...] = (Ended(node="a", attempt=1, passed=True), Finished(status="failed"))


@dataclass
class Place:
    """A project with a run, and who looks at it."""

    project: Path
    state: State
    clock: FakeClock
    library: RunLibrary

    @property
    def log(self) -> Path:
        return Layout(self.project).run(RUN) / "events.ndjson"

    def append(self, *events: Event) -> None:
        known = self.log.read_bytes().count(b"\n")
        with open(self.log, "ab") as file:
            file.write(lines(events, 2e9, known + 1))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    project, clock = tmp_path / "project", FakeClock()
    write(project, RUN, PLAN, BEGUN, 1e9)
    state = State(tmp_path / "state")
    state.make()
    return Place(project, state, clock, RunLibrary(state, clock, project))


def test_without_an_index_each_look_tells_what_is_new(place: Place) -> None:
    watch = place.library.watch()

    (first,) = watch.look().changed
    assert (first.row.status, first.doing) == ("running", "a: Read app.py")
    assert watch.look().changed == ()
    place.append(OVER[0])
    (second,) = watch.look().changed
    assert (second.row.passed, second.doing) == (1, "")
    place.append(OVER[1])
    assert told(watch) == [(RUN, "failed")]
    assert told(watch) == []
    write(place.project, OTHER, PLAN, (), 2e9)
    assert told(watch) == [(OTHER, "queued")]


def test_with_an_index_a_live_log_is_not_read_at_all(place: Place) -> None:
    index = Index(place.state.index)
    index.update(RUN, place.project)
    watch = place.library.watch()
    assert told(watch) == [(RUN, "running")]

    place.append(OVER[0])
    index.update(RUN, place.project)
    place.log.write_bytes(place.log.read_bytes().replace(b'"ended"', b'"nonsense"'))
    (seen,) = watch.look().changed
    assert seen.row.passed == 1
    index.close()


def test_an_index_that_stands_still_is_waited_for_and_then_done_without(place: Place) -> None:
    index = Index(place.state.index)
    index.update(RUN, place.project)
    index.close()
    watch = place.library.watch()
    assert told(watch) == [(RUN, "running")]

    place.append(*OVER)
    assert told(watch) == []
    place.clock.time += 1.0
    assert told(watch) == []
    place.clock.time += 1.5
    assert told(watch) == [(RUN, "failed")]


def test_a_run_that_was_over_and_goes_on_is_told_again(place: Place) -> None:
    index = Index(place.state.index)
    place.append(*OVER)
    index.update(RUN, place.project)
    watch = place.library.watch()
    assert told(watch) == [(RUN, "failed")]
    assert told(watch) == []

    place.append(Reopened(nodes=("b",), by="terminal"))
    index.update(RUN, place.project)
    index.close()
    assert told(watch) == [(RUN, "needs_rerun")]


def test_a_deleted_run_is_gone_and_a_broken_one_is_left_out_with_its_place(place: Place) -> None:
    write(place.project, OTHER, PLAN, BEGUN, 1e9)
    watch = place.library.watch()
    assert len(watch.look().changed) == 2

    with open(place.log, "ab") as log:
        log.write(b'{"seq": 4, "type": "said", "text": "\xff\xfe"}\n')
    shutil.rmtree(Layout(place.project).run(OTHER))
    look = watch.look()
    assert look.gone == (OTHER,)
    assert [str(place.log) in said and "line 4" in said for said in look.left_out] == [True]
    assert watch.look().left_out == look.left_out


def test_a_reader_reads_whole_lines_once_and_goes_on_behind_them(place: Place) -> None:
    reader = place.library.reader(RUN)
    assert [event.type for event in reader.news(2)] == ["submitted", "started"]
    half = lines(OVER[:1], 2e9, 4)
    with open(place.log, "ab") as log:
        log.write(half[:30])

    assert [event.type for event in reader.news(9)] == ["tool_called"]
    assert reader.news(9) == ()
    with open(place.log, "ab") as log:
        log.write(half[30:])
    assert [event.type for event in reader.news(9)] == ["ended"]
    shutil.rmtree(place.log.parent)
    with pytest.raises(RunCorrupt):
        reader.news(9)


def told(watch: Watch) -> list[tuple[str, str]]:
    """Runs of one look, with their states."""
    return [(seen.row.run, seen.row.status) for seen in watch.look().changed]
