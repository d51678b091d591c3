"""Every attempt a test starts is over when the test is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from attempts import Attempt


@pytest.fixture
def attempts(tmp_path: Path) -> Iterator[Callable[[], Attempt]]:
    """A maker of attempts in folders of their own."""
    made: list[Attempt] = []

    def make() -> Attempt:
        made.append(Attempt(tmp_path / f"a{len(made)}"))
        return made[-1]

    yield make
    for each in made:
        each.clear()


@pytest.fixture
def one(attempts: Callable[[], Attempt]) -> Attempt:
    """The only attempt of a test."""
    return attempts()
