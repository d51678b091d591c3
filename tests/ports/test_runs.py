"""Promises of the runs port, kept by the run folders and by their fake."""

from pathlib import Path

import pytest

from ccorch.adapters.run_folder.layout import State
from ccorch.adapters.run_folder.library import RunLibrary
from ccorch.errors import NotFound, RunNotFound, RunStateConflict
from ccorch.ports import Runs
from ccorch.schema.event import Ended, Finished, Started
from tests.fakes.clock import FakeClock
from tests.fakes.runs import FakeRuns
from tests.plan_kit import node, plan
from tests.run_kit import OTHER_RUN, RUN, submission


@pytest.fixture(params=["folders", "fake"])
def runs(request: pytest.FixtureRequest, tmp_path: Path) -> Runs:
    clock = FakeClock(step=1.0)
    kinds: dict[str, Runs] = {"folders": RunLibrary(State(tmp_path / "s"), clock), "fake": FakeRuns(clock)}
    found = kinds[request.param]
    found.create(submission(tmp_path))
    return found


def test_the_plan_comes_back_as_it_was(runs: Runs, tmp_path: Path) -> None:
    assert runs.plan(RUN) == submission(tmp_path).plan


def test_the_same_submission_again_changes_nothing(runs: Runs, tmp_path: Path) -> None:
    runs.append(RUN, Started(node="a", attempt=1))

    runs.create(submission(tmp_path))

    assert len(list(runs.events(RUN))) == 1


def test_another_plan_for_the_run_is_refused(runs: Runs, tmp_path: Path) -> None:
    with pytest.raises(RunStateConflict, match="another plan"):
        runs.create(submission(tmp_path, of=plan(node("other"))))

    assert runs.plan(RUN) == submission(tmp_path).plan


def test_events_get_the_next_number_and_the_time(runs: Runs) -> None:
    first = runs.append(RUN, Started(node="a", attempt=1))
    second = runs.append(RUN, Ended(node="a", attempt=1, passed=True))

    assert [(event.seq, event.at) for event in (first, second)] == [(1, 1000.0), (2, 1001.0)]
    assert list(runs.events(RUN)) == [first, second]


def test_events_after_a_number_are_told_again_as_often_as_asked(runs: Runs) -> None:
    written = [runs.append(RUN, Started(node="a", attempt=attempt)) for attempt in range(1, 5)]

    for after in (0, 2, 4, 1, 9, 3):
        assert list(runs.events(RUN, after)) == written[after:]


def test_an_event_numbered_otherwise_is_refused(runs: Runs) -> None:
    with pytest.raises(RunStateConflict):
        runs.append(RUN, Started(seq=2, node="a", attempt=1))

    assert list(runs.events(RUN)) == []


def test_an_artifact_comes_back_before_and_after_the_end(runs: Runs) -> None:
    runs.artifact(RUN, "nodes/a/1/answer.md", b"\x00one")
    runs.append(RUN, Finished(status="done"))
    runs.artifact(RUN, "verdict.json", b"{}")

    assert runs.read(RUN, "nodes/a/1/answer.md") == b"\x00one"
    assert runs.read(RUN, "verdict.json") == b"{}"
    assert runs.read(RUN, "nodes/a/2/answer.md") is None
    assert runs.read(RUN, "verdict.json/x") is None


@pytest.mark.parametrize("name", ["../x", "nodes/../../x", "/etc/passwd", "", "a//b", "a/./b"])
def test_a_name_cannot_leave_the_run(runs: Runs, name: str) -> None:
    with pytest.raises(NotFound):
        runs.artifact(RUN, name, b"")
    with pytest.raises(NotFound):
        runs.read(RUN, name)


def test_an_unknown_run_is_said_so(runs: Runs) -> None:
    for ask in (runs.plan, lambda run: list(runs.events(run)), lambda run: runs.read(run, "plan.json")):
        with pytest.raises(RunNotFound):
            ask(OTHER_RUN)
    with pytest.raises(RunNotFound):
        runs.append(OTHER_RUN, Started(node="a", attempt=1))
