"""Promises of the timeline."""

from ccorch.schema.event import AnyEvent, Ended, Event, Finished, Metered, Started, Submitted, ToolCalled
from ccorch.views.timeline import timeline, words
from tests.plan_kit import HASH
from tests.views.logs import numbered

LOG: list[Event] = numbered(
    [
        Submitted(run="0123456789abcdef", plan=HASH, by="mcp", who="a client"),
        Started(node="a", attempt=1),
        ToolCalled(node="a", attempt=1, line=1, tool="Grep", target="x"),
        ToolCalled(node="a", attempt=1, line=2, tool="Grep", target="x"),
        Metered(node="a", attempt=1, model="m", input_tokens=5, output_tokens=None, usd=None, exact=False),
        Ended(node="a", attempt=1, passed=True),
        Finished(status="done"),
    ]
)


def test_each_moment_is_a_sentence_and_repetitions_are_told_once() -> None:
    told = [(moment.text, moment.times) for moment in timeline(LOG).moments]

    assert told == [
        ("submitted from mcp (a client)", 1),
        ("attempt 1 began", 1),
        ("Grep x", 2),
        ("m: 5 tokens in, unknown out, price unknown (estimate)", 1),
        ("passed", 1),
        ("the run is over: done", 1),
    ]


def test_a_moment_says_how_long_after_the_beginning_it_was() -> None:
    last = timeline(LOG).moments[-1]

    assert (last.since, last.seq) == (6.0, 7)


def test_what_is_left_out_is_counted() -> None:
    assert timeline(LOG, keep=2).left_out == 4


def test_an_older_log_that_names_nobody_is_told_by_its_doors() -> None:
    older = AnyEvent.validate_json(
        '{"seq":1,"at":1.0,"type":"answered","node":"g","attempt":1,"choice":"yes","by":"mcp"}'
    )

    assert words(older) == "answered yes from mcp"
