"""Commands that people type all day load only what they need."""

import subprocess
import sys

import pytest

from tests.machine import Machine

HEAVY = {"hydra", "omegaconf", "mcp", "aiohttp", "asyncio", "jsonschema", "yaml", "dbos", "sqlalchemy"}
ALSO_NOT_FOR_HELP = {"sqlite3", "subprocess"}


@pytest.mark.parametrize(
    ("words", "unwanted"),
    [
        (["--help"], HEAVY | ALSO_NOT_FOR_HELP),
        (["show", "--help"], HEAVY | ALSO_NOT_FOR_HELP),
        (["list"], HEAVY),
        (["show"], HEAVY),
        (["show", "--view", "cost"], HEAVY),
    ],
)
def test_nothing_heavy_is_loaded(box: Machine, words: list[str], unwanted: set[str]) -> None:
    if "--help" not in words:
        box.run("worker=simulated", "profile=scripted", "task=x")

    assert loaded(box, *words) & unwanted == set()


def loaded(box: Machine, *words: str) -> set[str]:
    """Top-level modules that the command's process imports."""
    said = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "ccorch", *words],
        cwd=box.project,
        env=box.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    lines = [line for line in said.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}
