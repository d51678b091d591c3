"""Canaries of several homes of one machine leave each other alone."""

import asyncio
from pathlib import Path
from typing import Any, cast

from ccorch.adapters.claude_code.canary import ClaudeCanaries
from ccorch.adapters.scripted import ScriptedProvider
from ccorch.ports import AttemptId
from ccorch.schema.plan import Cli
from ccorch.schema.run import Launch
from tests.fakes.clock import FakeClock
from tests.plan_kit import node

CLI = Cli(version="2.1.1", sha256="a" * 64)
LAUNCH = Launch(project="/nowhere", claude="/none/claude", environment={"PATH": "/none"})


class NoScripts:
    """A provider that nobody comes to ask."""

    def register(self, *words: Any) -> str:
        return "http://127.0.0.1:9"

    def forget(self, key: str) -> None:
        pass


def test_every_canary_is_an_attempt_of_its_own(tmp_path: Path) -> None:
    seen: set[AttemptId] = set()

    def sockets(attempt: AttemptId) -> Path:
        seen.add(attempt)
        return tmp_path / "sockets"

    for home in ("one", "two"):
        scripted = cast(ScriptedProvider, NoScripts())
        canaries = ClaudeCanaries(tmp_path / home, sockets, scripted, FakeClock())
        proof = asyncio.run(canaries.proof(AttemptId("0" * 16, "main", 1), node("main"), CLI, LAUNCH))
        assert proof.untried is not None

    assert len({attempt.run for attempt in seen}) == len(seen) == 2
