"""The command that mends is one of the tool with which ccorch was installed."""

import shlex
import sys
from pathlib import Path

import pytest

from ccorch.config.installed import adding, address, bringing_claude, python, renewing
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


def test_an_environment_that_uv_made_has_no_pip(tmp_path: Path) -> None:
    (tmp_path / "pyvenv.cfg").write_text("home = /usr/bin\nimplementation = CPython\nuv = 0.9.2\n")

    own = shlex.quote(sys.executable)
    assert adding("keyring", tmp_path) == f"uv pip install --python {own} 'ccorch[keyring]'"
    assert renewing("keyring", tmp_path) == f"uv pip install --python {own} -U 'ccorch[keyring]'"


@pytest.mark.parametrize(
    ("told", "named"),
    [
        ('[tool]\nrequirements = [{ name = "ccorch", extras = ["claude"], path = "/c.whl" }]\n', "claude,keyring"),
        ('[tool]\nrequirements = [{ name = "ccorch" }, { name = "x", extras = ["y"] }]\n', "keyring"),
        ("[tool]\nrequirements = 3\n", "keyring"),
        ("no receipt", "keyring"),
    ],
)
def test_a_tool_of_uv_keeps_the_extras_that_it_has(tmp_path: Path, told: str, named: str) -> None:
    (tmp_path / "uv-receipt.toml").write_text(told)

    assert adding("keyring", tmp_path).startswith(f"uv tool install 'ccorch[{named}]")


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
    (own / "python").symlink_to("python3")
    (own / "python3.99").symlink_to("/bin/sh")
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    assert python(f"{own}/python") == f"'{own}/python'"
    monkeypatch.setenv("PATH", f"{own}:/usr/bin:/bin")
    assert python(f"{own}/python") == "python3"
    assert python(f"{own}/python3.99") == f"'{own}/python3.99'"


def test_who_has_no_claude_is_told_the_command_of_this_installation() -> None:
    assert bringing_claude(None, {"CLAUDE_CODE_BIN": ""}) == adding("claude")


def claude_line(box: Machine, verb: str) -> tuple[str, str]:
    (found,) = (line for line in box.ccorch(verb, "--json").data["lines"] if line["check"] == "claude")
    return found["state"], found["command"]


def test_where_a_claude_is_named_that_is_none_nothing_is_to_be_installed(box: Machine) -> None:
    asked = ("plan", "role=review", "profile=scripted", "task=Look")
    box.extra["CLAUDE_CODE_BIN"] = str(box.root / "nothing")
    refused = box.ccorch(*asked)
    assert refused.status == 2
    assert "unset CLAUDE_CODE_BIN, or set CLAUDE_CODE_BIN to a claude binary" in " ".join(refused.err.split())
    assert claude_line(box, "upgrade-check") == ("fail", "unset CLAUDE_CODE_BIN")

    box.config.mkdir(parents=True, exist_ok=True)
    (box.config / "config.yaml").write_text("claude: /nothing\n")
    refused = box.ccorch(*asked)
    assert refused.status == 2
    assert "let `claude` name a claude binary or none; `ccorch explain claude`" in " ".join(refused.err.split())
    assert "install" not in refused.err
    for verb in ("doctor", "upgrade-check"):
        assert claude_line(box, verb) == ("fail", "ccorch explain claude")
