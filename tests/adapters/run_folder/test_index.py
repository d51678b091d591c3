"""Promises of the index: it says what the run folders say, and the list is right without it too."""

import shutil
import sqlite3
import stat
from pathlib import Path

import pytest

from ccorch.adapters.run_folder.index import Index
from ccorch.adapters.run_folder.layout import Layout, State
from ccorch.adapters.run_folder.library import RunLibrary
from ccorch.adapters.run_folder.looking import MIGRATIONS, IndexReader
from ccorch.errors import RunCorrupt, WorkspaceUnwritable
from ccorch.schema.event import Ended, Event, Finished, Metered, Said, Skipped, Started, Submitted, ToolCalled
from ccorch.schema.summary import RunSummary
from ccorch.views.summary import summary
from tests.fakes.clock import FakeClock
from tests.plan_kit import node, plan
from tests.run_kit import OTHER_RUN, RUN, submission

PLAN = plan(node("a"), node("b", "a"), task="look\n  around " + "x" * 100, label="try")
LOG: list[Event] = [
    Submitted(run=RUN, plan=PLAN.sha256, by="terminal"),
    Started(node="a", attempt=1),
    ToolCalled(node="a", attempt=1, line=1, tool="Grep", target="x"),
    Said(node="a", attempt=1, line=2, text="hm"),
    Metered(node="a", attempt=1, model="m", input_tokens=5, output_tokens=2, usd=0.5, exact=True),
    Ended(node="a", attempt=1, passed=True),
    Skipped(node="b", reason="why not"),
    Finished(status="failed"),
]


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State(tmp_path / "state")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "project").mkdir()
    return tmp_path / "project"


def begun(state: State, project: Path, run: str = RUN) -> RunLibrary:
    library = RunLibrary(state, FakeClock(step=1.0))
    library.create(submission(project, run, PLAN))
    return library


def finished(state: State, project: Path, run: str = RUN) -> None:
    library = begun(state, project, run)
    for event in LOG:
        named = event.model_copy(update={"run": run}) if isinstance(event, Submitted) else event
        library.append(run, named)


def indexed(state: State, *projects: Path) -> None:
    index = Index(state.index)
    index.catch_up(projects)
    index.close()


def test_after_every_event_the_index_says_what_a_fold_says(state: State, project: Path) -> None:
    library = begun(state, project)
    index = Index(state.index)
    reader = IndexReader(state.index)
    without = RunLibrary(State(state.root / "none"), FakeClock(), project)
    for event in LOG:
        library.append(RUN, event)
        index.update(RUN, project)
        size = Layout(project).file(RUN, "events.ndjson").stat().st_size

        assert reader.row(RUN) == (without.row(RUN), size)
        assert reader.summary(RUN, size) == summary(PLAN, library.events(RUN))
    index.close()


def test_the_row_tells_the_run_at_a_glance(state: State, project: Path) -> None:
    finished(state, project)
    indexed(state, project)

    (row,) = RunLibrary(state, FakeClock()).rows(10).rows

    assert row.task == ("look around " + "x" * 100)[:80]
    assert (row.status, row.nodes, row.passed, row.usd, row.roles) == ("failed", 2, 1, 0.5, "review")
    assert (row.label, row.project, row.submitted_at, row.ended_at) == ("try", str(project), 1000.0, 1007.0)
    assert (row.simulated, row.seq) == (False, len(LOG))


def test_a_census_tells_of_every_run_what_its_line_tells(state: State, project: Path, tmp_path: Path) -> None:
    for run in (RUN, OTHER_RUN):
        finished(state, project, run)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    library = RunLibrary(state, FakeClock())
    without = library.census()
    indexed(state, project)

    told = library.census()

    expected = {
        row.run_id: (row.status, row.project, row.submitted_at, row.ended_at) for row in library.rows(10).rows
    }
    assert told == without
    assert list(told.runs.items()) == list(expected.items())
    assert library.census(project) == told
    assert library.census(elsewhere).runs == {}

    (Layout(project).run(RUN) / "events.ndjson").write_bytes(b"no event\n" * 9)
    broken = RunLibrary(state, FakeClock()).census()
    assert (list(broken.runs), broken.left_out) == ([OTHER_RUN], (RUN,))


