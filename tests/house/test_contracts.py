"""The floors and doors of the house hold."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_import_contract_is_kept() -> None:
    tool = Path(sys.executable).with_name("lint-imports")
    said = subprocess.run([tool, "--no-cache"], cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)

    assert said.returncode == 0, said.stdout
