"""What is generated says what the code says."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("generator", ["ccorch.config.authoring", "docs.generate"])
def test_what_is_generated_has_not_drifted(generator: str) -> None:
    said = subprocess.run(
        [sys.executable, "-m", generator, "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert said.returncode == 0, said.stdout + said.stderr
