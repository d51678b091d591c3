"""What a list of commands that were run means: a testing handoff made of exit statuses, never of words."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ccorch.rules.amounts import span
from ccorch.rules.plain import beginning

MOST_DETAIL = 3000
"""Characters of a failed command's last output that are handed over."""

MOST_COMMAND = 200
"""Characters of a command that are shown."""


@dataclass(frozen=True)
class Trial:
    """One command that was run to its end."""

    command: str
    """As it is shown, redacted."""
    status: int
    """Exit status; negative is the signal that ended it."""
    seconds: float
    said: str
    """The end of what it printed, redacted."""

    @property
    def passed(self) -> bool:
        """Whether it ended with status 0."""
        return self.status == 0

    @property
    def ending(self) -> str:
        """How it ended, in words."""
        by = f"by signal {-self.status}" if self.status < 0 else f"with status {self.status}"
        return f"ended {by} after {span(self.seconds)}"


def shown(words: Sequence[str]) -> str:
    """A command in one line, as a shell would take it."""
    return beginning(shlex.join(words), MOST_COMMAND)


def handoff_of(trials: Sequence[Trial]) -> dict[str, Any]:
    """The testing handoff of commands that have all come to run."""
    failed = [trial for trial in trials if not trial.passed]
    told = f"{len(failed)} of {len(trials)} commands failed" if failed else f"{len(trials)} of {len(trials)} passed"
    return {
        "schema_version": 1,
        "role": "testing",
        "status": "fail" if failed else "pass",
        "summary": f"Declared commands: {told}.",
        "blocking_issues": [],
        "tests_run": [
            {"command": trial.command, "outcome": "passed" if trial.passed else "failed"} for trial in trials
        ],
        "failures": [{"title": trial.command, "detail": _detail(trial)} for trial in failed],
        "coverage_gaps": [],
    }


def _detail(trial: Trial) -> str:
    said = trial.said.strip()
    cut = f"…{said[-MOST_DETAIL:]}" if len(said) > MOST_DETAIL else said
    return f"It {trial.ending}.\n{cut}" if cut else f"It {trial.ending} and printed nothing."
