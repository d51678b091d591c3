"""Lines are recognised by their top-level type, however they are cut, ordered or spelled."""

from __future__ import annotations

import json
import tracemalloc
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ccorch.adapters.process.shim.lines import Line, Lines

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
KINDS = ("control_request", "control_response", "result", "system", "assistant", "user")


def read(data: bytes, *cuts: int, **options: Any) -> list[Line]:
    seen: list[Line] = []
    lines = Lines(seen.append, **options)
    for start, stop in zip((0, *cuts), (*cuts, len(data)), strict=True):
        lines.feed(data[start:stop])
    return seen


@st.composite
def streams(draw: st.DrawFn) -> tuple[list[dict[str, Any]], bytes, list[int]]:
    values = []
    for _ in range(draw(st.integers(0, 4))):
        rest = draw(st.dictionaries(st.sampled_from(["a", 'b"', "subtype2", "input", "ty\\pe"]), JSON, max_size=4))
        fields = [("type", draw(st.sampled_from(KINDS))), *rest.items()]
        values.append(dict(draw(st.permutations(fields))))
    compact = draw(st.booleans())
    separators = (",", ":") if compact else (", ", " : ")
    data = b"".join(json.dumps(value, separators=separators).encode() + b"\n" for value in values)
    cuts = sorted(draw(st.lists(st.integers(0, len(data)), max_size=6)))
    return values, data, cuts


@given(streams())
def test_every_control_result_and_system_line_is_found_and_no_other(
    stream: tuple[list[dict[str, Any]], bytes, list[int]],
) -> None:
    values, data, cuts = stream
    wanted = [value for value in values if value["type"] not in ("assistant", "user")]

    seen = read(data, *cuts)

    assert [line.type for line in seen] == [value["type"] for value in wanted]
    numbers = [number for number, value in enumerate(values, 1) if value in wanted]
    assert [line.number for line in seen] == numbers
    for line, value in zip(seen, wanted, strict=True):
        if value["type"].startswith("control"):
            assert json.loads(line.text or b"") == value


def test_a_type_inside_a_value_is_not_the_lines_type() -> None:
    assert read(b'{"a":{"type":"result"},"b":"\\"type\\":\\"result\\"","type":"user"}\n') == []


def test_a_line_without_its_end_is_not_reported() -> None:
    assert read(b'{"type":"result"}') == []


def test_a_result_names_the_messages_it_answers() -> None:
    line = read(b'{"x":["no"],"user_message_uuids":["u1","u2"],"type":"result"}\n')[0]

    assert (line.answered, line.text) == (("u1", "u2"), None)


def test_a_control_line_over_the_limit_keeps_its_id_and_loses_its_text() -> None:
    data = b'{"type":"control_request","request_id":"r","request":"' + b"x" * 100 + b'"}\n'

    line = read(data, max_control=100)[0]

    assert (line.request_id, line.text) == ("r", None)


def test_a_control_line_that_names_its_type_after_a_large_value_keeps_its_id() -> None:
    data = b'{"request":"' + b"x" * 400_000 + b'","request_id":"r","type":"control_request"}\n'

    line = read(data, *range(0, len(data), 65_536))[0]

    assert (line.type, line.request_id, line.text) == ("control_request", "r", None)


def test_a_long_line_is_never_held() -> None:
    lines = Lines(lambda line: None)
    piece = b'\\"' * 32_768
    tracemalloc.start()
    try:
        lines.feed(b'{"permission_denials":["')
        for _ in range(200):
            lines.feed(piece)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 1 << 20
