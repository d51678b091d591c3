"""Promises of the seals: what somebody else has written into a run folder is told, and what ccorch wrote is not."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ccorch.adapters.run_folder.layout import State
from ccorch.adapters.run_folder.library import RunLibrary
from ccorch.errors import EvidenceForged, WorkspaceUnwritable
from ccorch.schema.event import Ended, Started, Submitted
from tests.disk import files_end_at
from tests.fakes.clock import FakeClock
from tests.run_kit import RUN, submission

CHANGE = "nodes/a/1/change.json"


@pytest.fixture
def library(tmp_path: Path) -> RunLibrary:
    made = opened(tmp_path)
    made.create(submission(tmp_path))
    made.append(RUN, Submitted(run=RUN, plan=submission(tmp_path).plan.sha256, by="terminal"))
    made.append(RUN, Started(node="a", attempt=1))
    made.artifact(RUN, CHANGE, b"{}")
    return made


def opened(tmp_path: Path) -> RunLibrary:
    return RunLibrary(State(tmp_path / "s"), FakeClock())


def test_what_ccorch_wrote_is_its_own_also_for_who_opens_it_later(library: RunLibrary, tmp_path: Path) -> None:
    later = opened(tmp_path)
    later.append(RUN, Ended(node="a", attempt=1, passed=True))
    later.artifact(RUN, "verdict.json", b"1")
    library.artifact(RUN, "verdict.json", b"2")

    assert (later.forged(RUN), library.forged(RUN), later.read(RUN, "verdict.json")) == ((), (), b"2")


def test_a_forged_file_is_named_and_is_not_read(library: RunLibrary) -> None:
    (library.folder(RUN) / CHANGE).write_bytes(b"[]")
    (library.folder(RUN) / "verdict.json").write_bytes(b"{}")

    assert library.forged(RUN) == (f"{CHANGE} was changed", "verdict.json is not ccorch's")
    for name in (CHANGE, "verdict.json"):
        with pytest.raises(EvidenceForged, match=name):
            library.read(RUN, name)


@pytest.mark.parametrize("made", [Path.touch, Path.mkdir, lambda path: path.symlink_to("events.ndjson")])
def test_whatever_lies_where_a_file_of_ours_belongs_can_be_put_aside(
    library: RunLibrary, made: Callable[[Path], None]
) -> None:
    library.seal(RUN)
    for number in (1, 2):
        made(library.folder(RUN) / "decision.json")
        assert library.put_aside(RUN, "decision.json") == f"decision.json.aside-{number}"
        library.artifact(RUN, "decision.json", b"{}")

        assert (library.forged(RUN), library.read(RUN, "decision.json")) == ((), b"{}")
        (library.folder(RUN) / "decision.json").unlink()


@pytest.mark.parametrize("note", [lambda library: library.artifact(RUN, "lines.ndjson", b"1\n"), None])
def test_a_file_that_grows_is_ours_meanwhile_and_is_told_from_a_forged_one_once_it_does_no_more(
    library: RunLibrary, tmp_path: Path, note: Callable[[RunLibrary], None] | None
) -> None:
    grown = library.folder(RUN) / "lines.ndjson"
    for _ in range(2):  # a run that is over may be gone on with
        if note:
            note(library)
        for line in (b"2\n", b"3\n"):
            library.grow(RUN, "lines.ndjson", line)
            assert (library.forged(RUN), opened(tmp_path).forged(RUN)) == ((), ())
        library.seal(RUN)
        assert library.forged(RUN) == ()
        whole = grown.read_bytes()
        grown.write_bytes(b"9\n")
        assert library.forged(RUN) == ("lines.ndjson was changed",)
        grown.write_bytes(whole)
    grown.unlink()
    assert library.forged(RUN) == ("lines.ndjson is missing",)


def test_an_earlier_content_of_ours_is_no_longer_ours(library: RunLibrary) -> None:
    library.artifact(RUN, "verdict.json", b"pass")
    library.artifact(RUN, "verdict.json", b"fail")
    (library.folder(RUN) / "verdict.json").write_bytes(b"pass")

    assert library.forged(RUN) == ("verdict.json was changed",)


def rewritten(log: bytes) -> bytes:
    return log.replace(b'"node":"a"', b'"node":"b"')


def emptied(log: bytes) -> bytes:
    return b""


def grown(log: bytes) -> bytes:
    ended = Ended(seq=3, at=1.0, node="a", attempt=1, passed=True).model_dump_json().encode()
    return log + ended + b"\n"


@pytest.mark.parametrize("change", [rewritten, emptied, grown])
def test_a_log_into_which_somebody_wrote_is_told_also_when_it_goes_on(
    library: RunLibrary, tmp_path: Path, change: Callable[[bytes], bytes]
) -> None:
    log = library.folder(RUN) / "events.ndjson"
    log.write_bytes(change(log.read_bytes()))
    opened(tmp_path).append(RUN, Started(node="a", attempt=2))

    assert library.forged(RUN) == ("events.ndjson was changed",)


def test_wherever_the_disk_is_full_nothing_of_ours_looks_forged(library: RunLibrary, tmp_path: Path) -> None:
    outcomes = set()
    for size in range(0, 30_000, 300):
        with files_end_at(size):
            try:
                library.artifact(RUN, CHANGE, str(size).encode())
                library.append(RUN, Started(node="a", attempt=size))
                outcomes.add("written")
            except WorkspaceUnwritable:
                outcomes.add("full")
        assert library.forged(RUN) == ()
        assert opened(tmp_path).forged(RUN) == ()

    assert outcomes == {"full", "written"}


def test_of_a_run_without_notes_nobody_can_tell(library: RunLibrary, tmp_path: Path) -> None:
    State(tmp_path / "s").seals(RUN).unlink()

    assert opened(tmp_path).forged(RUN) is None
