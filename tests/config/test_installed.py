"""The command that mends is one of the tool with which ccorch was installed."""

import re
import shlex
import sys
from pathlib import Path

import pytest

from ccorch.config import installed
from ccorch.config.installed import adding, address, bringing_claude, python, renewing
from ccorch.config.uv_receipt import NAME
from ccorch.errors import ClaudeUnusable
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


def tool_of_uv(environment: Path, *requirements: str, more: str = "") -> str:
    """The command that adds keyring to a tool with this receipt, without the name of ccorch's own source."""
    listed = "".join(f"    {{ {one} }},\n" for one in requirements)
    (environment / NAME).write_text(f"[tool]\nrequirements = [\n{listed}]\n{more}")
    return adding("keyring", environment)


@pytest.mark.parametrize(
    ("told", "named"),
    [
        ('name = "ccorch", extras = ["claude"], path = "/c.whl"', "claude,keyring"),
        ('name = "ccorch"', "keyring"),
    ],
)
def test_a_tool_of_uv_keeps_the_extras_that_it_has(tmp_path: Path, told: str, named: str) -> None:
    command = tool_of_uv(tmp_path, told, 'name = "x", extras = ["y"]')

    assert command.startswith(f"uv tool install 'ccorch[{named}]")
    assert command.endswith(" --with 'x[y]'")


def test_a_tool_of_uv_keeps_what_was_installed_with_it(tmp_path: Path) -> None:
    """Lines as uv 0.13 has written them."""
    command = tool_of_uv(
        tmp_path,
        'name = "ccorch"',
        'name = "dirp", extras = ["ex"], directory = "/a b/dirp"',
        'name = "plug", git = "file:///src/plug?rev=v1"',
        'name = "iniconfig", specifier = ">=1,<3"',
        'name = "six"',
        'name = "edit", extras = ["ex"], editable = "/src/edit"',
        'name = "w", url = "https://a.example/w-1-py3-none-any.whl"',
        more='python = "3.11"\nentrypoints = [{ name = "ccorch", install-path = "/bin/ccorch" }]\n',
    )

    assert shlex.split(command)[4:] == [
        *("--python", "3.11"),
        *("--with", "dirp[ex] @ file:///a%20b/dirp"),
        *("--with", "plug @ git+file:///src/plug@v1"),
        *("--with", "iniconfig>=1,<3"),
        *("--with", "six"),
        *("--with-editable", "/src/edit[ex]"),
        *("--with", "w @ https://a.example/w-1-py3-none-any.whl"),
    ]


@pytest.mark.parametrize(
    ("one", "more"),
    [
        ('name = "six", marker = "os_name == \'nt\'"', ""),
        ('name = "w", url = "https://key:word@a.example/w.whl"', ""),
        ('name = "plug", git = "https://a.example/plug?subdirectory=x&rev=1"', ""),
        ('name = "six", specifier = 3', ""),
        ("", 'constraints = [{ name = "six", specifier = "==1" }]\n'),
        ("", '[tool.options]\nprerelease = "allow"\n'),
    ],
)
def test_what_a_receipt_of_uv_tells_in_another_way_is_named_as_missing(tmp_path: Path, one: str, more: str) -> None:
    command = tool_of_uv(tmp_path, 'name = "ccorch"', *filter(None, [one, 'name = "also"']), more=more)

    assert command.endswith(" --with also  # and what else it was installed with")
    assert "key:word" not in command


@pytest.mark.parametrize("told", ["[tool]\nrequirements = 3\n", "no receipt", "tool = 1\n"])
def test_a_receipt_that_is_none_of_uvs_is_said_to_be_missing(tmp_path: Path, told: str) -> None:
    (tmp_path / NAME).write_text(told)

    assert adding("keyring", tmp_path).endswith("  # and what else it was installed with")


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


def test_one_rule_alone_knows_how_a_claude_is_brought() -> None:
    """Others name who knows it: this ccorch may have come by pip, pipx or uv."""
    sources = Path(installed.__file__).parents[1].rglob("*.py")
    telling = [path.name for path in sources if re.search(r"(pip|tool) install\b", path.read_text())]

    assert telling == ["installed.py"]
    assert "`ccorch doctor`" in ClaudeUnusable("no").hint


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
