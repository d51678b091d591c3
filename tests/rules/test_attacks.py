"""Every known way out of a scope is denied beforehand or found afterwards."""

import random
from pathlib import Path

import pytest

from tests.corpus.attacks import ATTACKS, FRESH, UNSEEN
from tests.corpus.attacks.probe import Ground, denied, printed
from tests.corpus.attacks.secrets import PRINTS, Print
from tests.corpus.attacks.sources import SOURCES

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


LEFT = (
    "links the project's file hard and writes it",
    "adds a submodule and commits it",
    "amends and takes the amendment back",
    "puts a link where the worktree was",
    "leaves a process behind that writes",
    "links a file from outside hard and writes it",
    "stages a commit as a folder",
    "has git forget the worktree",
    "leaves a merge behind",
    "makes a pipe within the scope",
    "gives a program another's rights",
    "links by way of another link",
    "gives the worktree another repository",
    "makes the worktree's index a pipe",
    "makes a hook a pipe",
    "makes a hook a link without end",
    "replaces what a link of the set-up leads to",
    "does so and sets back the time",
    "hides a file of the project as unchanged",
    "writes a hook of a submodule",
    "deletes a ref of another run's",
    "deletes the journal of the project",
    "registers another worktree",
)
WITHIN = ["Bash a report of the tests", "Bash a pager of the tests"]
"""Ways by which tests, which may run anything, are told to write in the worktree."""


def test_of_ways_not_tuned_on_all_are_denied_that_the_hook_can_judge(tmp_path: Path) -> None:
    ground = Ground(tmp_path)
    ways = [one for one in (*UNSEEN, *FRESH) if "an allowed" not in one.name]

    assert [one.name for one in ways if denied(one, ground) is None] == WITHIN


@pytest.mark.parametrize("name", LEFT)
def test_what_an_allowed_program_leaves_in_new_ways_is_found(name: str, tmp_path: Path) -> None:
    (effect,) = [one.effect for one in (*UNSEEN, *FRESH) if one.name == f"an allowed program {name}"]

    assert Ground(tmp_path).left_by(effect or "")


def test_a_third_was_scored_before_the_fence_was_tuned_on_it_and_sources_are_of_ways_that_are() -> None:
    names = [one.name for one in (*ATTACKS, *UNSEEN, *FRESH)]

    assert (len(UNSEEN) + len(FRESH)) * 3 >= len(names) == len(set(names))
    assert set(SOURCES) <= set(names)


@pytest.mark.parametrize("one", PRINTS, ids=lambda one: one.name)
def test_a_secret_that_is_printed_in_a_known_spelling_is_told_and_not_stored(one: Print, tmp_path: Path) -> None:
    assert printed(one, tmp_path) == (not one.why_not, bool(one.why_not))
