"""Promises of artifacts: listed with their hashes, read in pages, and nothing else can be read."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccorch.adapters.run_folder.artifacts import Artifacts, FileHash
from ccorch.adapters.run_folder.digests import Digests
from ccorch.errors import NotFound, RunCorrupt


@pytest.fixture
def files(tmp_path: Path) -> Artifacts:
    (tmp_path / "run" / "nodes" / "a").mkdir(parents=True)
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "run" / "nodes" / "a" / "long.txt").write_text("".join(f"line {n}\n" for n in range(1, 101)))
    (tmp_path / "run" / "last.txt").write_text("one\ntwo")
    (tmp_path / "run" / "link.txt").symlink_to("../secret")
    (tmp_path / "run" / "folder").symlink_to("..")
    os.mkfifo(tmp_path / "run" / "pipe")
    return Artifacts(tmp_path / "run")


def test_every_regular_file_is_listed_and_nothing_else(files: Artifacts) -> None:
    listed = files.listed()

    assert listed.names == ("last.txt", "nodes/a/long.txt")
    assert listed.about(["last.txt"])[0].bytes == 7


def test_what_lies_there_is_counted_alike_before_and_after_the_final_list(files: Artifacts) -> None:
    before = files.kept()
    files.store(files.scan(final=True))

    assert (before.files, before.bytes) == (2, 799)
    assert files.kept() == before


def test_pages_follow_each_other_to_the_end(files: Artifacts) -> None:
    lines: list[str] = []
    start: int | None = 1
    while start is not None:
        page = files.read("nodes/a/long.txt", start=start, lines=7)
        lines += page.lines
        start = page.next

    assert lines == [f"line {n}" for n in range(1, 101)]
    assert files.read("last.txt", start=2).lines == ("two",)
    assert files.read("last.txt", start=9).lines == ()


def test_a_page_ends_where_its_bytes_end(files: Artifacts) -> None:
    page = files.read("nodes/a/long.txt", most_bytes=10)

    assert (page.lines, page.next, page.cut) == (("line 1", "lin"), 3, True)


def test_a_huge_line_is_cut_and_the_next_page_goes_on_after_it(files: Artifacts) -> None:
    (files.folder / "huge").write_bytes(b"x" * 3_000_000 + b"\nafter\n")

    page = files.read("huge", most_bytes=100)

    assert (len(page.lines[0]), page.cut, page.next) == (100, True, 2)
    assert files.read("huge", start=2).lines == ("after",)


@pytest.mark.parametrize(
    "path",
    [
        "../secret",
        "nodes/../../secret",
        "/etc/passwd",
        "",
        ".",
        "link.txt",
        "folder/secret",
        "pipe",
        "nodes",
        "a\0b",
    ],
)
def test_what_is_not_listed_cannot_be_read(files: Artifacts, path: str) -> None:
    with pytest.raises(NotFound):
        files.read(path)


@given(st.text(alphabet="./ab\\\0~", max_size=12))
def test_no_name_reaches_outside(tmp_path_factory: pytest.TempPathFactory, path: str) -> None:
    root = tmp_path_factory.getbasetemp() / "jail"
    (root / "run").mkdir(parents=True, exist_ok=True)
    (root / "a").write_text("outside")

    with pytest.raises(NotFound):
        Artifacts(root / "run").read(path)


def test_a_file_that_came_after_the_end_is_not_served_until_it_is_listed(files: Artifacts) -> None:
    files.store(files.scan(final=True))
    (files.folder / "planted.txt").write_text("x")

    with pytest.raises(NotFound):
        files.read("planted.txt")
    assert files.differences() == ("planted.txt is not in the manifest",)

    files.relist("planted.txt")
    assert files.read("planted.txt").lines == ("x",)
    assert files.differences() == ()


class Going(Artifacts):
    """Files of which one goes away between the listing and the look at it."""

    def _hash(self, name: str, known: Digests | None = None) -> FileHash:
        if name == "plan.json":
            (self.folder / name).unlink()
        return super()._hash(name, known)


def test_a_file_that_goes_away_while_they_are_listed_is_left_out(files: Artifacts) -> None:
    (files.folder / "plan.json").write_text("{}")
    (files.folder / "other.json").write_text("{}")

    going = Going(files.folder).listed()
    told = [one.path for one in going.about(going.names)]

    assert ("plan.json" in told, "other.json" in told) == (False, True)


def test_changed_and_missing_files_are_told(files: Artifacts) -> None:
    files.store(files.scan(final=True))
    (files.folder / "last.txt").write_text("other")
    (files.folder / "nodes" / "a" / "long.txt").unlink()

    assert files.differences() == ("nodes/a/long.txt is missing", "last.txt was changed")


def test_a_manifest_that_is_none_is_corrupt(files: Artifacts) -> None:
    (files.folder / "manifest.json").write_text("{}")

    with pytest.raises(RunCorrupt, match=r"manifest\.json"):
        files.listed()
