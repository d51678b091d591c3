"""Promises of the ledger's files."""

import errno
import os
import stat
from pathlib import Path

import pytest

from ccorch.adapters.ledger_file import LedgerFile, LedgerReader
from ccorch.errors import WorkspaceUnwritable
from ccorch.schema.ledger import LedgerLine

AUGUST = 1_785_542_400.0


def line(request: str, at: float = AUGUST) -> LedgerLine:
    return LedgerLine(
        id=request,
        state="closed",
        at=at,
        run="r1",
        node="a",
        attempt=1,
        profile="glm",
        pools=("run:r1", "day:2026-08-01"),
        declared_model="glm-5.2",
        input_tokens=3,
        nano_usd=17,
        basis="exact",
    )


def read(folder: Path) -> list[str]:
    return [row.id for row in LedgerReader(folder).new_lines()]


def test_lines_lie_in_private_files_by_month_and_come_back_equal(tmp_path: Path) -> None:
    folder = tmp_path / "ledger"
    ledger = LedgerFile(folder)
    ledger.append(line("q1", AUGUST - 1))
    ledger.append(line("q2"))
    ledger.close()

    assert sorted(path.name for path in folder.iterdir()) == ["2026-07.ndjson", "2026-08.ndjson"]
    assert list(LedgerReader(folder).new_lines()) == [line("q1", AUGUST - 1), line("q2")]
    assert [row.id for row in LedgerReader(folder, since="2026-08").new_lines()] == ["q2"]
    modes = {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert (modes, stat.S_IMODE(folder.stat().st_mode)) == ({0o600}, 0o700)


def test_a_reader_goes_on_where_it_stopped(tmp_path: Path) -> None:
    ledger, reader = LedgerFile(tmp_path), LedgerReader(tmp_path)
    seen = []
    for request in ("q1", "q2", "q3"):
        ledger.append(line(request))
        seen.append([row.id for row in reader.new_lines()])
    ledger.close()

    assert seen == [["q1"], ["q2"], ["q3"]]


def test_a_torn_last_line_is_waited_for_and_later_skipped(tmp_path: Path) -> None:
    path = tmp_path / "2026-08.ndjson"
    whole = line("q1").model_dump_json().encode() + b"\n"
    path.write_bytes(whole + whole[:50])
    reader = LedgerReader(tmp_path)
    assert [row.id for row in reader.new_lines()] == ["q1"]

    ledger = LedgerFile(tmp_path)
    ledger.append(line("q2"))
    ledger.close()

    assert [row.id for row in reader.new_lines()] == ["q2"]
    assert path.read_bytes().startswith(whole + whole[:50] + b"#\n")


def test_every_torn_length_loses_that_line_alone(tmp_path: Path) -> None:
    whole = line("q2").model_dump_json(exclude_none=True).encode() + b"\n"
    for length in range(1, len(whole)):
        folder = tmp_path / str(length)
        count = [0]

        def write(file: int, data: bytes, count: list[int] = count, length: int = length) -> int:
            count[0] += 1
            return os.write(file, data[:length] if count[0] == 2 else data)

        ledger = LedgerFile(folder, write)
        ledger.append(line("q1"))
        with pytest.raises(WorkspaceUnwritable):
            ledger.append(line("q2"))
        ledger.append(line("q3"))
        ledger.close()

        assert read(folder) == ["q1", "q3"]


def test_a_full_disk_is_said_with_the_folder_and_what_to_do(tmp_path: Path) -> None:
    def full(file: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    ledger = LedgerFile(tmp_path, full)
    with pytest.raises(WorkspaceUnwritable, match="No space left") as raised:
        ledger.append(line("q1"))
    ledger.close()

    assert str(tmp_path) in raised.value.message
    assert "nothing is forwarded" in raised.value.hint


def test_a_link_in_the_files_place_is_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "elsewhere"
    target.touch()
    (tmp_path / "ledger").mkdir()
    (tmp_path / "ledger" / "2026-08.ndjson").symlink_to(target)

    with pytest.raises(WorkspaceUnwritable):
        LedgerFile(tmp_path / "ledger").append(line("q1"))
    assert target.read_bytes() == b""


def test_last_figures_are_those_of_whole_lines_and_nothing_broken_counts(tmp_path: Path) -> None:
    ledger = LedgerFile(tmp_path)
    for request, state in (("q1", "open"), ("q2", "open"), ("q1", "progress"), ("q1", "closed"), ("q3", "refused")):
        ledger.append(line(request).model_copy(update={"state": state}))
    ledger.close()
    path = tmp_path / "2026-08.ndjson"
    torn = b'{"id":"q2","state":"progress","at":1#\n'
    path.write_bytes(path.read_bytes() + torn + b'[]\n{"id":"q4","state":"closed"}\n\n{"id":"q5","sta')
    reader = LedgerReader(tmp_path)

    assert [(found.id, found.nano_usd) for found, _ in reader.last_figures()] == [("q1", 17), ("q3", 17)]
    assert [left.id for left in reader.left_open()] == ["q2"]