def test_the_summaries_of_the_latest_runs_are_those_of_each_with_an_index_and_without(
    state: State, project: Path
) -> None:
    late = "f" * 16
    begun(state, project, late)
    finished(state, project, RUN)
    finished(state, project, OTHER_RUN)

    def told(limit: int) -> list[RunSummary]:
        return list(RunLibrary(state, FakeClock()).summaries(limit))

    without = told(10)
    indexed(state, project)
    library = RunLibrary(state, FakeClock())

    assert told(10) == without == [library.summary(row.run_id) for row in library.rows(10).rows]
    assert (told(1), told(0)) == (without[:1], [])

    library.append(late, LOG[0].model_copy(update={"run": late}))
    assert library.summary(late) in told(10), "the index is behind"
    (Layout(project).run(RUN) / "events.ndjson").write_bytes(b"no event\n" * 9)
    left = [row.run_id for row in RunLibrary(state, FakeClock()).rows(10).rows]
    assert (len(left), told(10)) == (2, [library.summary(run) for run in left])


def test_with_an_index_that_is_up_to_date_there_is_nothing_to_say(state: State, project: Path) -> None:
    finished(state, project)
    finished(state, project, OTHER_RUN)
    indexed(state, project)

    listing = RunLibrary(state, FakeClock()).rows(1)

    assert (len(listing.rows), listing.note) == (1, None)


def test_without_an_index_the_list_is_the_same_and_says_how_it_was_made(state: State, project: Path) -> None:
    finished(state, project)
    without = RunLibrary(state, FakeClock()).rows(10)
    indexed(state, project)

    assert without.rows == RunLibrary(state, FakeClock()).rows(10).rows
    assert without.note == "1 run was read from the run folder itself; there is no index yet"


def test_where_nothing_was_run_no_index_is_missed(state: State) -> None:
    assert RunLibrary(state, FakeClock()).rows(10).note is None


@pytest.mark.parametrize("content", [b"", b"not a database at all" * 99, b"SQLite format 3\0" + b"\xff" * 4096])
def test_a_broken_index_breaks_no_list_and_is_made_again(state: State, project: Path, content: bytes) -> None:
    finished(state, project)
    state.index.write_bytes(content)

    listing = RunLibrary(state, FakeClock()).rows(10)
    assert [row.run_id for row in listing.rows] == [RUN]
    assert listing.note

    indexed(state, project)
    assert RunLibrary(state, FakeClock()).rows(10).note is None


def test_an_index_cut_at_any_page_breaks_no_list(state: State, project: Path) -> None:
    finished(state, project)
    indexed(state, project)
    whole = state.index.read_bytes()

    for length in range(0, len(whole), 1024):
        state.index.write_bytes(whole[:length])
        assert [row.run_id for row in RunLibrary(state, FakeClock()).rows(10).rows] == [RUN]


def test_an_index_of_a_newer_version_is_not_trusted(state: State, project: Path) -> None:
    finished(state, project)
    indexed(state, project)
    with sqlite3.connect(state.index) as database:
        database.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    database.close()

    listing = RunLibrary(state, FakeClock()).rows(10)

    assert [row.run_id for row in listing.rows] == [RUN]
    assert "version" in str(listing.note)


def test_an_index_that_is_behind_is_seen_through(state: State, project: Path) -> None:
    library = begun(state, project)
    library.append(RUN, LOG[0])
    indexed(state, project)
    library.append(RUN, LOG[1])

    listing = RunLibrary(state, FakeClock()).rows(10)

    assert [row.status for row in listing.rows] == ["running"]
    assert listing.note == "1 run was read from the run folder itself"


def test_a_run_whose_folder_is_gone_is_listed_no_more(state: State, project: Path) -> None:
    finished(state, project)
    finished(state, project, OTHER_RUN)
    indexed(state, project)
    shutil.rmtree(Layout(project).run(RUN))

    assert [row.run_id for row in RunLibrary(state, FakeClock()).rows(10).rows] == [OTHER_RUN]
    indexed(state, project)
    assert IndexReader(state.index).row(RUN) is None


