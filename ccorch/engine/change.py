"""What a writing attempt leaves: its change, its patch, and whether the project's own checkout stayed as it was."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from ccorch.ports import AttemptId, Runs, Worktrees
from ccorch.ports.attempt import AttemptFile, attempt_file
from ccorch.rules.checkout import NEWEST, differences
from ccorch.rules.patch import masked
from ccorch.rules.redaction import Redactor
from ccorch.schema.base import canonical
from ccorch.schema.change import ChangeRecord


def look(project: Path, attempt: AttemptId, worktrees: Worktrees, runs: Runs) -> None:
    """Keep what the checkout is like before a writer starts; looked at once, however often that is begun anew."""
    name = _own(attempt, "checkout.json")
    if runs.read(attempt.run, name) is None:
        runs.artifact(attempt.run, name, canonical(worktrees.state(project)).encode())


def keep(
    project: Path, attempt: AttemptId, base: str, worktrees: Worktrees, runs: Runs, secrets: Sequence[str] = ()
) -> bytes:
    """Keep the change of an attempt, then take its worktree away; the patch as it is.

    What is kept of the patch holds no secret; whoever needs it as it is finds it in git. Raises ProjectInvalid when
    the change cannot be read.
    """
    change = worktrees.collect(project, attempt, base)
    record = ChangeRecord(
        base=base,
        commit=change.commit,
        files=change.files,
        entries=change.entries,
        ignored=change.ignored,
        unlisted=change.unlisted,
        odd=change.odd,
        checkout=_since(project, attempt, worktrees, runs),
    )
    runs.artifact(attempt.run, _own(attempt, "diff.patch"), masked(change.patch, Redactor(secrets)))
    runs.artifact(attempt.run, _own(attempt, "change.json"), record.model_dump_json().encode())
    worktrees.remove(project, attempt)
    return change.patch


def _since(project: Path, attempt: AttemptId, worktrees: Worktrees, runs: Runs) -> tuple[str, ...] | None:
    content = runs.read(attempt.run, _own(attempt, "checkout.json"))
    if content is None:
        return None
    before: Mapping[str, str] = json.loads(content)
    if before and NEWEST not in before:  # by an earlier version, which has looked at less
        return None
    return differences(before, worktrees.state(project, before), attempt.run)


def _own(attempt: AttemptId, name: AttemptFile) -> str:
    return attempt_file(attempt.node, attempt.attempt, name)
