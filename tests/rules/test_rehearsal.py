"""Promises of handoffs that nobody gave."""

from typing import get_args

import pytest

from ccorch.rules.rehearsal import SAID, rehearsed_handoff
from ccorch.schema.claims import Status
from ccorch.schema.handoff import CONTRACTS, check

STATUSES: tuple[Status, ...] = get_args(Status)


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("name", CONTRACTS)
def test_a_rehearsed_handoff_keeps_its_contract_and_says_what_it_is(name: str, status: Status) -> None:
    handoff, problems = check(name, rehearsed_handoff(name, status), name)

    assert problems == ()
    assert handoff is not None
    assert (handoff.status, handoff.summary) == (status, SAID)