def test_a_corrupt_run_is_named_and_hides_no_other(state: State, project: Path) -> None:
    finished(state, project)
    finished(state, project, OTHER_RUN)
    Layout(project).file(RUN, "plan.json").write_bytes(b"{")
    index = Index(state.index)

    assert list(index.rebuild([project])) == [RUN]

    index.close()
    listing = RunLibrary(state, FakeClock()).rows(10)
    assert [row.run_id for row in listing.rows] == [OTHER_RUN]
    assert f"run {RUN} is left out" in str(listing.note)


@pytest.mark.parametrize("event", [Started(node="x", attempt=1), Ended(node="x", attempt=1, passed=True)])
def test_progress_of_a_node_that_is_not_planned_hides_no_other_run(
    state: State, project: Path, event: Event
) -> None:
    finished(state, project, OTHER_RUN)
    begun(state, project).append(RUN, event)
    index = Index(state.index)

    assert index.catch_up([project])[RUN].code == "RUN_CORRUPT"

    index.close()
    library = RunLibrary(state, FakeClock())
    listing = library.rows(10)
    assert [row.run_id for row in listing.rows] == [OTHER_RUN]
    assert "about node 'x', which the plan does not have" in str(listing.note)
    for look in (library.row, library.summary):
        with pytest.raises(RunCorrupt):
            look(RUN)


def test_a_time_that_is_no_number_hides_no_other_run(state: State, project: Path) -> None:
    finished(state, project, OTHER_RUN)
    begun(state, project)
    submitted = Submitted(seq=1, at=0.5, run=RUN, plan=PLAN.sha256, by="terminal")
    line = submitted.model_dump_json().replace("0.5", "NaN")
    Layout(project).file(RUN, "events.ndjson").write_text(line + "\n")
    index = Index(state.index)

    index.catch_up([project])

    index.close()
    assert OTHER_RUN in [row.run_id for row in RunLibrary(state, FakeClock()).rows(10).rows]


def test_a_failed_write_is_made_up_for_by_the_next(state: State, project: Path) -> None:
    library = begun(state, project)
    index = Index(state.index)
    for event in LOG[:1]:
        library.append(RUN, event)
        index.update(RUN, project)
    other = sqlite3.connect(state.index, timeout=0)
    other.execute("PRAGMA busy_timeout = 0")
    index._database.execute("PRAGMA busy_timeout = 0")
    other.execute("BEGIN IMMEDIATE")
    library.append(RUN, LOG[1])
    with pytest.raises(WorkspaceUnwritable, match=r"index\.sqlite: database is locked"):
        index.update(RUN, project)
    other.rollback()
    other.close()

    library.append(RUN, LOG[4])
    index.update(RUN, project)

    size = Layout(project).file(RUN, "events.ndjson").stat().st_size
    assert IndexReader(state.index).summary(RUN, size) == summary(PLAN, library.events(RUN))
    index.close()


def test_an_index_that_breaks_at_work_is_begun_anew(state: State, project: Path) -> None:
    finished(state, project)
    indexed(state, project)
    index = Index(state.index)
    index._database.execute("DROP TABLE run")

    assert index.catch_up([project]) == {}

    index.close()
    assert RunLibrary(state, FakeClock()).rows(10).note is None


def test_a_reader_sees_a_live_index_and_one_whose_writer_was_killed(state: State, project: Path) -> None:
    finished(state, project)
    live = Index(state.index)
    live.catch_up([project])
    copy = State(state.root.parent / "copy")
    copy.root.mkdir()
    for name in ("index.sqlite", "index.sqlite-wal", "projects.ndjson"):
        shutil.copy(state.root / name, copy.root / name)

    assert RunLibrary(state, FakeClock()).rows(10).note is None
    assert RunLibrary(copy, FakeClock()).rows(10).note is None
    live.close()


def test_an_index_in_a_folder_that_cannot_be_written_is_read(state: State, project: Path) -> None:
    finished(state, project)
    indexed(state, project)
    state.root.chmod(stat.S_IRUSR | stat.S_IXUSR)

    listing = RunLibrary(state, FakeClock()).rows(10)

    state.root.chmod(stat.S_IRWXU)
    assert ([row.run_id for row in listing.rows], listing.note) == ([RUN], None)
    assert sorted(path.name for path in state.root.iterdir()) == ["index.sqlite", "projects.ndjson", "seals"]
