"""The front of the MCP server: the words that start it, and its first questions asked beforehand."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ccorch.adapters.process import front
from ccorch.errors import DeadlinePassed, WorkspaceUnwritable
from ccorch.rules.amounts import limit

ERAS = ("2025-06-18", "2025-11-25")
"""Versions of the older kind that clients begin with; others are learned when a client comes with them."""

CLIENT = {"name": "ccorch-warm", "version": "1"}


class McpFront:
    """Answers the Front port."""

    def __init__(self, cache: Path, settings: Path, environment: Mapping[str, str]) -> None:
        # another copy of ccorch may say something else
        place = hashlib.sha256(front.__file__.encode()).hexdigest()[:12]
        self._cache = cache / f"mcp-front-{place}.json"
        self._settings = settings
        self._environment = environment

    def command(self) -> tuple[str, ...]:
        """Program and words, with absolute paths; nothing of the working directory is imported."""
        beginning = (sys.executable, "-I", "-S", str(Path(front.__file__).resolve()))
        files = ("--cache", str(self._cache.absolute()), "--settings", str(self._settings.absolute()))
        return (*beginning, *files, "--", sys.executable, "-P", "-m", "ccorch", "mcp", "serve")

    def warm(self, project: Path, seconds: float) -> tuple[str, ...]:
        """Begin once as each kind of client does; what is kept now. Raises DeadlinePassed where a server hangs."""
        self._cache.unlink(missing_ok=True)
        for questions in (*map(_older, ERAS), _latest()):
            self._ask(project, questions, seconds)
        try:
            kept = json.loads(self._cache.read_bytes())["replies"]
        except (OSError, ValueError, KeyError) as problem:
            raise WorkspaceUnwritable(f"{self._cache} could not be written: {problem}") from problem
        return tuple(sorted(kept))

    def _ask(self, project: Path, questions: list[dict[str, Any]], seconds: float) -> None:
        told = b"".join(json.dumps(question).encode() + b"\n" for question in questions)
        waited_for = sum("id" in question for question in questions)
        process = subprocess.Popen(
            self.command(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=project,
            env=dict(self._environment),
            start_new_session=True,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        late = threading.Timer(seconds, _end, (process.pid,))
        late.daemon = True
        late.start()
        try:
            # leaving it waits for the process, so its end has to stay armed until then
            with process, suppress(BrokenPipeError):  # who is ended hears no more
                process.stdin.write(told)
                process.stdin.flush()
                for _ in range(waited_for):
                    if not process.stdout.readline():
                        break
                process.stdin.close()
        finally:
            late.cancel()
        if process.returncode == -signal.SIGKILL:
            raise DeadlinePassed(
                f"the MCP server did not answer within {limit(seconds)}, and was ended",
                hint="`ccorch mcp warm --timeout 300` waits longer; `ccorch mcp serve` shows what keeps it",
            )


def _end(pid: int) -> None:
    """End the front and its server, which share a session."""
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


def _older(version: str) -> list[dict[str, Any]]:
    began = {"protocolVersion": version, "capabilities": {}, "clientInfo": CLIENT}
    return [
        {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": began},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        *_lists({}),
    ]


def _latest() -> list[dict[str, Any]]:
    said = "io.modelcontextprotocol/"
    meta = {front.VERSION: front.LATEST, f"{said}clientInfo": CLIENT, f"{said}clientCapabilities": {}}
    return [
        {"jsonrpc": "2.0", "id": 0, "method": "server/discover", "params": {"_meta": meta}},
        *_lists({"_meta": meta}),
    ]


def _lists(params: dict[str, Any]) -> list[dict[str, Any]]:
    """Questions for every list that is kept; a server without resources refuses two of them."""
    methods = [method for method in front.CACHED if method.endswith("/list")]
    return [
        {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        for number, method in enumerate(methods, 1)
    ]
