"""Fixtures of the whole suite."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.machine import Machine, machine
from tests.postgres import Postgres, server

settings.register_profile("suite", max_examples=30, deadline=None)
settings.register_profile("soak", max_examples=500, deadline=None)
settings.load_profile("soak" if os.environ.get("CCORCH_SOAK") else "suite")


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Machine]:
    """A private machine with a small repository."""
    with machine(tmp_path / "m") as made:
        yield made


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL that the tests of this process share; each uses databases of its own."""
    with server() as made:
        yield made
