"""Submissions for tests."""

from pathlib import Path

from ccorch.schema.plan import Plan
from ccorch.schema.run import Launch, Submission
from tests.plan_kit import node, plan

RUN = "0123456789abcdef"
OTHER_RUN = "0123ffffffffffff"


def submission(project: Path, run: str = RUN, of: Plan | None = None) -> Submission:
    """A run of a small plan."""
    return Submission(
        run=run,
        plan=of or plan(node("a"), node("b", "a")),
        config={"policy": {"write": False}},
        launch=Launch(project=str(project), claude=None, environment={}),
        by="terminal",
    )
