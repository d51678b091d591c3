"""The redacted copy of a stream: line for line, in pieces, over restarts, with very long lines."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccorch.adapters.claude_code import evidence
from ccorch.adapters.claude_code.evidence import Copy
from ccorch.rules.redaction import Redactor

SECRET = "correct-horse-battery"


def copied(folder: Path, raw: bytes, *stops: int) -> tuple[bytes, list[tuple[int, bytes]]]:
    """The copy of a stream that grows to each stop, with a new reader and a torn line after every one."""
    told: list[tuple[int, bytes]] = []
    source, target = folder / "raw", folder / "copy"
    for stop in (*stops, len(raw)):
        source.write_bytes(raw[:stop])
        told.clear()
        copy = Copy(source, target, Redactor([SECRET]), lambda number, line: told.append((number, line)))
        while copy.step():
            pass
        if stop == len(raw):
            copy.finish()
        copy.close()
        if stop < len(raw):
            target.write_bytes(target.read_bytes() + b'{"type":"half')
    return target.read_bytes(), told


lines = st.lists(
    st.sampled_from([b"{}", b"", b'{"type":"stream_event"}', b'{"a":"' + SECRET.encode() + b'"}', b"x" * 300]),
    max_size=12,
)


@given(lines, st.lists(st.integers(0, 2000), max_size=3), st.integers(1, 50), st.booleans())
def test_every_line_is_copied_once(content: list[bytes], stops: list[int], chunk: int, torn: bool) -> None:
    raw = b"".join(line + b"\n" for line in content) + (b"torn" if torn else b"")
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(evidence, "CHUNK", chunk)
        found, told = copied(Path(folder), raw, *sorted(stop for stop in stops if stop < len(raw)))

    expected = [Redactor([SECRET]).line(line) for line in raw.split(b"\n")]
    assert found.split(b"\n") == (expected if not torn else [*expected, b""])
    kept = expected if torn else expected[:-1]
    assert told == [(at, line) for at, line in enumerate(kept, 1) if not line.startswith(b'{"type":"stream_event"')]


def test_a_very_long_line_is_cut_but_stays_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "LONGEST_LINE", 1 << 20)
    long = b'{"type":"user","text":"' + SECRET.encode() + b"y" * (3 << 20) + b'"}'
    found, _ = copied(tmp_path, b'{"a":1}\n' + long + b'\n{"b":2}\n')

    first, marker, last = found.splitlines()
    assert (json.loads(first), json.loads(last)) == ({"a": 1}, {"b": 2})
    assert json.loads(marker)["bytes"] == len(long)
    assert SECRET.encode() not in found
    assert len(found) < 100_000


def test_a_stream_that_does_not_exist_yet_is_waited_for(tmp_path: Path) -> None:
    copy = Copy(tmp_path / "raw", tmp_path / "copy", Redactor([]), lambda number, line: None)

    assert not copy.step()
    (tmp_path / "raw").write_bytes(b"{}\n")
    assert copy.step()
    copy.finish()
    copy.close()
    assert (tmp_path / "copy").read_bytes() == b"{}\n"


@pytest.mark.parametrize("failing", range(1, 6))
def test_a_full_disk_costs_no_line_and_doubles_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    monkeypatch.setattr(evidence, "CHUNK", 64)
    raw = b"".join(b'{"line":%d}\n' % number for number in range(40))
    (tmp_path / "raw").write_bytes(raw)
    write, calls = os.write, iter(range(1, 1000))

    def full(file: int, data: bytes) -> int:
        if next(calls) == failing:
            write(file, bytes(data)[:7])
            raise OSError(errno.ENOSPC, "no space left")
        return write(file, data)

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="no space"):
        copied(tmp_path, raw)
    monkeypatch.setattr(os, "write", write)

    assert copied(tmp_path, raw)[0] == raw
