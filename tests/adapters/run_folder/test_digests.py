"""What was hashed once and is as it was is not read again; whatever changed is."""

import hashlib
import io
import os
from pathlib import Path

import pytest

from ccorch.adapters.run_folder.artifacts import Artifacts, FileHash
from ccorch.adapters.run_folder.digests import COMPARED, Digests


class Counted(io.FileIO):
    """A file that counts the bytes that are read of it."""

    count = 0

    def read(self, size: int = -1, /) -> bytes:
        content = super().read(size) or b""
        Counted.count += len(content)
        return content


def asked(digests: Digests, path: Path) -> tuple[tuple[int, str], int]:
    """The hash, and how many bytes were read for it."""
    Counted.count = 0
    with Counted(path) as file:
        return digests.of(str(path), file), Counted.count  # type: ignore[arg-type]


def true(path: Path) -> tuple[int, str]:
    content = path.read_bytes()
    return len(content), hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("name", ["events.ndjson", "answer.md"])
def test_whatever_changes_is_told_anew(tmp_path: Path, name: str) -> None:
    digests, path = Digests(), tmp_path / name
    for content in (b"", b"one\n", b"one\ntwo\n", b"one\ntwo\nthree\n"):
        path.write_bytes(content)
        assert asked(digests, path)[0] == true(path)
    other = tmp_path / "other"
    other.write_bytes(b"ONE\ntwo\nthree\n")
    os.rename(other, path)
    assert asked(digests, path)[0] == true(path)
    path.write_bytes(b"1\n")
    assert asked(digests, path)[0] == true(path)


def test_of_a_log_only_what_is_new_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ccorch.adapters.run_folder.digests.SETTLED", 1e9)  # however long this takes
    digests, path = Digests(), tmp_path / "events.ndjson"
    path.write_bytes(b"x" * 999_999 + b"\n")
    assert asked(digests, path) == (true(path), 1_000_000)

    with path.open("ab") as log:
        log.write(b"y" * 10)

    assert asked(digests, path) == (true(path), COMPARED + 10)
    assert asked(digests, path) == (true(path), COMPARED + 10)  # its times do not tell yet that nothing has come


@pytest.mark.parametrize("length", [1, 700, 1_500_000])
@pytest.mark.parametrize("cut", ["a torn line", "whole lines"])
def test_a_log_that_was_cut_back_and_has_grown_since_is_told_as_it_is(
    tmp_path: Path, length: int, cut: str
) -> None:
    digests, path = Digests(), tmp_path / "events.ndjson"
    first = b"one\n" + b"x" * length + b"\n"
    path.write_bytes(first + b"two" + b"\n" * (cut == "whole lines"))
    assert asked(digests, path)[0] == true(path)

    for more in (b"2\nthree\n", b"", b"fo", b"ur\n"):
        with path.open("r+b") as log:
            if more.startswith(b"2"):
                log.truncate(len(first))
            log.seek(0, os.SEEK_END)
            log.write(more)
        assert asked(digests, path)[0] == true(path)


def test_a_run_that_is_not_over_is_listed_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "events.ndjson").write_bytes(b"one\n")
    (tmp_path / "nodes").mkdir()
    (tmp_path / "nodes/answer.md").write_bytes(b"two")
    artifacts = Artifacts(tmp_path)

    def now() -> dict[str, tuple[int, str]]:
        files = artifacts.listed()
        return {one.path: (one.bytes, one.sha256) for one in files.about(files.names)}

    scanned = {name: (file.bytes, file.sha256) for name, file in artifacts.scan(final=False).files.items()}
    assert now() == now() == scanned


def test_of_a_run_that_is_not_over_no_file_is_read_but_those_asked_about(tmp_path: Path) -> None:
    read: list[str] = []

    class Watched(Artifacts):
        def _hash(self, name: str, known: Digests | None = None) -> FileHash:
            read.append(name)
            return super()._hash(name, known)

    (tmp_path / "stream.ndjson").write_bytes(b"one\n")
    (tmp_path / "answer.md").write_bytes(b"two")
    files = Watched(tmp_path).listed()

    assert (files.final, files.names, read) == (False, ("answer.md", "stream.ndjson"), [])
    (told,) = files.about(["answer.md"])
    assert (told.bytes, read) == (3, ["answer.md"])
