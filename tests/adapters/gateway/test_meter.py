"""Promises of the meter."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccorch.adapters.gateway.meter import Meter, Splitter
from ccorch.rules.budget import tokens_of
from ccorch.schema.ledger import Usage


def event(name: str, *, named: bool = True, ascii_only: bool = True, **data: Any) -> bytes:
    text = json.dumps({**data, "type": name}, ensure_ascii=ascii_only)
    return (f"event: {name}\n" if named else "").encode() + f"data: {text}\n\n".encode("utf-8", "surrogatepass")


def delta(text: str, key: str = "text", **spelling: bool) -> bytes:
    return event("content_block_delta", index=0, delta={"type": f"{key}_delta", key: text}, **spelling)


def start(**usage: int) -> bytes:
    return event("message_start", message={"type": "message", "model": "m", "usage": usage})


@given(
    st.lists(st.text(st.characters(codec="utf-8"), max_size=30), max_size=8),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["text", "partial_json", "thinking"]),
)
def test_text_is_measured_by_its_bytes_however_it_is_spelled(
    texts: list[str], named: bool, ascii_only: bool, key: str
) -> None:
    meter = Meter(10)
    for text in texts:
        meter.take(delta(text, key, named=named, ascii_only=ascii_only))

    assert meter.output == tokens_of(sum(len(text.encode()) for text in texts))


@given(st.data())
def test_events_are_handed_out_whole_wherever_the_chunks_are_cut(data: st.DataObject) -> None:
    events = [b"event: ping\ndata: {}\n\n", b"data: {}\r\n\r\n", delta("x\n\ny"), b"event: message_stop\n\n"]
    stream = b"".join(data.draw(st.lists(st.sampled_from(events), max_size=6))) + b"event: half"
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    splitter, out = Splitter(), []
    for begin, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        out += splitter.whole(stream[begin:end])

    assert all(part.endswith((b"\n\n", b"\r\n\r\n")) for part in out)
    assert b"".join(out) + splitter.rest() == stream
    assert len(out) == stream.count(b"\n\n") + stream.count(b"\r\n\r\n")


def test_the_final_figures_are_exact_and_hold() -> None:
    meter = Meter(999)
    for part in (start(input_tokens=12, output_tokens=1, cache_read_input_tokens=5), delta("x" * 1000)):
        meter.take(part)
    assert (meter.is_exact, meter.output) == (False, 250)
    meter.take(event("message_delta", delta={}, usage={"output_tokens": 41}))

    assert meter.is_exact
    assert meter.usage() == Usage(input=12, output=41, cache_read=5)


def test_a_provider_that_tells_its_input_only_at_the_end_is_exact_too() -> None:
    meter = Meter(999)
    meter.take(start(input_tokens=0, output_tokens=0))
    assert meter.input_usage == Usage(input=999)
    meter.take(event("message_delta", delta={}, usage={"input_tokens": 12, "output_tokens": 41}))

    assert (meter.is_exact, meter.usage()) == (True, Usage(input=12, output=41))


@pytest.mark.parametrize("usage", [{}, {"input_tokens": 0, "output_tokens": 0}, {"output_tokens": None}])
def test_a_provider_that_does_not_count_is_reckoned(usage: dict[str, Any]) -> None:
    meter = Meter(999)
    for part in (start(), delta("x" * 40), event("message_delta", delta={}, usage=usage)):
        meter.take(part)

    assert (meter.is_exact, meter.usage()) == (False, Usage(input=999, output=10))


def test_blocks_errors_and_the_stop_are_noticed() -> None:
    meter = Meter(1)
    meter.take(event("content_block_start", index=3, content_block={"type": "tool_use", "input": {}}))
    assert meter.open_block == (3, "tool_use")
    meter.take(event("content_block_stop", index=3))
    meter.take(event("error", error={"type": "overloaded_error"}))
    meter.take(event("message_stop"))

    assert meter.has_stopped
    assert not meter.open_block
    assert meter.error == "overloaded_error"


@given(st.binary(max_size=200))
def test_no_bytes_break_the_meter(noise: bytes) -> None:
    meter = Meter(1)
    for prefix in (b"", b"event: message_start\ndata: ", b"event: error\ndata: [", b"event: message_delta\ndata: "):
        meter.take(prefix + noise + b"\n\n")

    assert meter.usage().tokens >= 0


@pytest.mark.parametrize("figure", [True, -1, 10**400, 10**12, 1.5, "7", None])
def test_a_figure_that_is_no_count_of_tokens_is_ignored(figure: object) -> None:
    meter = Meter(10)
    meter.take_message({"type": "message", "model": "m", "usage": {"input_tokens": figure}, "content": []})

    assert meter.input_usage.input == 10


def test_a_model_name_that_cannot_be_written_down_names_none() -> None:
    meter = Meter(10)
    meter.take_message({"type": "message", "model": "m\ud800", "usage": {}, "content": []})

    assert meter.served_model is None


def test_an_event_nested_beyond_measure_is_passed_over() -> None:
    meter = Meter(10)
    meter.take(b"event: message_start\ndata: " + b"[" * 200_000 + b"\n\n")

    assert not meter.has_started


def test_a_count_far_below_the_text_is_told_beside_the_reckoning_that_is_booked() -> None:
    meter = Meter(estimated_input=20_000)
    meter.take(event("message_start", message={"type": "message", "model": "m", "usage": {"input_tokens": 5}}))
    meter.take(event("content_block_delta", delta={"type": "text_delta", "text": "word " * 800}))
    meter.take(event("message_delta", delta={}, usage={"output_tokens": 2}))

    assert (meter.usage().input, meter.usage().output) == (20_000, 1000)
    assert (meter.told, meter.is_exact) == (7, False)


@pytest.mark.parametrize("told", [400, 1000, 90_000])
def test_a_count_that_may_be_true_is_believed_whatever_the_reckoning_says(told: int) -> None:
    meter = Meter(estimated_input=600)
    meter.take(event("message_start", message={"type": "message", "model": "m", "usage": {"input_tokens": 300}}))
    meter.take(event("content_block_delta", delta={"type": "text_delta", "text": "word " * 800}))
    meter.take(event("message_delta", delta={}, usage={"output_tokens": told}))

    assert (meter.usage().input, meter.usage().output) == (300, told)
    assert (meter.told, meter.is_exact) == (None, True)
