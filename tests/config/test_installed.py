"""The command that mends is one of the tool with which ccorch was installed."""

import sys
from pathlib import Path

import pytest

from ccorch.config.installed import adding, address, python, renewing
from tests.machine import Machine


@pytest.mark.parametrize(
    ("mark", "adds", "renews"),
    [
        ("pyvenv.cfg", " -m pip install 'ccorch[claude]'", " -m pip install -U 'ccorch[claude]'"),
        ("pipx_metadata.json", "pipx runpip 'a b' install 'ccorch[claude]'", "pipx upgrade 'a b'"),
        ("uv-receipt.toml", "uv tool install 'ccorch[claude]", "uv tool upgrade 'a b'"),
    ],
)
def test_each_tool_that_installs_has_its_own_command(tmp_path: Path, mark: str, adds: str, renews: str) -> None:
    environment = tmp_path / "a b"
    environment.mkdir()
    (environment / mark).touch()

    assert adds in adding("claude", environment)
    assert renews in renewing("claude", environment)


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ('{"url": "file:///a%20b/c.whl", "archive_info": {}}', "file:///a%20b/c.whl"),
        ('{"url": "file:///src", "dir_info": {}}', "file:///src"),
        ('{"url": "file:///src", "dir_info": {"editable": true}}', None),
        ('{"url": "https://a/b.git", "vcs_info": {"vcs": "git", "commit_id": "1"}}', "git+https://a/b.git"),
    ],
)
def test_where_it_came_from_is_what_its_installer_wrote_down(told: str, found: str | None) -> None:
    assert address(told) == found


def test_a_python_that_the_shell_would_not_find_is_named_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "a b/bin"
    own.mkdir(parents=True)
    (own / "python3").symlink_to(sys.executable)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    assert python(f"{own}/python") == f"'{own}/python'"
    monkeypatch.setenv("PATH", f"{own}:/usr/bin:/bin")
    assert python(f"{own}/python") == "python3"


def test_who_has_no_claude_is_told_the_command_of_this_installation(box: Machine) -> None:
    box.extra["CLAUDE_CODE_BIN"] = str(box.root / "nothing")

    refused = box.ccorch("role=review", "profile=scripted", "task=Look")

    assert refused.status == 2
    assert "python3 -m pip install 'ccorch[claude]', or set CLAUDE_CODE_BIN" in refused.err.replace("\n", " ")


def test_where_a_claude_is_named_that_is_none_nothing_is_to_be_installed(box: Machine) -> None:
    box.config.mkdir(parents=True, exist_ok=True)
    (box.config / "config.yaml").write_text("claude: /nothing\n")

    (found,) = (line for line in box.ccorch("doctor", "--json").data["lines"] if line["check"] == "claude")

    assert (found["state"], found["command"]) == ("fail", "ccorch explain claude")
