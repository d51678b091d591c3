"""Promises of the stream's meter: all tokens once, the same ids however often it is read, nothing breaks it."""

from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ccorch.adapters.claude_code.metering import StreamMeter, blank
from ccorch.ports import AttemptId, WorkOrder
from ccorch.schema.ledger import LedgerLine, Usage
from ccorch.schema.run import Launch
from tests.plan_kit import PROFILE, node, plan

KINDS = ("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
CAMEL = ("inputTokens", "outputTokens", "cacheReadInputTokens", "cacheCreationInputTokens")


def meter() -> StreamMeter:
    made = plan(node("main"), label="night")
    order = WorkOrder(
        id=AttemptId("0123456789abcdef", "main", 1),
        node=made.nodes[0],
        profile=PROFILE,
        launch=Launch(project="/p", claude=None, environment={}),
        cwd=Path("/p"),
        blocks=(),
        seat=None,
        label=made.label,
    )
    return StreamMeter(blank(order))


def said(name: str, *figures: int, model: str = "claude-sonnet-5") -> dict[str, Any]:
    message = {"id": name, "model": model, "content": [], "usage": dict(zip(KINDS, figures, strict=True))}
    return {"type": "assistant", "message": message, "session_id": "s"}


def result(*figures: int, **more: Any) -> dict[str, Any]:
    models = {"claude-sonnet-5": dict(zip(CAMEL, figures, strict=True))}
    return {"type": "result", "is_error": False, "modelUsage": models, **more}


def read(*stream: Any, over: bool = True) -> list[LedgerLine]:
    made = meter()
    lines = [line for data in stream for line in made.take(data, 1.0)]
    return [*lines, *(made.finish(2.0) if over else ())]


def test_a_line_says_in_which_role_and_under_which_label_was_asked() -> None:
    (line,) = read(said("m1", 1, 2, 3, 4), result(1, 2, 3, 4))

    assert (line.role, line.label, line.node) == ("review", "night", "main")


def used(lines: list[LedgerLine]) -> Usage:
    return sum((line.usage for line in lines), Usage())


def test_a_message_counts_once_and_the_totals_bring_the_output_that_it_could_not_know() -> None:
    lines = read(
        said("m0", 100, 1, 7, 3), said("m0", 100, 1, 7, 3), said("m1", 200, 1, 8, 4), result(300, 110, 15, 7)
    )

    assert [line.usage for line in lines] == [
        Usage(input=100, output=1, cache_read=7, cache_write=3),
        Usage(input=200, output=109, cache_read=8, cache_write=4),
    ]
    assert [(line.basis, line.ended, line.nano_usd, line.price_version) for line in lines] == [
        ("estimate", "ok", None, "plan")
    ] * 2
    assert [(line.served_model, line.session_id) for line in lines] == [("claude-sonnet-5", "s")] * 2


def test_an_answer_in_one_message_is_exact() -> None:
    (line,) = read(said("m0", 100, 1, 0, 0), result(100, 60, 0, 0))

    assert (line.basis, line.output_tokens) == ("exact", 60)


def test_a_stream_that_was_cut_off_keeps_what_is_known() -> None:
    lines = read(said("m0", 100, 1, 0, 0), said("m1", 200, 1, 0, 0))

    assert [(line.ended, line.input_tokens) for line in lines] == [("ok", 100), ("dropped", 200)]


def test_totals_that_no_message_covers_are_a_line_of_their_own() -> None:
    lines = read(said("m0", 100, 5, 0, 0), result(100, 5, 0, 0), result(130, 5, 0, 0, is_error=True))

    assert [(line.input_tokens, line.ended, line.served_model) for line in lines] == [
        (100, "ok", "claude-sonnet-5"),
        (30, "error", None),
    ]


def test_a_turns_own_usage_stands_in_where_no_model_is_named() -> None:
    usage = dict(zip(KINDS, (10, 4, 0, 0), strict=True))
    ends = {"type": "result", "is_error": False, "usage": usage}
    lines = read(said("m0", 10, 1, 0, 0), ends, said("m1", 10, 1, 0, 0), ends)

    assert used(lines) == Usage(input=20, output=8)


def test_what_claude_code_wrote_itself_costs_nothing() -> None:
    assert read(said("x", 9, 9, 9, 9, model="<synthetic>"), result(0, 0, 0, 0)) == []


def test_a_name_that_cannot_be_written_down_names_nothing() -> None:
    (line,) = read(said("m0", 1, 1, 0, 0, model="claude-\ud800"), result(1, 1, 0, 0))

    assert (line.served_model, LedgerLine.model_validate_json(line.model_dump_json())) == (None, line)


FIGURES = st.tuples(*[st.integers(0, 1000)] * 4)
MESSAGES = st.builds(lambda name, figures: said(name, *figures), st.sampled_from(["m0", "m1", "m2"]), FIGURES)
STREAMS = st.lists(MESSAGES | st.builds(lambda figures: result(*figures), FIGURES), max_size=12)


@given(STREAMS)
def test_all_lines_together_are_the_larger_of_messages_and_totals(stream: list[dict[str, Any]]) -> None:
    largest: dict[str, Usage] = {}
    totals = Usage()
    for data in stream:
        if data["type"] == "result":
            totals = totals.most(_usage(data["modelUsage"]["claude-sonnet-5"], CAMEL))
        else:
            name = data["message"]["id"]
            largest[name] = largest.get(name, Usage()).most(_usage(data["message"]["usage"], KINDS))

    lines = read(*stream)

    assert used(lines) == sum(largest.values(), Usage()).most(totals)
    assert len({line.id for line in lines}) == len(lines)


@given(STREAMS, st.integers(0, 12))
def test_reading_again_from_the_beginning_gives_the_same_lines_first(stream: list[Any], cut: int) -> None:
    before = read(*stream[:cut], over=False)

    assert read(*stream)[: len(before)] == before


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "model", "usage", "message", "modelUsage", *KINDS]), inner)
    ),
    max_leaves=12,
)


@given(st.sampled_from(["assistant", "result", "user", None]), st.dictionaries(st.text(max_size=3), JUNK), JUNK)
def test_no_shape_breaks_it(kind: str | None, more: dict[str, Any], inner: Any) -> None:
    data = {**more, "type": kind, "message": inner, "modelUsage": inner, "usage": inner}

    for line in read(data):
        assert LedgerLine.model_validate_json(line.model_dump_json()) == line


def _usage(figures: dict[str, int], names: tuple[str, ...]) -> Usage:
    return Usage(
        **dict(zip(("input", "output", "cache_read", "cache_write"), map(figures.get, names), strict=True))
    )
