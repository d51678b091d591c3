"""Logs for tests of views: any order of events, and long ones."""

from hypothesis import strategies as st

from ccorch.schema.event import (
    Ended,
    Event,
    Finished,
    Found,
    Metered,
    ModelServed,
    Reopened,
    Said,
    Skipped,
    Started,
    StopAsked,
    ToolCalled,
)
from ccorch.schema.finding import Finding

NODES = st.sampled_from(["a", "b", "c"])
ATTEMPTS = st.integers(1, 3)
TEXTS = st.sampled_from(["x", "y"])
COUNTS = st.integers(0, 1000) | st.none()

EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.builds(Started, node=NODES, attempt=ATTEMPTS),
    st.builds(Ended, node=NODES, attempt=ATTEMPTS, passed=st.booleans()),
    st.builds(Skipped, node=NODES, reason=TEXTS),
    st.builds(Reopened, nodes=st.lists(NODES, unique=True).map(tuple), by=TEXTS),
    st.builds(StopAsked, by=st.just("terminal")),
    st.builds(Finished, status=st.sampled_from(["done", "failed"])),
    st.builds(ToolCalled, node=NODES, attempt=ATTEMPTS, line=st.just(1), tool=TEXTS, target=TEXTS),
    st.builds(Said, node=NODES, attempt=ATTEMPTS, line=st.just(1), text=TEXTS),
    st.builds(ModelServed, node=NODES, attempt=ATTEMPTS, line=st.just(1), model=TEXTS),
    st.builds(
        Finding,
        code=st.just("write_scope"),
        severity=st.sampled_from(["medium", "high"]),
        blocking=st.booleans(),
        node=NODES,
        attempt=ATTEMPTS,
        message=TEXTS,
        provisional=st.booleans(),
    ).map(lambda finding: Found(finding=finding)),
    st.builds(
        Metered,
        node=NODES,
        attempt=ATTEMPTS,
        model=TEXTS | st.none(),
        input_tokens=COUNTS,
        output_tokens=COUNTS,
        usd=st.integers(0, 64).map(lambda part: part / 64) | st.none(),
        exact=st.booleans(),
    ),
)


def numbered(events: list[Event]) -> list[Event]:
    """The events with numbers and times, as a log has them."""
    return [event.model_copy(update={"seq": seq, "at": 100.0 + seq}) for seq, event in enumerate(events, 1)]


LOGS = st.lists(EVENTS, max_size=30).map(numbered)
