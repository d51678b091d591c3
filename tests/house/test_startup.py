"""Commands that people type all day load only what they need."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.machine import Machine

HEAVY = {"hydra", "omegaconf", "mcp", "aiohttp", "asyncio", "jsonschema", "yaml", "dbos", "sqlalchemy"}
ALSO_NOT_FOR_HELP = {"sqlite3", "subprocess"}

PLANS = {"ccorch.schema.plan", "ccorch.schema.policy", "ccorch.schema.profile", "ccorch.operations.plans"}
LOGS = {"ccorch.schema.event", "ccorch.views.summary", "ccorch.rules.progress"}
STARTS = {"ccorch.ports.work", "ccorch.ports.setups", "ccorch.ports.worktrees", "ccorch.ports.profiles"}
OTHERS = {"ccorch.adapters.git", "ccorch.adapters.profiles", "ccorch.adapters.usage", "subprocess"}

PLAN = ("plan", "worker=simulated", "profile=scripted", "task=x")
"""One that was made before, so that its composition is kept."""

READING: dict[tuple[str, ...], set[str]] = {
    ("list",): PLANS | LOGS | OTHERS | {"ccorch.schema.summary", "ccorch.schema.handoff", "ccorch.views"},
    ("stop", "--help"): PLANS | LOGS | OTHERS,
    ("top",): (PLANS - {"ccorch.schema.policy"}) | LOGS | OTHERS | {"curses"},
    ("show",): PLANS | LOGS | OTHERS | STARTS | {"ccorch.views.timeline", "ccorch.schema.verdict"},
    ("show", "--view", "cost"): {"ccorch.operations.plans"} | OTHERS,
    ("wait",): PLANS | STARTS | OTHERS | {"ccorch.schema.handoff", "ccorch.schema.steering", "ccorch.views.team"},
    ("usage",): PLANS | LOGS | {"ccorch.schema.summary", "ccorch.config.compose", "ccorch.adapters.profiles"},
    ("profiles",): LOGS
    | {"ccorch.schema.run", "ccorch.schema.plan", "ccorch.adapters.git", "ccorch.adapters.usage"},
    PLAN: LOGS
    | {"ccorch.schema.handoff", "ccorch.schema.run_state", "ccorch.rules.expression", "ccorch.rules.secrets"}
    | {"ccorch.rules.cc_switch", "ccorch.adapters.git_change", "ccorch.adapters.claude_code.sandbox"}
    | {"ccorch.config.client", "ccorch.config.workflow_file", "ccorch.operations.inspecting"},
}
"""What each command does not load, besides what is heavy."""


@pytest.mark.parametrize("words", [["--version"], []])
def test_what_asks_for_nothing_loads_no_models(words: list[str], tmp_path: Path) -> None:
    unwanted = HEAVY | ALSO_NOT_FOR_HELP | {"pydantic", "ccorch.schema", "ccorch.adapters"}

    assert loaded(tmp_path, {"PATH": "/usr/bin", "HOME": str(tmp_path)}, *words) & unwanted == set()


@pytest.mark.parametrize("words", [["--help"], ["show", "--help"]])
def test_help_loads_nothing_heavy(words: list[str], tmp_path: Path) -> None:
    unwanted = HEAVY | ALSO_NOT_FOR_HELP | PLANS | LOGS | {"ccorch.adapters"}

    assert loaded(tmp_path, {"PATH": "/usr/bin", "HOME": str(tmp_path)}, *words) & unwanted == set()


def test_reading_loads_nothing_heavy(box: Machine) -> None:
    box.run("worker=simulated", "profile=scripted", "task=x")

    found = {
        words: loaded(box.project, box.environment, *words) & (HEAVY | unwanted)
        for words, unwanted in READING.items()
    }

    assert found == {words: set() for words in READING}


def loaded(folder: Path, environment: dict[str, str], *words: str) -> set[str]:
    """Modules that the command's process imports, and the packages that they are in."""
    said = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "ccorch", *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    lines = [line for line in said.stderr.splitlines() if line.startswith("import time:")]
    names = (line.rpartition("|")[2].strip().split(".") for line in lines)
    return {".".join(name[:depth]) for name in names for depth in range(1, len(name) + 1)}
