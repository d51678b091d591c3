"""Every known way out of a scope is denied beforehand or found afterwards."""

import random
from pathlib import Path

import pytest

from tests.corpus.attacks import ATTACKS
from tests.corpus.attacks.probe import Ground, denied

PROGRAMS = [one for one in ATTACKS if one.name.startswith("an allowed program")]
SEED = 6


def test_whatever_the_hook_can_judge_is_denied(tmp_path: Path) -> None:
    ground = Ground(tmp_path)
    let_through = [one.name for one in ATTACKS if one not in PROGRAMS and denied(one, ground) is None]

    assert len(ATTACKS) >= 60
    assert let_through == []


@pytest.mark.parametrize("attack", random.Random(SEED).sample(PROGRAMS, 6), ids=lambda one: one.name)
def test_what_an_allowed_program_leaves_is_found(attack: object, tmp_path: Path) -> None:
    assert Ground(tmp_path).left_by(attack.effect or "")  # type: ignore[attr-defined]
