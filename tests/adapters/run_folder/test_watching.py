"""Runs looked at again and again: every look tells what is new, with the index and without."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccorch.adapters.run_folder.index import Index
from ccorch.adapters.run_folder.layout import Layout, State
from ccorch.adapters.run_folder.library import RunLibrary
from ccorch.errors import RunCorrupt, RunNotFound
from ccorch.ports.looking import Watch
from ccorch.schema.event import Ended, Event, Finished, Found, Reopened, Started, ToolCalled
from ccorch.schema.finding import Finding
from tests.board_kit import lines, write
from tests.fakes.clock import FakeClock
from tests.plan_kit import node, plan
from tests.views.logs import LOGS

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


def test_a_run_that_comes_within_the_same_tick_as_another_is_found(place: Place) -> None:
    runs, watch = Layout(place.project).runs, place.library.watch()
    os.utime(runs, (1e9, 1e9))
    place.clock.time = 1e9 + 0.5
    assert told(watch) == [(RUN, "running")]

    write(place.project, OTHER, PLAN, (), 2e9)
    os.utime(runs, (1e9, 1e9))

    assert told(watch) == [(OTHER, "queued")]


def test_without_an_index_each_look_tells_what_is_new(place: Place) -> None:
    watch = place.library.watch()

    (first,) = watch.look().changed
    assert (first.status, first.at_work, first.doing) == ("running", ("a",), "Read app.py")
    assert watch.look().changed == ()
    assert [node.status for node in watch.summary(RUN).nodes] == ["running", "waiting"]
    place.append(OVER[0])
    (second,) = watch.look().changed
    assert (second.passed, second.at_work, second.doing) == (1, (), "")
    assert [node.status for node in watch.summary(RUN).nodes] == ["passed", "waiting"]
    place.append(OVER[1])
    assert told(watch) == [(RUN, "failed")]
    assert told(watch) == []
    write(place.project, OTHER, PLAN, (), 2e9)
    assert told(watch) == [(OTHER, "queued")]


def test_what_the_index_knows_of_a_log_is_not_read_again(place: Place) -> None:
    index = Index(place.state.index)
    index.update(RUN, place.project)
    index.close()
    place.log.write_bytes(b"?" * (place.log.stat().st_size - 1) + b"\n")
    watch = place.library.watch()
    assert told(watch) == [(RUN, "running")]

    place.append(Ended(node="a", attempt=1, passed=True))
    (seen,) = watch.look().changed
    assert (seen.passed, seen.questions, seen.findings) == (1, (), 0)
    assert watch.summary(RUN).nodes[0].status == "passed"
    with pytest.raises(RunNotFound):
        watch.summary(OTHER)


def test_an_index_that_stands_still_is_not_waited_for(place: Place) -> None:
    index = Index(place.state.index)
    index.update(RUN, place.project)
    index.close()
    watch = place.library.watch()
    assert told(watch) == [(RUN, "running")]

    place.append(*OVER)
    assert told(watch) == [(RUN, "failed")]
    assert told(watch) == []


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
    broken = write(place.project, OTHER, PLAN, BEGUN, 1e9) / "events.ndjson"
    with open(broken, "ab") as log:
        log.write(b'{"seq": 4, "type": "said", "text": "\xff\xfe"}\n')
    watch = place.library.watch()
    look = watch.look()
    assert [seen.run_id for seen in look.changed] == [RUN]
    assert [str(broken) in said and "line 4" in said for said in look.left_out] == [True]
    assert watch.look().left_out == look.left_out

    shutil.rmtree(place.log.parent)
    assert watch.look().gone == (RUN,)


def test_a_run_at_work_whose_log_could_not_be_read_is_told_again_once_it_can(place: Place) -> None:
    watch, whole = place.library.watch(), place.log.read_bytes()
    assert told(watch) == [(RUN, "running")]
    place.log.write_bytes(b"?\n")
    assert (told(watch), len(watch.look().left_out)) == ([], 1)

    place.log.write_bytes(whole)
    place.append(OVER[0])

    assert [seen.passed for seen in watch.look().changed] == [1]
    assert watch.look().left_out == ()


def test_lines_that_are_no_events_and_a_torn_one_hide_nothing_that_comes_after(place: Place) -> None:
    watch = place.library.watch()
    watch.look()
    found = Finding(code="x", severity="high", blocking=True, message="y")
    torn = lines([Found(finding=found)], 2e9, 5)
    with open(place.log, "ab") as log:
        log.write(b'{"seq": 4, "type": "said", "text": "\xff\xfe"}\n' + torn[:20])
    assert watch.look().changed == ()
    with open(place.log, "ab") as log:
        log.write(torn[20:])

    assert [(seen.risk, seen.findings) for seen in watch.look().changed] == [("high", 1)]
    place.log.write_bytes(place.log.read_bytes()[:200])
    assert told(watch) == [(RUN, "queued")]


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
    return [(seen.run_id, seen.status) for seen in watch.look().changed]


@settings(max_examples=15)
@given(LOGS, st.integers(0, 30))
def test_the_index_and_the_log_tell_the_same(log: list[Event], cut: int) -> None:
    """One is told by the index, the other from the log in two goes."""
    with TemporaryDirectory() as name:
        project, state = Path(name, "project"), State(Path(name, "state"))
        state.make()
        made = plan(node("a"), node("b"), node("c"))
        path = write(project, RUN, made, (Started(node="c", attempt=1),), 100.0) / "events.ndjson"
        # what is written about a run that is over is the index's to tell
        later = [event.model_copy(update={"at": 1.0}) for event in log if event.type != "finished"]
        library = RunLibrary(state, FakeClock(), project)
        by_log = library.watch()
        first = by_log.look().changed
        for some in (later[:cut], later[cut:]):
            with open(path, "ab") as file:
                file.write(lines(some, 101.0, path.read_bytes().count(b"\n") + 1))
            first = by_log.look().changed or first
        index = Index(state.index)
        index.update(RUN, project)
        index.close()

        assert first == library.watch().look().changed
