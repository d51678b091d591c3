"""Every verb that reads is tried on a read-only disk; a new one is a line in `tests/journeys/test_readers.py`."""

from ccorch.operations.registry import VERBS
from tests.journeys.test_readers import words


def test_the_journey_of_the_reading_verbs_asks_each_of_them() -> None:
    assert set(words("", "")) == {verb.name for verb in VERBS if verb.reads}
