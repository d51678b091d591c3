"""Promises of run folders beyond the port: whole or not at all, found from anywhere, corrupt ones said so."""

import hashlib
import json
import os
from pathlib import Path

import pytest

from ccorch.adapters.run_folder.layout import Layout, State
from ccorch.adapters.run_folder.library import RunLibrary
from ccorch.errors import ArgumentInvalid, RunCorrupt, RunNotFound, WorkspaceUnwritable
from ccorch.schema.base import canonical
from ccorch.schema.event import Finished, Started, Submitted
from ccorch.schema.run import Submission
from tests.disk import files_end_at
from tests.fakes.clock import FakeClock
from tests.plan_kit import HASH, node, plan
from tests.run_kit import OTHER_RUN, RUN, submission


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State(tmp_path / "state")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "project").mkdir()
    return tmp_path / "project"


@pytest.fixture
def library(state: State) -> RunLibrary:
    return RunLibrary(state, FakeClock(step=1.0))


def begin(library: RunLibrary, project: Path, run: str = RUN) -> None:
    asked = submission(project, run)
    library.create(asked)
    library.append(run, Submitted(run=run, plan=asked.plan.sha256, by="terminal"))


def test_the_hash_of_the_plan_file_is_the_plans_own(library: RunLibrary, project: Path) -> None:
    library.create(submission(project))

    content = Layout(project).file(RUN, "plan.json").read_bytes()

    assert hashlib.sha256(content).hexdigest() == submission(project).plan.sha256


def test_a_plan_is_told_in_short_with_and_without_a_log_that_names_it(library: RunLibrary, project: Path) -> None:
    of = plan(node("a"), node("b", "a", writes=True))
    library.create(submission(project, of=of))
    before = library.outline(RUN)
    library.append(RUN, Submitted(run=RUN, plan=of.sha256, by="terminal"))

    assert before == library.outline(RUN) == (of.task, {"a": False, "b": True}, ("scripted",))


def test_a_plan_of_an_earlier_build_keeps_its_identity_wherever_it_goes(library: RunLibrary, project: Path) -> None:
    ours = submission(project)
    earlier = ours.plan.spelled.replace('"images":false,', "")
    sent = Submission.read(ours.as_json().replace(ours.plan.spelled, canonical(json.loads(earlier))))
    kept = Submission.read(sent.as_json())
    library.create(kept)
    library.append(RUN, Submitted(run=RUN, plan=sent.plan.sha256, by="terminal"))
    library.create(kept)

    assert library.plan(RUN).sha256 == sent.plan.sha256 != ours.plan.sha256
    assert library.plan(RUN) == ours.plan


def test_a_run_folder_is_whole_or_not_there_wherever_the_disk_is_full(
    library: RunLibrary, state: State, project: Path
) -> None:
    library.create(submission(project))
    whole = len(Layout(project).file(RUN, "plan.json").read_bytes())

    for size in (*range(0, whole + 1, 97), whole):
        with files_end_at(size):
            try:
                library.create(submission(project, OTHER_RUN))
                break
            except WorkspaceUnwritable:
                assert os.listdir(Layout(project).runs) == [RUN]
                assert not state.seals(OTHER_RUN).exists()
    library.create(submission(project, OTHER_RUN))
    assert state.seals(OTHER_RUN).exists()

    assert library.plan(OTHER_RUN) == submission(project).plan
    assert sorted(os.listdir(Layout(project).runs)) == sorted([RUN, OTHER_RUN])


def test_a_run_is_found_by_another_process_from_anywhere(library: RunLibrary, state: State, project: Path) -> None:
    begin(library, project)

    other = RunLibrary(state, FakeClock(), Path("/"))

    assert other.resolve("0123") == RUN
    assert other.resolve(None) == RUN
    assert other.folder(RUN) == Layout(project).run(RUN)


def test_a_run_in_a_project_that_was_never_registered_is_found_from_there(
    library: RunLibrary, project: Path, tmp_path: Path
) -> None:
    begin(library, project)

    stranger = RunLibrary(State(tmp_path / "other"), FakeClock(), project)

    assert stranger.resolve("0123") == RUN


def test_the_latest_run_is_the_projects_own_before_the_machines(
    library: RunLibrary, project: Path, tmp_path: Path
) -> None:
    (tmp_path / "second").mkdir()
    begin(library, project)
    begin(library, tmp_path / "second", OTHER_RUN)

    assert library.resolve(None) == OTHER_RUN
    assert library.resolve(None, project) == RUN
    assert library.resolve(None, tmp_path) == OTHER_RUN


@pytest.mark.parametrize(("prefix", "said"), [("0123", "fits 2 runs"), ("012", "too short"), ("ffff", "no run")])
def test_a_short_id_that_does_not_name_one_run_is_refused(
    library: RunLibrary, project: Path, prefix: str, said: str
) -> None:
    begin(library, project)
    begin(library, project, OTHER_RUN)

    with pytest.raises(RunNotFound, match=said):
        library.resolve(prefix)


