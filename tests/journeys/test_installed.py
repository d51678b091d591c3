"""Who has no Claude Code is told the command that brings it to the ccorch that says so, as it was installed."""

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from ccorch.config.uv_receipt import NAME
from tests.machine import PATIENCE, Machine, Result

LEFT_OUT = ("claude_agent_sdk", "ccorch-", "__pycache__")
"""What brings a claude binary, and from where this ccorch was installed."""
BESIDE = '{ name = "six" }, { name = "plug", extras = ["y"], specifier = ">=1,<3" }'
RECEIPT = f'[tool]\nrequirements = [{{ name = "ccorch", extras = ["keyring"] }}, {BESIDE}]\npython = "3.11"\n'
MEND = "uv tool install 'ccorch[claude,keyring]' --python 3.11 --with six --with 'plug[y]>=1,<3'"


@pytest.fixture
def tool(box: Machine) -> Path:
    """An environment as `uv tool` makes it for one command, with all that is needed here but a Claude Code."""
    made = box.root / "tools/ccorch"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(made)], check=True, timeout=PATIENCE)
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(made), "platbase": str(made)}))
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        if not entry.name.startswith(LEFT_OUT):
            (packages / entry.name).symlink_to(entry)
    (made / "bin/git").symlink_to(str(shutil.which("git")))
    box.extra["PATH"] = str(made / "bin")
    return made


def said(box: Machine, tool: Path, *words: str) -> Result:
    done = subprocess.run(
        [str(tool / "bin/python"), "-m", "ccorch", *words],
        cwd=box.project,
        env=box.environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    return Result(done.returncode, done.stdout, done.stderr)


def mending(box: Machine, tool: Path, verb: str) -> str:
    """The command that a verb's line of Claude Code gives."""
    (found,) = (line for line in said(box, tool, verb, "--json").data["lines"] if line["check"] == "claude")
    assert found["state"] == "fail"
    return str(found["command"])


def test_a_tool_of_uv_is_installed_anew_with_claude_and_all_that_its_receipt_names(
    box: Machine, tool: Path
) -> None:
    (tool / NAME).write_text(RECEIPT)

    refused = said(box, tool, "plan", "role=review", "profile=scripted", "task=Look")

    assert refused.status == 2, refused
    assert f"hint: {MEND}, or set CLAUDE_CODE_BIN to a claude binary" in " ".join(refused.err.split())
    assert [mending(box, tool, verb) for verb in ("doctor", "upgrade-check")] == [MEND, MEND]


def test_what_a_receipt_of_uv_tells_in_another_way_is_said_to_be_missing(box: Machine, tool: Path) -> None:
    (tool / NAME).write_text(RECEIPT + 'constraints = [{ name = "six", specifier = "==1" }]\n')

    assert mending(box, tool, "doctor") == f"{MEND}  # and what else it was installed with"
