"""Fixtures of the whole suite."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.machine import Machine, machine

settings.register_profile("suite", max_examples=30, deadline=None)
settings.register_profile("soak", max_examples=500, deadline=None)
settings.load_profile("soak" if os.environ.get("CCORCH_SOAK") else "suite")


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Machine]:
    """A private machine with a small repository."""
    with machine(tmp_path / "m") as made:
        yield made
