"""Finds the Claude Code binary and tells its version and hash, both remembered while the file stays the same."""

import importlib.util
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ccorch.adapters.claude_code.hashing import Hashing, sha256_of, stamp_of
from ccorch.adapters.files import known_object, make_private_dir, write_private
from ccorch.adapters.process.commands import run
from ccorch.errors import ClaudeUnusable, WorkspaceUnwritable
from ccorch.schema.plan import Cli

MINIMUM = (2, 1, 248)
"""First version that leaves messages marked `client_composed` as they are; it also blocks on failing hooks."""

_VERSION = re.compile(rb"(\d+)\.(\d+)\.(\d+)")
_VERSION_SECONDS = 30.0


class ClaudeBinaries:
    """Answers the Binaries port."""

    def __init__(self, cache_dir: Path, environment: Mapping[str, str]) -> None:
        self._cache = cache_dir / "claude-binaries.json"
        self._environment = environment
        self._hashing: Hashing | None = None

    def expect(self) -> None:
        """Begin to hash what `find` without a configured binary will look at, where its hash is not known."""
        if self._hashing is not None:
            return
        known = known_object(self._cache)
        with suppress(OSError, StopIteration):  # what is wrong with it is told once it is needed
            path = next(path for _, path in self._candidates(None) if path.is_absolute() and path.is_file())
            if known.get(str(path), {}).get("stamp") != stamp_of(path):
                self._hashing = Hashing(path)

    def find(self, configured: str | None) -> tuple[Path, Cli]:
        """Path, version and hash; raises ClaudeUnusable with what was tried.

        A configured binary, or else CLAUDE_CODE_BIN, is the only one looked at; without both it is the first
        usable one of PATH and the claude-agent-sdk package.
        """
        tried = []
        for source, path in self._candidates(configured):
            try:
                return path, self._look(path)
            except ClaudeUnusable as unusable:
                tried.append(f"{source}: {unusable.message}")
        from ccorch.config.installed import bringing_claude  # only where something is missing

        command = bringing_claude(configured, self._environment)
        if configured:
            hint = f"let `claude` name a claude binary or none; `{command}` tells where it is set"
        else:
            hint = f"{command}, or set CLAUDE_CODE_BIN to a claude binary"
        raise ClaudeUnusable("no usable claude binary: " + ("; ".join(tried)), hint=hint, tried=tried)

    def missing_for_sandbox(self) -> tuple[str, ...]:
        """Programs of the sandbox that are not installed."""
        from ccorch.adapters.claude_code.sandbox import missing  # only where a plan asks for one

        return missing(self._environment.get("PATH", os.defpath))

    def _candidates(self, configured: str | None) -> Iterator[tuple[str, Path]]:
        named = {"config": configured, "CLAUDE_CODE_BIN": self._environment.get("CLAUDE_CODE_BIN")}
        for source, value in named.items():
            if value:
                yield source, self._resolved(value)
                return
        yield "PATH", self._resolved("claude")
        package = importlib.util.find_spec("claude_agent_sdk")
        if package and package.origin:
            yield "claude-agent-sdk", (Path(package.origin).parent / "_bundled" / "claude").resolve()

    def _resolved(self, value: str) -> Path:
        if "/" not in value:
            value = shutil.which(value, path=self._environment.get("PATH", os.defpath)) or value
        return Path(value).expanduser().absolute().resolve() if "/" in value else Path(value)

    def _look(self, path: Path) -> Cli:
        if not path.is_absolute():
            raise ClaudeUnusable(f"no command {str(path)!r}")
        if not (path.is_file() and os.access(path, os.X_OK)):
            raise ClaudeUnusable(f"{path} is not an executable file")
        known = known_object(self._cache)
        stamp = stamp_of(path)
        entry = known.get(str(path))
        if not entry or entry.get("stamp") != stamp:
            begun = self._hashing.of(path, stamp) if self._hashing else None
            entry = {"stamp": stamp, "version": self._version(path), "sha256": begun or sha256_of(path)}
            self._remember({**known, str(path): entry})
        elif _is_script(path):
            # a script stays the same while what it starts is updated
            entry = {**entry, "version": self._version(path)}
        _check(path, entry["version"])
        return Cli(version=entry["version"], sha256=entry["sha256"])

    def _version(self, path: Path) -> str:
        with tempfile.TemporaryDirectory(prefix="ccorch-") as home:
            env = {"PATH": self._environment.get("PATH", os.defpath), "HOME": home, "CLAUDE_CONFIG_DIR": home}
            try:
                done = run([str(path), "--version"], cwd=home, env=env, timeout=_VERSION_SECONDS)
            except OSError as error:
                raise ClaudeUnusable(f"{path} cannot be executed: {error}") from error
        found = _VERSION.search(done.stdout)
        if done.rc != 0 or not found:
            said = (done.stdout + done.stderr).decode("utf-8", "replace").strip()[:200]
            raise ClaudeUnusable(f"{path} --version gave no version but {said!r}")
        return found[0].decode()

    def _remember(self, known: dict[str, Any]) -> None:
        try:
            make_private_dir(self._cache.parent, self._cache.parent)
            write_private(self._cache, json.dumps(known, indent=1).encode())
        except WorkspaceUnwritable:  # a folder that cannot be written costs a second next time, no more
            pass


def _check(path: Path, version: str) -> None:
    if tuple(int(part) for part in version.split(".")) < MINIMUM:
        least = ".".join(map(str, MINIMUM))
        raise ClaudeUnusable(
            f"{path} is Claude Code {version}; {least} or newer is needed, because older ones rewrite prompts that "
            "hold @file or /command and let tools run when a hook fails"
        )


def _is_script(path: Path) -> bool:
    with open(path, "rb") as file:
        return file.read(2) == b"#!"
