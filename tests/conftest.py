"""Fixtures of the whole suite."""

import gc
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.machine import Machine, machine, midday
from tests.postgres import Postgres, server

CALM = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
"""How slow a machine is says nothing about what is tried there."""
# the same examples in every session; what nobody has met yet is looked for by `make soak`
settings.register_profile("suite", max_examples=30, derandomize=True, **CALM)
settings.register_profile("soak", max_examples=500, **CALM)
settings.load_profile("soak" if os.environ.get("CCORCH_SOAK") else "suite")

# a shell that starts the tests in the background has them, and whatever they start, ignore Ctrl-C
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN and threading.current_thread() is threading.main_thread():
    signal.signal(signal.SIGINT, signal.default_int_handler)


# whatever tests do with days, their own is at its middle
os.environ["TZ"] = midday(time.time())
time.tzset()

RARELY, USUALLY = (100_000, 20, 50), gc.get_threshold()
"""How often circles are looked for: what is collected stays, and looking through it is a third of the work."""
gc.set_threshold(*RARELY)


def pytest_collection_finish() -> None:
    """From here on circles are looked for as usual, but not again among what was loaded and collected."""
    gc.freeze()
    gc.set_threshold(*USUALLY)


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
