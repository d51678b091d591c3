"""Any event of a long log is found by a few looks into it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccorch.adapters.run_folder.log import Place, read, skip
from ccorch.adapters.run_folder.place import NEAR, leap
from ccorch.schema.event import AnyEvent, Said

SIZES = st.lists(st.sampled_from([1, 30, 900, 20_000, 2 * NEAR]), min_size=1, max_size=40)


def line(seq: int, size: int) -> bytes:
    return AnyEvent.dump_json(Said(seq=seq, at=1.0, node="a", attempt=1, line=1, text="x" * size)) + b"\n"


def log(folder: Path, content: bytes) -> Path:
    (folder / "events.ndjson").write_bytes(content)
    return folder / "events.ndjson"


@given(SIZES, st.data())
def test_a_place_is_found_wherever_it_lies(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], data: st.DataObject
) -> None:
    lines = [line(seq, size) for seq, size in enumerate(sizes, 1)]
    torn = data.draw(st.sampled_from([b"", b'{"seq":', line(len(lines) + 1, 9)[:-1]]))
    path = log(tmp_path_factory.mktemp("log"), b"".join(lines) + torn)
    first, wanted = sorted(data.draw(st.tuples(*[st.integers(0, len(lines) + 3)] * 2)))
    place = Place()
    skip(path, place, first)
    skip(path, place, wanted)

    last = min(wanted, len(lines))
    assert place == Place(last, sum(map(len, lines[:last])))
    assert [event.seq for event in read(path, place)] == list(range(last + 1, len(lines) + 1))


def test_a_long_log_is_not_read_to_find_a_place(tmp_path: Path) -> None:
    count = 60_000
    path = log(tmp_path, b"".join(line(seq, 100) for seq in range(1, count + 1)))
    with path.open("rb", buffering=0) as file:
        found = Place()
        leap(file, found, count - 10)  # type: ignore[arg-type]

    assert 0 <= count - 10 - found.seq < NEAR // len(line(1, 100)) + 1


@pytest.mark.parametrize("foreign", [b"nonsense\n", b'{"seq":7}\n', b'{"seq":99999999,"at":1.0}\n', b"\n" * 9])
def test_lines_that_tell_no_number_or_a_wrong_one_lead_nowhere(tmp_path: Path, foreign: bytes) -> None:
    before = [line(seq, 900) for seq in range(1, 101)]
    path = log(tmp_path, b"".join(before) + foreign * (2 * NEAR // len(foreign)))
    place = Place()
    skip(path, place, 90)

    assert place == Place(90, sum(map(len, before[:90])))
