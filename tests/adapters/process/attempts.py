"""Real attempts for tests: a folder, a stand-in or real worker, and conditions awaited with a deadline."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ccorch.adapters.process import attempt, group

STAND_IN = Path(__file__).with_name("stand_in.py")


def eventually(condition: Callable[[], Any], seconds: float = 120.0) -> Any:
    """The first true answer of `condition`; fails if none comes in time."""
    give_up = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < give_up, "waited in vain"
        time.sleep(0.005)
    return answer


class Attempt:
    """One attempt and what a test wants to know about it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "attempt"
        self.work = folder / "work"
        self.work.mkdir(parents=True)
        self.marker = f"CCORCH_ATTEMPT={folder.name}-{time.time_ns()}"
        self.running: attempt.Running | None = None

    def start(
        self,
        *steps: list[Any],
        flags: tuple[str, ...] = (),
        fence: dict[str, Any] | None = None,
        message: bytes | None = None,
        **spec: Any,
    ) -> Attempt:
        """Start a stand-in that does `steps` on its first message."""
        first = message if message is not None else user(*steps)
        order = {
            "argv": [sys.executable, "-I", "-S", str(STAND_IN), *flags],
            "env": {"PATH": "/usr/bin:/bin"},
            "cwd": str(self.work),
            "control": True,
            "hooks": fence is not None,
            "message_file": "message.json",
            "timeout_seconds": 600.0,
            "grace_seconds": 0.5,
            "marker": self.marker,
            "daemon": None,
            **spec,
        }
        self.running = attempt.start(self.folder, order, fence, first)
        return self

    def end(self, seconds: float = 180.0) -> dict[str, Any]:
        """The exit record, once the shim has ended and been collected."""
        assert self.running is not None
        assert self.running.wait(seconds), "the shim did not end"
        record = attempt.exit_record(self.folder)
        assert record is not None, (self.folder / "shim.log").read_text()
        return record

    def saw(self, text: str) -> bool:
        """Whether the raw stream holds this text by now."""
        raw = self.folder / "raw.ndjson"
        return raw.exists() and text.encode() in raw.read_bytes()

    def raw_size(self) -> int:
        """Bytes in the raw stream by now."""
        raw = self.folder / "raw.ndjson"
        return raw.stat().st_size if raw.exists() else 0

    def lines(self) -> list[dict[str, Any]]:
        """The raw stream, parsed."""
        return [json.loads(line) for line in (self.folder / "raw.ndjson").read_bytes().splitlines()]

    def answers(self) -> list[dict[str, Any]]:
        """What the shim answered to the stand-in's hooks."""
        return [json.loads(line)["response"] for line in (self.work / "answers.ndjson").read_text().splitlines()]

    @property
    def pids(self) -> dict[str, int]:
        """The content of pid.json, awaited."""
        path = self.folder / "pid.json"
        eventually(path.exists)
        found: dict[str, int] = json.loads(path.read_bytes())
        return found

    @property
    def worker(self) -> group.ProcessId:
        return group.ProcessId(self.pids["claude_pid"], self.pids["claude_start"])

    @property
    def shim(self) -> group.ProcessId:
        return group.ProcessId(self.pids["shim_pid"], self.pids["shim_start"])

    def left(self) -> list[group.ProcessId]:
        """Marked processes that still live."""
        return group.marked(self.marker)

    def clear(self) -> None:
        """End whatever a test left running."""
        if self.running is None:
            return
        attempt.send(self.folder, {"do": "stop"})
        if not self.running.wait(8.0):
            self.running.shim.kill()
            self.running.wait()
        attempt.sweep_lost(self.folder)


def user(*steps: list[Any], uuid: str = "", text: str = "hello") -> bytes:
    """A user message as the protocol wants it, with steps for the stand-in."""
    message = {"type": "user", "message": {"role": "user", "content": text}, "parent_tool_use_id": None}
    more: dict[str, Any] = {"steps": list(steps)} if steps else {}
    return json.dumps({**message, "session_id": "", "uuid": uuid, **more}).encode()
