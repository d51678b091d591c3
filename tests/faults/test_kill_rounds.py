"""Whoever is killed, in whatever order: nothing is lost, nothing is doubled, every charge is counted once."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
KILLS = 1000 if os.environ.get("CCORCH_SOAK") else 30


def test_a_round_of_kills_of_daemon_shims_and_workers_loses_and_doubles_nothing() -> None:
    said = subprocess.run(
        [sys.executable, "-m", "tests.faults.rounds", "--kills", str(KILLS), "--seed", "1"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    print(said.stdout)
    assert said.returncode == 0, said.stdout + said.stderr
