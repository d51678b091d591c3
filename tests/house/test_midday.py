"""No day ends while tests run, in which they count what a day may cost or tell what was used today."""

import os
import time
from collections.abc import Iterator

import pytest

from tests.journeys.kit import PLAIN
from tests.machine import Machine, midday

FIRST_OF_MONTH = 1_793_491_200.0


@pytest.fixture
def elsewhere() -> Iterator[None]:
    """Gives the time zone back."""
    was = os.environ["TZ"]
    yield
    os.environ["TZ"] = was
    time.tzset()


@pytest.mark.parametrize("hour", range(24))
def test_wherever_and_whenever_they_run_it_is_noon(elsewhere: None, hour: int) -> None:
    now = FIRST_OF_MONTH + hour * 3600 + 3599
    os.environ["TZ"] = midday(now)
    time.tzset()

    assert time.localtime(now).tm_hour == 12


def test_tests_and_what_they_start_live_on_the_same_day(box: Machine) -> None:
    box.extra["TZ"] = "NOON-13"
    at = time.gmtime(time.time() + 13 * 3600)

    assert 0 < time.localtime().tm_hour < 23
    told = box.ccorch("run", *PLAIN, "script=hello", "task=x").out
    hours = (f"{at.tm_hour:02}:", f"{(at.tm_hour + 1) % 24:02}:")
    assert any(line.startswith(hours) for line in told.splitlines()), told
