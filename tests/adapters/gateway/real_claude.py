"""Runs the real claude binary against a base URL with an exact environment."""

import asyncio
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Finished:
    """How a claude process ended."""

    status: int
    result: dict[str, Any]
    events: list[dict[str, Any]]
    errors: str


def binary() -> str | None:
    """The claude binary: named, bundled with the SDK, or on PATH."""
    named = os.environ.get("CLAUDE_CODE_BIN")
    if named:
        return named
    try:
        import claude_agent_sdk
    except ImportError:
        return shutil.which("claude")
    bundled = Path(claude_agent_sdk.__file__).parent / "_bundled" / "claude"
    return str(bundled) if bundled.exists() else shutil.which("claude")


async def claude(folder: Path, base_url: str, token: str, *arguments: str, model: str) -> Finished:
    """Ask one question and wait for the end."""
    program = binary()
    assert program is not None
    home, project = folder / "home", folder / "project"
    for place in (home, project):
        place.mkdir(parents=True, exist_ok=True)
    (project / "README.md").write_text("# A project\n")
    process = await asyncio.create_subprocess_exec(
        program,
        "-p",
        "--output-format",
        "stream-json",
        "--verbose",
        "--setting-sources",
        "",
        "--strict-mcp-config",
        "--permission-mode",
        "dontAsk",
        "--model",
        model,
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=64 * 1024 * 1024,
        cwd=project,
        env=_environment(home, base_url, token),
    )
    try:
        async with asyncio.timeout(90):
            out, err = await process.communicate(b"Please do what you do.\n")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    events = [json.loads(line) for line in out.splitlines() if line.startswith(b"{")]
    results = [event for event in events if event["type"] == "result"]
    return Finished(process.returncode or 0, results[-1] if results else {}, events, err.decode())


def _environment(home: Path, base_url: str, token: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "HOME": str(home),
        "CLAUDE_CONFIG_DIR": str(home / "claude"),
        "CLAUDE_CODE_TMPDIR": str(home),
        "XDG_RUNTIME_DIR": str(home),
        "ANTHROPIC_BASE_URL": base_url,
        "ANTHROPIC_AUTH_TOKEN": token,
        "CLAUDE_CODE_MAX_RETRIES": "6",
        "CLAUDE_CODE_DISABLE_NONSTREAMING_FALLBACK": "1",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "CLAUDE_CODE_DISABLE_BACKGROUND_TASKS": "1",
    }
