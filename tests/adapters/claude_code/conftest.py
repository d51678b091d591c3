"""Every worker a test starts is over when the test is."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.adapters.claude_code.kit import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A place for attempts."""
    made = Desk(tmp_path)
    yield made
    made.clear()
