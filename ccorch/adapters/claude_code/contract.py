"""What this ccorch needs of Claude Code, its flags and its stream, compared with what a binary has."""

import hashlib
import json
import re
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from ccorch.adapters.process.commands import run
from ccorch.errors import ClaudeUnusable
from ccorch.ports.vitals import Contract

USED = (
    "--print", "--input-format", "--output-format", "--verbose", "--restricted", "--setting-sources", "--settings",
    "--strict-mcp-config", "--model", "--tools", "--permission-mode", "--session-id", "--resume", "--fork-session",
    "--no-session-persistence", "--json-schema", "--system-prompt",
)  # fmt: skip
"""Flags of workers that the help names; `--max-turns` and `--system-prompt-file` it does not."""

TRIED = {"2.1.248": "29395db0d36b", "2.1.332": "b3d40b425545"}
"""Fingerprint of the flags by version, as far as this ccorch was tried with it."""

SHAPES = frozenset(
    {
        "system/init", "system/api_retry", "system/permission_denied", "system/compact_boundary", "system/status",
        "system/hook_started", "system/hook_progress", "system/hook_response",
        "assistant", "user", "stream_event", "tool_progress", "rate_limit_event",
        "control_request", "control_response", "control_cancel_request",
        "result/success", "result/error_during_execution", "result/error_max_turns", "result/error_max_budget_usd",
        "result/error_max_structured_output_retries",
    }
)  # fmt: skip
"""Lines of the stream that are known. Others mean nothing, and an ending that is none of these is no success."""

_FLAG = re.compile(r"(?<![\w-])--[a-z][a-z-]*[a-z]")
_SECONDS = 30.0


def contract(binary: Path, version: str, path: str) -> Contract:
    """What the binary's help says; raises ClaudeUnusable when it says nothing."""
    with tempfile.TemporaryDirectory(prefix="ccorch-") as home:
        env = {"PATH": path, "HOME": home, "CLAUDE_CONFIG_DIR": home}
        try:
            done = run([str(binary), "--help"], cwd=home, env=env, timeout=_SECONDS)
        except OSError as problem:
            raise ClaudeUnusable(f"{binary} cannot be executed: {problem}") from problem
    flags = flags_of(done.stdout.decode("utf-8", "replace"))
    if done.rc != 0 or not flags:
        raise ClaudeUnusable(f"{binary} --help names no flags")
    mark = fingerprint(flags)
    return Contract(mark, TRIED.get(version) == mark, tuple(flag for flag in USED if flag not in flags))


def flags_of(text: str) -> frozenset[str]:
    """Every flag that a help text names."""
    return frozenset(_FLAG.findall(text))


def fingerprint(flags: Iterable[str]) -> str:
    """One short word for a set of flags."""
    return hashlib.sha256("\n".join(sorted(flags)).encode()).hexdigest()[:12]


def unknown_shapes(stream: bytes) -> tuple[str, ...]:
    """Kinds of lines in a stream that this ccorch does not know, in order."""
    return tuple(dict.fromkeys(shape for shape in _shapes(stream) if shape not in SHAPES))


def _shapes(stream: bytes) -> Iterator[str]:
    for line in stream.splitlines():
        try:
            data = json.loads(line)
        except ValueError:
            continue
        if isinstance(data, dict) and isinstance(data.get("type"), str):
            kind, below = data["type"], data.get("subtype")
            yield f"{kind}/{below}" if kind in ("system", "result") and isinstance(below, str) else kind
