"""A command that is a copy of a loaded process is what one is that was started from nothing."""

import pytest

from tests import loaded
from tests.machine import PATIENCE, Machine


@pytest.mark.parametrize(
    "words",
    [("--version",), ("list", "--json"), ("show", "\udcff"), ("plan", "role=nobody"), ("doctor", "--help")],
)
def test_a_copy_says_what_a_process_says(box: Machine, words: tuple[str, ...]) -> None:
    box.extra["COLUMNS"] = "60"
    with box.start(*words) as process:
        said = process.communicate()

    assert loaded.command(words, box.environment, box.project, PATIENCE) == (process.returncode, *said)


def test_a_copy_works_where_it_is_called(box: Machine) -> None:
    elsewhere = box.root / "elsewhere"
    elsewhere.mkdir()
    run = box.run("worker=simulated", "profile=scripted", "task=x")["run_id"]

    assert box.json("list")["runs"][0]["run_id"] == run
    assert f"the latest run elsewhere is {run}" in box.ccorch("stop", cwd=elsewhere).err


def test_what_is_heeded_at_the_start_only_needs_a_process(box: Machine) -> None:
    assert not loaded.can_become({**box.environment, "PYTHONHASHSEED": "7"})
