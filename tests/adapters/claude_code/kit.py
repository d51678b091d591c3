"""Attempts of real workers for tests: an order, a place for its files, and conditions awaited with a deadline."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from ccorch.adapters.claude_code.binary import ClaudeBinaries
from ccorch.adapters.claude_code.places import Places
from ccorch.adapters.claude_code.worker import ClaudeWorkers
from ccorch.ports import AttemptId, Block, Ending, Seat, WorkOrder
from ccorch.rules.redaction import Redactor
from ccorch.rules.scope import fence
from ccorch.schema.event import Event
from ccorch.schema.ledger import LedgerLine
from ccorch.schema.plan import PlanNode
from ccorch.schema.policy import WriteScope
from ccorch.schema.profile import Profile, ProfileModels
from ccorch.schema.role import Role
from ccorch.schema.route import Route
from ccorch.schema.run import Launch

RUN = secrets.token_hex(8)
"""Another in every process: what an attempt leaves behind is found by its id and killed, over the whole machine."""
SECRET = "correct-horse-battery"
PATH = "/usr/local/bin:/usr/bin:/bin"
PROFILE = Profile(
    name="cheap", source="native", base_url="http://unused", models=ProfileModels(), fingerprint="a" * 64
)


def node(id: str = "look", tools: tuple[str, ...] = ("Read", "Grep", "Glob"), **more: Any) -> PlanNode:
    """A plan node; facts about its role are told as `handoff` and `commands`."""
    facts = {name: more.pop(name) for name in ("handoff", "commands") if name in more}
    role = Role(name="review", summary="Reads.", prompt="Read.", tools=tools, **facts)  # type: ignore[arg-type]
    return PlanNode(
        **{
            "id": id,
            "role": role,
            "route": Route(profile="cheap", model="glm-5", reason="test"),
            "system_prompt": "You review code.",
            "writes": False,
            "timeout_seconds": 600,
            "max_turns": 10,
            **more,
        }
    )


def writer(*allow: str, commands: tuple[str, ...] = ()) -> PlanNode:
    """A node that may write below these globs."""
    scope = WriteScope(allow=allow)
    return node(tools=("Read", "Edit", "Write", "Bash"), commands=commands, writes=True, write_scope=scope)


def fence_of(order: WorkOrder) -> dict[str, Any]:
    """What the house compiles for this order."""
    scope = order.node.write_scope
    assert scope is not None
    return fence(order.node.role, scope, [str(order.cwd)])


class Clock:
    """Time that stands still."""

    def now(self) -> float:
        """Always the same moment."""
        return 1_800_000_000.0


class Desk:
    """Where the attempts of one test live."""

    def __init__(self, folder: Path, url: str = "http://127.0.0.1:9") -> None:
        self.folder = folder
        self.project = folder / "project"
        self.project.mkdir(parents=True, exist_ok=True)
        self.url = url
        self.events: list[Event] = []
        self.booked: list[LedgerLine] = []
        self.made: list[ClaudeWorkers] = []

    def order(self, made: PlanNode | None = None, *texts: str, **more: Any) -> WorkOrder:
        """An order for the first attempt of a node."""
        made = made or node()
        environment = {"PATH": PATH, "LANG": "C.UTF-8", **more.pop("environment", {})}
        order = WorkOrder(
            id=AttemptId(RUN, made.id, 1),
            node=made,
            profile=PROFILE,
            launch=Launch(project=str(self.project), claude=str(claude()), environment=environment),
            cwd=self.project,
            blocks=tuple(Block(text=text) for text in texts or ("Look at it.",)),
            seat=Seat(self.url, "throwaway-token-0123456789"),
            secrets=(SECRET,),
        )
        return replace(order, **more)

    def workers(self) -> ClaudeWorkers:
        """Workers as a freshly started daemon would have them."""
        workers = ClaudeWorkers(
            Places(attempt=self.attempt_folder, evidence=lambda order: self.evidence(order.id)),
            redactor=Redactor,
            fence=fence_of,
            resume_line=lambda attempt: max((getattr(event, "line", 0) for event in self.events), default=0),
            reviver=None,
            clock=Clock(),
            book=self.booked.append,
        )
        self.made.append(workers)
        return workers

    def perform(self, order: WorkOrder) -> Ending:
        """See an order to its end; its events are kept."""
        return asyncio.run(self.workers().perform(order, self.events.append))

    def attempt_folder(self, attempt: AttemptId) -> Path:
        """State folder of an attempt."""
        return self.folder / "state" / attempt.run / attempt.node / str(attempt.attempt)

    def evidence(self, attempt: AttemptId) -> Path:
        """Workspace folder of an attempt."""
        workspace = self.project / ".agent-workspace" / "ccorch"
        return workspace / "runs" / attempt.run / "nodes" / attempt.node / str(attempt.attempt)

    def told(self, *kinds: str) -> list[Event]:
        """The events of these types."""
        return [event for event in self.events if event.type in kinds]

    def lines(self, attempt: AttemptId) -> list[dict[str, Any]]:
        """The redacted stream, parsed."""
        content = (self.evidence(attempt) / "stream.ndjson").read_bytes()
        return [json.loads(line) for line in content.splitlines()]

    def pids(self, attempt: AttemptId) -> dict[str, int]:
        """The pids of an attempt; empty before they are known."""
        try:
            pids: dict[str, int] = json.loads((self.attempt_folder(attempt) / "pid.json").read_text())
        except FileNotFoundError:
            return {}
        return pids

    def clear(self) -> None:
        """End what this test started and left."""
        for path in self.folder.glob("state/*/*/*/pid.json"):
            pids = json.loads(path.read_text())
            for who in ("claude", "shim"):
                if started_at(pids[f"{who}_pid"]) == pids[f"{who}_start"]:
                    os.kill(pids[f"{who}_pid"], signal.SIGKILL)
        for running in [running for workers in self.made for running in workers._shims.values()]:
            running.wait(180)


def claude() -> Path:
    """The real binary."""
    cache = Path(tempfile.gettempdir()) / f"ccorch-tests-{os.getuid()}"
    return ClaudeBinaries(cache, {"PATH": PATH}).find(os.environ.get("CLAUDE_CODE_BIN"))[0]


def started_at(pid: int) -> int | None:
    """When a process was started, in ticks; None when it is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] == "Z" else int(fields[19])


async def eventually(condition: Callable[[], Any], seconds: float = 120.0) -> Any:
    """The first true answer of a condition; fails if none comes in time."""
    give_up = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < give_up, "waited in vain"
        await asyncio.sleep(0.005)
    return answer
