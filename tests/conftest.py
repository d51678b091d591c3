"""Fixtures of the whole suite."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.machine import Machine, machine


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Machine]:
    """A private machine with a small repository."""
    with machine(tmp_path / "m") as made:
        yield made