def test_without_any_run_the_error_says_so(library: RunLibrary) -> None:
    with pytest.raises(RunNotFound, match="there is no run yet"):
        library.resolve(None)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'{"version": 1}', b"\xff\xfe", b"1" * 5000])
def test_a_plan_that_is_none_is_corrupt(library: RunLibrary, project: Path, content: bytes) -> None:
    begin(library, project)
    Layout(project).file(RUN, "plan.json").write_bytes(content)

    for read in (library.plan, library.outline):
        with pytest.raises(RunCorrupt, match=r"plan\.json"):
            read(RUN)


@pytest.mark.parametrize("content", [b"", b"[]", b'{"nodes": [1]}', b'{"version": 1}', b"\xff\xfe", b"1" * 5000])
def test_a_plan_that_is_none_is_corrupt_also_where_its_log_was_forged_with_it(
    library: RunLibrary, project: Path, content: bytes
) -> None:
    library.create(submission(project))
    Layout(project).file(RUN, "plan.json").write_bytes(content)
    library.append(RUN, Submitted(run=RUN, plan=hashlib.sha256(content).hexdigest(), by="terminal"))

    with pytest.raises(RunCorrupt, match=r"plan\.json"):
        library.outline(RUN)


def test_a_plan_cut_at_any_byte_is_corrupt(library: RunLibrary, project: Path) -> None:
    begin(library, project)
    path = Layout(project).file(RUN, "plan.json")
    whole = path.read_bytes()

    for length in range(0, len(whole), 31):
        path.write_bytes(whole[:length])
        for read in (library.plan, library.outline):
            with pytest.raises(RunCorrupt):
                read(RUN)


def test_a_plan_that_was_not_submitted_is_corrupt(library: RunLibrary, project: Path) -> None:
    library.create(submission(project))
    library.append(RUN, Submitted(run=RUN, plan=HASH, by="terminal"))

    for read in (library.plan, library.outline):
        with pytest.raises(RunCorrupt, match="its log says"):
            read(RUN)


def test_a_run_folder_under_another_name_is_corrupt(library: RunLibrary, project: Path) -> None:
    begin(library, project)
    Layout(project).run(RUN).rename(Layout(project).run(OTHER_RUN))

    with pytest.raises(RunCorrupt, match=f"run {RUN}"):
        library.plan(OTHER_RUN)


def test_the_truth_about_a_run_cannot_be_replaced_as_an_artifact(library: RunLibrary, project: Path) -> None:
    begin(library, project)

    for name in ("plan.json", "config.json", "events.ndjson", "manifest.json"):
        with pytest.raises(ArgumentInvalid):
            library.artifact(RUN, name, b"")


def test_an_artifact_through_a_planted_link_is_refused(library: RunLibrary, project: Path, tmp_path: Path) -> None:
    begin(library, project)
    (tmp_path / "outside").mkdir()
    (Layout(project).run(RUN) / "nodes").symlink_to(tmp_path / "outside")

    with pytest.raises(WorkspaceUnwritable):
        library.artifact(RUN, "nodes/x", b"")
    (tmp_path / "outside" / "y").touch()

    assert library.read(RUN, "nodes/y") is None
    assert library.listed(RUN).names == ("config.json", "events.ndjson", "plan.json")


def test_the_last_number_is_told_at_every_point(library: RunLibrary, state: State, project: Path) -> None:
    library.create(submission(project))
    reader = RunLibrary(state, FakeClock())
    told = [reader.last_seq(RUN)]
    for attempt in (1, 2):
        library.append(RUN, Started(node="a", attempt=attempt))
        told.append(reader.last_seq(RUN))

    assert told == [0, 1, 2]


def test_reading_leaves_every_byte_as_it_was(library: RunLibrary, state: State, project: Path) -> None:
    begin(library, project)
    library.artifact(RUN, "nodes/a/1/answer.md", b"one")
    library.append(RUN, Finished(status="done"))
    before = _everything(project.parent)

    reader = RunLibrary(state, FakeClock(), project)
    reader.rows(10), reader.row(RUN), reader.summary(RUN), reader.plan(RUN), reader.resolve(None)
    (
        reader.last_seq(RUN),
        list(reader.events(RUN)),
        reader.listed(RUN).about(reader.listed(RUN).names),
        reader.read(RUN, "x"),
    )

    assert _everything(project.parent) == before


def _everything(root: Path) -> dict[str, tuple[int, bytes]]:
    files = [path for path in root.rglob("*") if path.is_file()]
    return {str(path): (path.stat().st_mtime_ns, path.read_bytes()) for path in files}
