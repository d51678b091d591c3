"""Of many lines few are read, and they tell what all of them tell."""

import json

from hypothesis import given
from hypothesis import strategies as st

from ccorch.schema.event import AnyEvent, Event, Metered, Said, Started, ToolCalled, ToolFailed
from ccorch.views.live import Live
from ccorch.views.summary import Fold
from ccorch.views.telling import FEW, telling
from tests.plan_kit import node, plan
from tests.views.logs import LOGS, numbered

PLAN = plan(node("a"), node("b", "a"), node("c", "a"))
KNOWN = ("a", "b", "c")
CALLS: list[Event] = [
    ToolCalled(node=name, attempt=1, line=1, tool="Grep", target=f',"type":"ended","node":"{name}"')
    for name in "abab"
]
MONEY = Metered(node="a", attempt=1, model="m", input_tokens=1, output_tokens=1, usd=0.5, exact=True)
FAILED = ToolFailed(node="a", attempt=1, line=1, call="t", tool="Bash", status=1)


def content(log: list[Event]) -> bytes:
    return b"".join(AnyEvent.dump_json(event) + b"\n" for event in log)


def numbers(lines: list[bytes]) -> list[int]:
    return [json.loads(line)["seq"] for line in lines]


def shown(lines: list[bytes]) -> Live:
    fold = Fold(PLAN)
    live = Live.of(fold.summary(), fold.status)
    for line in lines:
        live.apply(json.loads(line))
    return live


@given(LOGS, st.booleans())
def test_what_is_read_tells_what_all_lines_tell(log: list[Event], are_many: bool) -> None:
    known = (*KNOWN, *map(str, range(FEW))) if are_many else KNOWN
    whole, read = shown(content(log).splitlines()), shown(telling(content(log), known))

    assert (read.nodes, read.gates, read.status, read.money) == (
        whole.nodes,
        whole.gates,
        whole.status,
        whole.money,
    )


def test_of_calls_and_sayings_the_last_of_each_node_is_read() -> None:
    said = Said(node="b", attempt=1, line=1, text="done")
    log = numbered([*CALLS, MONEY, FAILED, said])

    assert sorted(numbers(telling(content(log), KNOWN))) == [3, 5, 7]


def test_a_call_is_read_before_its_node_begins_again() -> None:
    log = numbered([*CALLS, Started(node="a", attempt=2), CALLS[0], FAILED])

    assert numbers(telling(content(log), KNOWN)) == [3, 5, 4, 6]


def test_lines_of_another_spelling_are_all_read() -> None:
    other = json.dumps(json.loads(AnyEvent.dump_json(MONEY))).encode() + b"\n"

    assert len(telling(content(numbered(CALLS)) + other, KNOWN)) == len(CALLS) + 1
    assert telling(b"", KNOWN) == []
