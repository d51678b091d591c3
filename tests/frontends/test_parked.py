"""Until when a profile is shut, as a person reads it."""

from datetime import datetime, timedelta

import pytest

from ccorch.operations.parked import until
from ccorch.schema.summary import ShutProfile

NOW = datetime(2026, 11, 28, 22, 30)


@pytest.mark.parametrize(
    ("ahead", "told"),
    [
        (timedelta(minutes=20), "quota until 22:50 (glm, its 5h limit)"),
        (timedelta(hours=2), "quota until 00:30 (glm, its 5h limit)"),
        (timedelta(days=1), "quota until 2026-11-29 22:30 (glm, its 5h limit)"),
        (timedelta(days=-1), "quota until 2026-11-27 22:30 (glm, its 5h limit)"),
    ],
)
def test_a_day_is_named_where_the_hour_alone_could_be_misread(ahead: timedelta, told: str) -> None:
    shut = ShutProfile(profile="glm", error="quota", window="5h", until=(NOW + ahead).timestamp(), told=True)

    assert until(shut, NOW) == told
