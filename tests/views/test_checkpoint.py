"""Promises of checkpoints: as often as is wanted, the same whoever counts, short, and none once a run is over."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ccorch.rules.progress import begin, evolve
from ccorch.rules.tightest import oftenest
from ccorch.schema.checkpoint import Checkpoint
from ccorch.schema.event import Ended, Event, Finished, Found, Reopened, Started, Submitted, ToolCalled
from ccorch.schema.finding import Finding
from ccorch.schema.policy import Checkpoints
from ccorch.views.checkpoint import LONGEST, MOST, Account
from tests.plan_kit import node, plan
from tests.views.logs import LOGS, numbered

PLAN = plan(node("a"), node("b"), node("c"))


def made(log: list[Event], often: Checkpoints) -> list[Checkpoint]:
    account, state, found = Account(often), begin(PLAN), []
    for event in log:
        state = evolve(state, event)
        if (due := account.take(event, state)) is not None:
            found.append(due)
    return found


@given(LOGS, st.integers(0, 7), st.integers(0, 9))
def test_as_often_as_is_wanted_and_never_for_an_end(log: list[Event], events: int, seconds: int) -> None:
    found = made(log, Checkpoints(events=events, seconds=seconds))
    gaps = [later.seq - earlier.seq for earlier, later in pairwise(found)]
    ends = {event.seq for event in log if isinstance(event, Finished)}

    assert [one.number for one in found] == list(range(1, len(found) + 1))
    assert not ends & {one.seq for one in found}
    assert found == made(log, Checkpoints(events=events, seconds=seconds)), "whoever takes over counts the same"
    least = min([n for n in (events, seconds) if n], default=None)
    assert not found if least is None else all(gap >= least for gap in gaps)
    if not ends and least is not None:
        assert len(found) >= len(log) // (max(least, 1) + 1)


@given(LOGS)
def test_every_list_is_short(log: list[Event]) -> None:
    nasty = "x\x1b[2J\n" * 200
    many: list[Event] = [
        ToolCalled(node="a", attempt=1, line=1, tool=tool, target=f"{n // 2}{nasty}")
        for n in range(60)
        for tool in ("Write", "Grep")
    ]
    for one in made(numbered([*log, *many]), Checkpoints(events=50, seconds=0)):
        for said in (one.done, one.found, one.changed, one.repeated, one.remaining, one.drift):
            assert len(said) <= MOST + 1
            assert all(len(text) <= LONGEST and "\x1b" not in text for text in said)


def test_what_was_done_found_and_changed_what_repeats_and_what_remains() -> None:
    log = numbered(
        [
            Submitted(run="0" * 16, plan="a" * 64, by="terminal"),
            Started(node="a", attempt=1),
            ToolCalled(node="a", attempt=1, line=1, tool="Grep", target="add"),
            ToolCalled(node="a", attempt=1, line=1, tool="Grep", target="add"),
            ToolCalled(node="a", attempt=1, line=1, tool="Write", target="src/x.py"),
            Found(finding=Finding(code="route_mismatch", severity="high", blocking=True, node="a", message="m")),
            Ended(node="a", attempt=1, passed=False, outcome="failed"),
            Reopened(nodes=("a",), by="retry", cause="failed", node="a"),
            Started(node="b", attempt=1),
            Started(node="c", attempt=1),
        ]
    )
    (one,) = made(log, Checkpoints(events=9, seconds=0))

    assert one == Checkpoint(
        number=1,
        seq=10,
        at=110.0,
        done=("a failed: failed", "a: Grep ×2, Write ×1"),
        found=("a route_mismatch",),
        changed=("src/x.py",),
        repeated=("Grep add ×2",),
        remaining=("b at work", "c at work", "1 wait"),
        drift=("route_mismatch", "a set back: failed"),
    )


def test_lanes_of_one_plan_are_summed_up_as_often_as_any_of_them_wants() -> None:
    lanes = [
        Checkpoints(events=0, seconds=30),
        Checkpoints(events=9, seconds=60),
        Checkpoints(events=40, seconds=0),
    ]

    assert oftenest(lanes) == Checkpoints(events=9, seconds=30)
    assert oftenest([Checkpoints(events=0, seconds=0)]) == Checkpoints(events=0, seconds=0)
