"""A command that is a copy of a loaded process is what one is that was started from nothing."""

import os
import select
import signal

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


def test_the_end_of_a_copy_is_told_while_a_later_one_lives(box: Machine) -> None:
    (box.root / "s.yaml").write_text("default: [{text: x}]\n")
    words = ("--script", str(box.root / "s.yaml"), "--token", "t")
    begun = [loaded.begin(words, box.environment, box.project, "ccorch.adapters.scripted") for _ in range(2)]
    first, second = (int(os.read(told, 20)) for told, *_ in begun)
    try:
        os.kill(first, signal.SIGKILL)
        for said in (b"-9\n", b""):
            assert select.select([begun[0][0]], [], [], PATIENCE)[0]
            assert os.read(begun[0][0], 20) == said
    finally:
        os.kill(second, signal.SIGKILL)
        for end in (end for ends in begun for end in ends):
            os.close(end)


def test_a_copy_for_which_nobody_has_patience_is_the_only_one_that_is_lost(box: Machine) -> None:
    with pytest.raises(TimeoutError):
        loaded.command(("plan", "role=nobody"), box.environment, box.project, patience=0)

    for _ in range(3):
        assert loaded.command(("--version",), box.environment, box.project, PATIENCE)[0] == 0


def test_what_is_heeded_at_the_start_only_needs_a_process(box: Machine) -> None:
    assert not loaded.can_become({**box.environment, "PYTHONHASHSEED": "7"})
