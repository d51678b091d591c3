"""The bench says what it does before it does it."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from bench.__main__ import PARTS

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(("word", "status"), [("--help", 0), ("--everything", 2)])
def test_who_asks_for_help_or_mistypes_gets_words_and_no_measuring(word: str, status: int) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench", word], cwd=ROOT, capture_output=True, text=True, timeout=120
    )

    assert done.returncode == status
    assert "usage: python -m bench [-h] [--full]" in done.stdout + done.stderr
    assert "within its limit" not in done.stdout


@pytest.mark.parametrize("name", PARTS)
def test_every_part_can_be_loaded(name: str) -> None:
    assert callable(importlib.import_module(f"bench.{name}").figures)
