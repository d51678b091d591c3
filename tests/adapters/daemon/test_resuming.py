"""Promises of resuming: after a crash at any event, every event of the stream is in the log once."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from ccorch.adapters.daemon.resuming import ResumedWorkers, Resuming
from ccorch.ports import AttemptId, Ending, Report, WorkOrder
from ccorch.schema.event import Ended, Event, Metered, Said, Started
from tests.fakes.workers import HeldWorkers
from tests.run_kit import RUN

ATTEMPT = AttemptId(RUN, "a", 1)
STREAMS = st.lists(st.tuples(st.integers(1, 4), st.sampled_from("xy")), max_size=12).map(
    lambda told: [
        Said(node="a", attempt=1, line=line, text=text) for line, text in sorted(told, key=lambda t: t[0])
    ]
)


@given(STREAMS, st.integers(0, 12))
def test_nothing_is_told_twice_or_left_out(stream: list[Event], crash: int) -> None:
    metered = Metered(node="a", attempt=1, model="m", input_tokens=1, output_tokens=1, usd=None, exact=True)
    log: list[Event] = [Started(node="a", attempt=1), *stream[:crash], metered]
    resuming = Resuming()
    resuming.read(RUN, log)

    report = resuming.rest(ATTEMPT, log.append)
    for event in stream:
        if getattr(event, "line", 0) > resuming.resume_line(ATTEMPT):
            report(event)

    assert [event for event in log if isinstance(event, Said)] == stream


def test_an_attempt_that_is_over_or_was_begun_later_has_no_past() -> None:
    resuming = Resuming()
    resuming.read(
        RUN,
        [Said(node="a", attempt=1, line=3, text="x"), Ended(node="a", attempt=1, passed=False, outcome="failed")],
    )

    assert resuming.resume_line(ATTEMPT) == 0
    assert resuming.resume_line(AttemptId(RUN, "b", 1)) == 0


def test_the_past_is_known_while_the_worker_reads_and_forgotten_after_it() -> None:
    resuming, seen = Resuming(), []

    class Reading(HeldWorkers):
        async def perform(self, order: WorkOrder, report: Report) -> Ending:
            seen.append(resuming.resume_line(order.id))
            return Ending("done")

    resuming.read(RUN, [Said(node="a", attempt=1, line=3, text="x")])
    order = type("Order", (), {"id": ATTEMPT})()
    asyncio.run(ResumedWorkers(Reading(), resuming).perform(order, seen.append))

    assert (seen, resuming.resume_line(ATTEMPT)) == ([2], 0)
