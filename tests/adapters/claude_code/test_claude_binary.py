"""Finding the Claude Code binary, its version and its hash."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from ccorch.adapters.claude_code.binary import ClaudeBinaries
from ccorch.adapters.process.commands import run
from ccorch.errors import ClaudeUnusable
from tests.adapters.claude_code.kit import claude

BASE = "/usr/bin:/bin"


def script(path: Path, version: str = "2.1.999 (Claude Code)", then: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho x >> {path}.started\necho '{version}'\n{then}\n")
    path.chmod(0o755)
    return path


def test_config_comes_before_the_variable_before_the_path(tmp_path: Path) -> None:
    configured, named = script(tmp_path / "a" / "claude"), script(tmp_path / "b" / "claude")
    on_path = script(tmp_path / "c" / "claude")
    path = {"PATH": f"{on_path.parent}:{BASE}"}
    with_name = {**path, "CLAUDE_CODE_BIN": str(named)}

    assert ClaudeBinaries(tmp_path, with_name).find(str(configured))[0] == configured
    assert ClaudeBinaries(tmp_path, with_name).find(None)[0] == named
    assert ClaudeBinaries(tmp_path, path).find(None)[0] == on_path


def test_the_bundled_binary_is_the_last_resort(tmp_path: Path) -> None:
    path, cli = ClaudeBinaries(tmp_path, {"PATH": BASE}).find(None)

    assert path == claude()
    assert tuple(map(int, cli.version.split("."))) >= (2, 1, 248)


def test_an_old_binary_on_the_path_is_passed_over_but_a_named_one_is_refused(tmp_path: Path) -> None:
    old = script(tmp_path / "claude", "2.1.197 (Claude Code)")

    assert ClaudeBinaries(tmp_path, {"PATH": f"{tmp_path}:{BASE}"}).find(None)[0] == claude()
    with pytest.raises(ClaudeUnusable, match=r"2\.1\.197; 2\.1\.248 or newer"):
        ClaudeBinaries(tmp_path, {"PATH": BASE}).find(str(old))


@pytest.mark.parametrize(
    ("then", "configured", "words"),
    [("exit 3", "claude", "gave no version"), ("", "missing", "not an executable"), ("", "~", "not an executable")],
)
def test_a_useless_binary_is_refused_with_what_was_tried(
    tmp_path: Path, then: str, configured: str, words: str
) -> None:
    script(tmp_path / "claude", then=then)

    with pytest.raises(ClaudeUnusable, match=words) as refused:
        ClaudeBinaries(tmp_path, {"PATH": BASE}).find(str(tmp_path / configured))
    assert refused.value.facts["tried"]


def test_a_hash_that_was_begun_before_it_is_needed_is_that_of_the_file_as_it_is_then(tmp_path: Path) -> None:
    there, other = script(tmp_path / "a" / "claude"), script(tmp_path / "b" / "claude", "2.1.998")
    as_it_was = ClaudeBinaries(tmp_path / "one", {"PATH": f"{there.parent}:{BASE}"})
    changed = ClaudeBinaries(tmp_path / "two", {"PATH": f"{there.parent}:{BASE}"})
    elsewhere = ClaudeBinaries(tmp_path / "three", {"PATH": f"{there.parent}:{BASE}"})
    nothing = ClaudeBinaries(tmp_path / "four", {"PATH": BASE, "CLAUDE_CODE_BIN": str(tmp_path / "gone")})
    for finder in (as_it_was, changed, elsewhere, nothing):
        finder.expect()

    assert as_it_was.find(None)[1].sha256 == sha256(there)
    assert elsewhere.find(str(other))[1].sha256 == sha256(other)
    script(there, "2.1.1000 (Claude Code)", "# longer")
    assert changed.find(None)[1].sha256 == sha256(there)
    with pytest.raises(ClaudeUnusable):
        nothing.find(None)


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_hash_is_computed_once_for_one_file(tmp_path: Path) -> None:
    binary = tmp_path / "claude"
    binary.write_bytes(Path("/bin/echo").read_bytes())
    binary.chmod(0o755)
    cache = tmp_path / "cache"
    with pytest.raises(ClaudeUnusable):
        ClaudeBinaries(cache, {"PATH": BASE}).find(str(binary))
    wrapper = script(tmp_path / "wrapper")
    finder = ClaudeBinaries(cache, {"PATH": BASE})
    first = finder.find(str(wrapper))[1]
    entry = cache / "claude-binaries.json"
    known = json.loads(entry.read_text())
    known[str(wrapper)]["sha256"] = "f" * 64
    entry.write_text(json.dumps(known))

    assert first.sha256 == hashlib.sha256(wrapper.read_bytes()).hexdigest()
    assert finder.find(str(wrapper))[1].sha256 == "f" * 64
    script(wrapper, "2.1.998 (Claude Code)")
    assert finder.find(str(wrapper))[1].version == "2.1.998"
    assert finder.find(str(wrapper))[1].sha256 == hashlib.sha256(wrapper.read_bytes()).hexdigest()


def test_a_cache_that_cannot_be_kept_costs_time_only(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file, not a folder")
    wrapper = script(tmp_path / "claude")

    assert ClaudeBinaries(tmp_path / "cache", {"PATH": BASE}).find(str(wrapper))[1].version == "2.1.999"


def test_every_flag_is_known_to_the_real_binary() -> None:
    done = run([str(claude()), "--help"], cwd="/", env={"PATH": BASE, "HOME": "/nonexistent"}, timeout=180)
    shown = done.stdout.decode()
    for flag in (
        *("--input-format", "--output-format", "--verbose", "--restricted", "--setting-sources", "--settings"),
        *("--strict-mcp-config", "--model", "--tools", "--permission-mode", "--session-id", "--json-schema"),
    ):
        assert flag in shown
