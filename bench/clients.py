"""What the MCP server costs: its start behind the front, many who wait, and other calls meanwhile."""

from __future__ import annotations

import json
import statistics
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.figure import Figure
from tests.journeys.test_steering import ASKS, workflow
from tests.machine import Machine, machine

WAITING = 64
CALLS = 40
STARTS = 7


def figures(folder: Path) -> list[Figure]:
    """Milliseconds to the list of tools, megabytes of a server with many who wait, milliseconds of other calls."""
    with machine(folder / "m") as box:
        entry = tuple(_command(box))
        start = statistics.median(_start(box, entry) for _ in range(STARTS))
        megabytes, slowest, told = _waiting(box, entry)
    return [
        Figure(
            "MCP: start to the list of tools",
            start * 1000,
            100,
            "ms",
            f"median of {STARTS}, behind the warmed front",
        ),
        Figure(f"MCP: a server in which {WAITING} wait", megabytes, 150, "MB"),
        Figure("MCP: any other call meanwhile", slowest * 1000, 50, "ms", f"slowest of {CALLS}: list, view, files"),
        Figure("MCP: who waited hears of the end", told, WAITING, "replies", at_least=True),
    ]


class Session:
    """A client of the older kind, line by line."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._number = 0

    def send(self, method: str, params: dict[str, Any]) -> int:
        assert self._process.stdin is not None
        self._number += 1
        said = {"jsonrpc": "2.0", "id": self._number, "method": method, "params": params}
        self._process.stdin.write(json.dumps(said).encode() + b"\n")
        self._process.stdin.flush()
        return self._number

    def hear(self) -> Any:
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())

    def call(self, tool: str, arguments: dict[str, Any]) -> float:
        """Seconds until the answer."""
        begun = time.perf_counter()
        number = self.send("tools/call", {"name": tool, "arguments": arguments})
        heard = self.hear()
        assert heard["id"] == number, heard
        return time.perf_counter() - begun


def _command(box: Machine) -> list[str]:
    box.json("mcp", "install", "--client", "claude", "--project", "--apply")
    entry = json.loads((box.project / ".mcp.json").read_text())["mcpServers"]["ccorch"]
    return [entry["command"], *entry["args"]]


@contextmanager
def _session(box: Machine, entry: tuple[str, ...]) -> Iterator[Session]:
    with subprocess.Popen(
        entry, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=box.project, env=box.environment
    ) as process:
        session = Session(process)
        client = {"name": "bench", "version": "1"}
        session.send("initialize", {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client})
        session.hear()
        yield session
        assert process.stdin is not None
        process.stdin.close()


def _start(box: Machine, entry: tuple[str, ...]) -> float:
    begun = time.perf_counter()
    with _session(box, entry) as session:
        session.send("tools/list", {})
        assert session.hear()["result"]["tools"]
        took = time.perf_counter() - begun
        session.call("run_list", {})
    return took


def _waiting(box: Machine, entry: tuple[str, ...]) -> tuple[float, float, int]:
    words = (workflow(box, ASKS, "asks"), "worker=simulated", "profile=scripted", "task=x", "--detach")
    run = box.ccorch("run", *words).out.split()[0]
    known = box.json("wait", run, "--until", "decision", "--timeout", "60")["cursor"]
    asked = {"run": run, "until": "change", "cursor": known, "timeout": 200}
    with _session(box, entry) as session:
        session.call("run_get", {"run": run})
        waiters = {session.send("tools/call", {"name": "run_wait", "arguments": asked}) for _ in range(WAITING)}
        session.call("run_list", {})
        others = (("run_list", {}), ("run_get", {"run": run, "view": "nodes"}), ("artifact_list", {"run": run}))
        slowest = max(session.call(*others[place % len(others)]) for place in range(CALLS))
        megabytes = _megabytes(box)
        box.ccorch("answer", run, "sure", "yes")
        heard = {session.hear()["id"] for _ in range(WAITING)}
    return megabytes, slowest, len(heard & waiters)


def _megabytes(box: Machine) -> float:
    """The server's own memory; its front is a process of a few megabytes beside it."""
    sizes = []
    for pid in box.processes():
        words = Path(f"/proc/{pid}/cmdline").read_bytes()
        if b"serve" in words and b"mcp" in words and b"front.py" not in words:
            status = Path(f"/proc/{pid}/status").read_text()
            sizes.append(int(status.partition("VmRSS:")[2].split()[0]) / 1024)
    return max(sizes)
