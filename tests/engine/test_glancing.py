"""Looks at a worker's change while it works: they never decide how the work ends."""

import asyncio
from pathlib import Path

import pytest

from ccorch.engine.glancing import Glances, glancing
from ccorch.ports import AttemptId, Report
from ccorch.schema.event import Event, ToolCalled
from tests.fakes.outside import FlatWorktrees

CALLED = ToolCalled(node="a", attempt=1, line=1, tool="Bash", target="make")


class Broken(Glances):
    """Looks that meet a bug."""

    has_looked: asyncio.Event

    async def follow(self, report: Report) -> None:
        self.has_looked.set()
        raise ValueError("an odd name")


def test_a_bug_in_a_look_is_told_and_the_work_ends_as_it_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    glances = Broken(tmp_path, AttemptId("0123456789abcdef", "a", 1), "HEAD", None, FlatWorktrees(tmp_path), ())
    told: list[Event] = []

    async def work() -> str:
        glances.has_looked = asyncio.Event()
        async with glancing(glances, told.append) as report:
            report(CALLED)
            await glances.has_looked.wait()
            return "its answer"

    assert asyncio.run(work()) == "its answer"
    assert told == [CALLED]
    assert "ValueError('an odd name')" in capsys.readouterr().out
