"""What is new in a log is given in whole lines, whatever happens to the file meanwhile."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from ccorch.adapters.run_folder.tail import MOST
from ccorch.adapters.run_folder.tail import tail as tail_below
from ccorch.ports.watching import Tail


def tail(path: Path, offset: int) -> Tail | None:
    return tail_below(path.parent, path.name, offset)


def log(folder: Path, content: bytes) -> Path:
    path = folder / "events.ndjson"
    path.write_bytes(content)
    return path


def test_a_torn_last_line_is_left_for_the_next_time(tmp_path: Path) -> None:
    path = log(tmp_path, b"one\ntwo\nthr")
    first = tail(path, 0)
    assert first is not None
    path.write_bytes(b"one\ntwo\nthree\n")
    second = tail(path, first.offset)

    assert second is not None
    assert (first.lines, second.lines) == ((b"one", b"two"), (b"three",))


def test_a_log_that_is_gone_or_shorter_is_none(tmp_path: Path) -> None:
    path = log(tmp_path, b"one\n")

    assert tail(path, 5) is None
    assert tail(tmp_path / "other", 0) is None


def test_from_the_end_only_whole_lines_are_given(tmp_path: Path) -> None:
    path = log(tmp_path, b"one\ntwo\nthree\n")

    found, all_of_it = tail(path, -8), tail(path, -800)

    assert found is not None
    assert all_of_it is not None
    assert (found.lines, len(all_of_it.lines)) == ((b"three",), 3)


def test_a_link_in_its_place_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret\n")
    (tmp_path / "events.ndjson").symlink_to(tmp_path / "secret")

    assert tail(tmp_path / "events.ndjson", 0) is None


def test_a_line_longer_than_a_look_does_not_stop_the_reader(tmp_path: Path) -> None:
    path = log(tmp_path, b"x" * (MOST + 10) + b"\nlast\n")
    first = tail(path, 0)
    assert first is not None
    assert not first.is_all
    second = tail(path, first.offset)

    assert second is not None
    assert second.lines[-1] == b"last"


@given(st.lists(st.binary(max_size=30).map(lambda one: one.replace(b"\n", b"").replace(b"\r", b"")), max_size=9))
def test_all_lines_come_once_in_order(tmp_path_factory: object, lines: list[bytes]) -> None:
    path = log(Path(str(tmp_path_factory.mktemp("t"))), b"")  # type: ignore[attr-defined]
    offset, found = 0, []
    for line in lines:
        with path.open("ab") as file:
            file.write(line + b"\n")
        new = tail(path, offset)
        assert new is not None
        offset = new.offset
        found += new.lines

    assert found == lines
