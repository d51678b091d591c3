"""Keeping house loses nothing: dry until told, never what is open, archives read back, and what is here stays."""

import gzip
import io
import math
import os
import shutil
import tarfile
from itertools import count
from pathlib import Path

import pytest

from ccorch.adapters.daemon.launches import Launches
from ccorch.adapters.run_folder.layout import Layout
from ccorch.adapters.run_folder.projects import remember
from ccorch.errors import CcorchError, RunCorrupt, RunStateConflict, WorkspaceUnwritable
from ccorch.operations.workspace import clean, status
from ccorch.schema.event import Noted
from ccorch.schema.keeping import WorkspaceCleanRequest, WorkspaceStatusRequest
from ccorch.wiring import open_house
from tests.adapters.workspace.kit import OPEN, RUNS, Kept
from tests.faults.nth_call import every_failure
from tests.run_kit import submission


def bytes_below(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_everything_is_dry_until_it_is_told_and_open_runs_stay(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    kept.begin(OPEN)
    before = bytes_below(tmp_path)
    asked = [kept.clean(apply=False), kept.archive(apply=False)]
    assert [{one.what for one in reply.actions} for reply in asked] == [set(RUNS), set(RUNS)]
    assert {one.reason for reply in asked for one in reply.kept} == {"it is not over"}
    assert bytes_below(tmp_path) == before

    done = kept.clean()

    assert [one.problem for one in done.actions] == [None, None]
    assert kept.runs() == {OPEN}
    assert [path.name for path in kept.state.root.glob("seals/*")] == [f"{OPEN}.ndjson"]


def test_packed_runs_come_back_as_they_were(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    before = {run: bytes_below(kept.folder(run)) for run in RUNS}
    packed = kept.archive()
    assert (kept.runs(), packed.archive) == (set(), kept.archives()[0].name)

    assert kept.restore(runs=(RUNS[0][:8],)).runs == (RUNS[0],)
    assert kept.restore().runs == (RUNS[1],)

    assert {run: bytes_below(kept.folder(run)) for run in RUNS} == before
    assert kept.runs() == set(RUNS)
    assert kept.library.forged(RUNS[0]) == ()
    with pytest.raises(RunStateConflict, match="is here already"):
        kept.restore(runs=(RUNS[0],))


def test_two_archives_of_one_second_are_two(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    kept.archive(remove=False)
    first = kept.archives()[0].read_bytes()
    kept.archive(remove=False)
    kept.archive(remove=False)

    assert len(kept.archives()) == 3
    assert first in [path.read_bytes() for path in kept.archives()]


def test_an_archive_that_is_cut_short_or_changed_is_told_and_brings_nothing(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    kept.archive()
    (path,) = kept.archives()
    whole = path.read_bytes()
    for size in (0, 1, 10, *range(20, len(whole), len(whole) // 40), *range(len(whole) - 40, len(whole))):
        path.write_bytes(whole[:size])
        with pytest.raises(RunCorrupt, match="cannot be used"):
            kept.restore()
    plain = gzip.decompress(whole)
    for place in range(0, len(plain), len(plain) // 60):
        path.write_bytes(gzip.compress(plain[:place] + bytes([plain[place] ^ 4]) + plain[place + 1 :], 1))
        try:
            kept.restore()
        except CcorchError:
            assert (kept.runs(), kept.drafts()) == (set(), [])
        else:  # a byte of padding, of which nothing follows
            assert kept.runs() == set(RUNS)
            kept.clean()

    path.write_bytes(whole)
    kept.restore()
    assert kept.runs() == set(RUNS)


@pytest.mark.parametrize(
    "name",
    [f"{RUNS[0]}/../../x", f"{RUNS[0]}//etc/x", "../x", f"{RUNS[0]}/.x", f"{RUNS[0]}/a\\b", "x/plan.json"],
)
def test_an_archive_that_somebody_made_to_write_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    kept = Kept(tmp_path)
    kept.archive()
    (path,) = kept.archives()
    with tarfile.open(path) as tar:
        members = {info.name: tar.extractfile(info).read() for info in tar}  # type: ignore[union-attr]
    old = f"{RUNS[0]}/plan.json"
    spelled = name.replace("\\", "\\\\").encode()
    members["archive.json"] = members["archive.json"].replace(f'"{old}"'.encode(), b'"' + spelled + b'"')
    members = {name if key == old else key: content for key, content in members.items()}
    path.unlink()
    with tarfile.open(path, "w:gz") as tar:
        for key, content in members.items():
            info = tarfile.TarInfo(key)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    before = bytes_below(tmp_path)

    with pytest.raises(RunCorrupt, match="is no file of a run in it"):
        kept.restore()
    assert bytes_below(tmp_path) == before


@pytest.mark.parametrize(("size", "times"), [(1 << 28, 1), (512, 3000)])
def test_an_archive_that_somebody_made_to_fill_the_memory_is_told_and_no_more(
    tmp_path: Path, size: int, times: int
) -> None:
    # a repository may bring it along, and whoever asks for the workspace's status has it read
    kept = Kept(tmp_path, ())
    path = Layout(kept.project).archives / "runs-1.tar.gz"
    path.parent.mkdir(parents=True)
    header = tarfile.TarInfo("large")
    header.type, header.size = tarfile.XHDTYPE, size
    said = b"11 path=abc\n".ljust(512, b"\0")
    path.write_bytes(gzip.compress((header.tobuf(tarfile.USTAR_FORMAT) + said) * times, 1))

    told = status(kept.house, WorkspaceStatusRequest()).archives[0].problem or ""

    assert "cannot be used" in told
    assert times > 1 or "a header is too large" in told


def test_cleaning_a_copy_of_a_project_takes_nothing_from_the_runs_of_the_other(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    copy = tmp_path / "copy"
    shutil.copytree(kept.project, copy)
    evidence = kept.state.private(RUNS[0]) / "raw.ndjson"
    evidence.parent.mkdir(parents=True)
    evidence.touch()
    house = open_house(copy, "terminal", {"HOME": str(tmp_path), "CCORCH_STATE_DIR": str(kept.state.root)})

    done = clean(house, WorkspaceCleanRequest(apply=True))

    assert [(one.what, one.problem) for one in done.actions] == [(run, None) for run in reversed(RUNS)]
    assert os.listdir(Layout(copy).runs) == []
    assert evidence.exists()
    assert kept.runs() == set(RUNS)
    assert [kept.library.forged(run) for run in RUNS] == [(), ()]


def test_what_changes_between_packing_and_removing_stays(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    kept.archive(remove=False)
    archive = kept.archives()[0].name
    keeper = kept.house.workspace()
    path, size = f".agent-workspace/ccorch/runs/{RUNS[0]}", keeper.size(RUNS[0])
    kept.library.artifact(RUNS[0], "decision.json", b"{}")
    assert not keeper.remove(path, size, archive)
    kept.library.append(RUNS[1], Noted(by="terminal", who="ada", text="wait"))
    assert not keeper.remove(path.replace(RUNS[0], RUNS[1]), size)

    assert kept.folder(RUNS[0]).is_dir()
    assert kept.folder(RUNS[1]).is_dir()


def test_a_link_in_a_run_or_above_it_keeps_it_where_it_is(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    (kept.folder(RUNS[0]) / "other").symlink_to("/etc/passwd")
    with pytest.raises(RunStateConflict, match="no archive carries"):
        kept.archive()
    assert (kept.archives(), kept.drafts()) == ([], [])
    (kept.folder(RUNS[0]) / "other").unlink()
    aside = tmp_path / "elsewhere"
    os.rename(kept.project / ".agent-workspace", aside)
    (kept.project / ".agent-workspace").symlink_to(aside)

    said = [one.problem or "" for one in kept.clean().actions]

    assert [("symbolic link" in problem) for problem in said] == [True, True]
    assert sorted(path.name for path in (aside / "ccorch/runs").iterdir()) == sorted(RUNS)


def test_status_tells_private_evidence_leftovers_and_what_leads_nowhere(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    layout = Layout(kept.project)
    for run in (RUNS[0], OPEN):
        folder = kept.state.private(run)
        folder.mkdir(parents=True)
        (folder / "raw.ndjson").write_bytes(b"x" * 100)
        (folder / "ended.json").write_text('{"at": 1000.0, "keep_raw": 7}')
    draft = layout.runs / f".{RUNS[0]}.abc"
    draft.mkdir()
    os.utime(draft, (0, 0))
    (layout.workspace / "mine").mkdir()

    said = status(kept.house, WorkspaceStatusRequest())
    assert {(one.run, one.lost) for one in said.raw} == {(RUNS[0], False), (OPEN, True)}
    assert said.strays == (".agent-workspace/ccorch/mine",)
    assert len(said.dangling) == 2

    kept.clean()
    after = status(kept.house, WorkspaceStatusRequest())
    assert (after.raw, after.dangling, kept.drafts()) == ((), (), [])


def test_evidence_of_a_run_that_is_just_being_submitted_is_not_of_one_that_is_nowhere(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    Launches(kept.state).keep(submission(kept.project, OPEN))

    said = status(kept.house, WorkspaceStatusRequest())

    assert (said.raw, said.dangling) == ((), ())


def test_a_project_that_is_gone_is_told_unless_ccorch_had_made_it_for_itself(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    gone, own = tmp_path / "gone", kept.state.bench / "check-0123456789abcdef"
    for project in (gone, own):
        remember(kept.state, project)

    told = [one.what for one in status(kept.house, WorkspaceStatusRequest()).dangling]

    assert told == [f"project {gone}, which had runs and is not there any more"]


@pytest.mark.parametrize("kill", [False, True], ids=["failure", "kill"])
def test_nothing_is_lost_at_any_change_of_the_disk(
    tmp_path: Path, kill: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))  # without git, which has nothing to tell here and takes its time
    ground = (Kept(tmp_path / f"k{number}", RUNS[:1]) for number in count())
    both = (Kept(tmp_path / f"b{number}") for number in count())

    for kept in every_failure(lambda: next(ground), Kept.archive, kill):
        if kept.archives():
            kept.restore()
        assert kept.runs() == {RUNS[0]}
    for kept in every_failure(lambda: packed(next(both)), Kept.restore, kill):
        kept.restore()
        assert kept.runs() == set(RUNS)
        assert len(kept.drafts()) == len(kept.house.workspace().leftovers(before=math.inf))
    for kept in every_failure(lambda: next(ground), Kept.clean, kill):
        kept.runs()
        assert [one.problem for one in kept.clean().actions if one.problem] == []
        assert (kept.runs(), kept.drafts()) == (set(), [])


def packed(kept: Kept) -> Kept:
    kept.archive()
    return kept


def test_a_workspace_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    (kept.project / ".agent-workspace/ccorch/archives").write_text("a file")

    with pytest.raises(WorkspaceUnwritable, match="archives"):
        kept.archive()
    assert kept.runs() == set(RUNS)
