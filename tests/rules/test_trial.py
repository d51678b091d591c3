"""Promises of what declared commands hand over: exit statuses decide, words never do."""

from hypothesis import given
from hypothesis import strategies as st

from ccorch.rules.trial import MOST_COMMAND, Trial, handoff_of, shown
from ccorch.schema.handoff import check

TRIALS = st.lists(
    st.builds(
        Trial,
        command=st.text(min_size=1, max_size=20),
        status=st.integers(-64, 255),
        seconds=st.floats(0, 1e5),
        said=st.text(max_size=50),
    ),
    min_size=1,
    max_size=5,
)


@given(TRIALS)
def test_what_is_handed_over_keeps_the_contract_and_passes_only_when_all_ended_with_zero(
    trials: list[Trial],
) -> None:
    handoff, problems = check("testing", handoff_of(trials), "testing")

    assert problems == ()
    assert handoff is not None
    assert (handoff.status == "pass") == all(trial.status == 0 for trial in trials)
    assert len(handoff.model_dump()["failures"]) == sum(trial.status != 0 for trial in trials)
    assert len(handoff.model_dump()["tests_run"]) == len(trials)


def test_a_failure_tells_how_it_ended_and_the_end_of_what_it_said() -> None:
    handoff = handoff_of([Trial("pytest -q", 1, 2.25, "x" * 9000 + "\n1 failed")])

    detail = handoff["failures"][0]["detail"]
    assert detail.startswith("It ended with status 1 after 2.2s.")
    assert detail.endswith("1 failed")
    assert len(detail) < 3100


def test_a_command_is_shown_as_a_shell_would_take_it_and_never_without_end() -> None:
    assert shown(("python", "-c", "print('a b')")) == """python -c 'print('"'"'a b'"'"')'"""
    assert len(shown(("x" * 999,))) == MOST_COMMAND
