"""What else is known of a run when its controller looks: verdict, decision, and which files it changed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ccorch.errors import EvidenceForged, RunCorrupt
from ccorch.operations.answers import changed, result
from ccorch.rules.next_step import Standing
from ccorch.schema.status import OVER

if TYPE_CHECKING:
    from ccorch.operations.house import House
    from ccorch.schema.status import RunStatus
    from ccorch.schema.summary import RunSummary

MOST_WRITERS = 20
"""Most attempts whose changed files are looked up for one digest."""


def standing(house: House, run: str, status: RunStatus, summary: RunSummary) -> Standing:
    """The facts by which the next step is found; files are looked into only for a run that is over."""
    is_over = status in OVER and not summary.simulated
    return Standing(
        run=run,
        status=status,
        summary=summary,
        now=house.clock.now(),
        writes=is_over and _writes(house, run),
        verdict=_verdict(house, run) if is_over else None,
        decision=_decision(house, run) if is_over else None,
    )


def changed_files(house: House, run: str, attempts: Iterable[tuple[str, int]]) -> tuple[str, ...]:
    """The project's files that these attempts changed in their worktrees, each once."""
    files: dict[str, None] = {}
    for node, attempt in tuple(dict.fromkeys(attempts))[:MOST_WRITERS]:
        try:
            change = changed(house, run, node, attempt)
        except EvidenceForged:
            continue  # `verify` tells of it; a digest names nothing that ccorch has not written
        files.update(dict.fromkeys(change.files if change else ()))
    return tuple(files)


def _writes(house: House, run: str) -> bool:
    try:
        written = result(house, run)
    except EvidenceForged:
        return True
    return written is not None and written.commit != written.base


def _verdict(house: House, run: str) -> str | None:
    """How `verify` judged it; a verdict that somebody else has written is none."""
    from pydantic import ValidationError

    from ccorch.operations.decisions import VERDICT
    from ccorch.schema.verdict import Verdict

    try:
        content = house.library.read(run, VERDICT)
        found = Verdict.model_validate_json(content) if content is not None else None
    except (EvidenceForged, ValidationError):
        return None
    return found.judgement if found is not None and found.at is not None else None


def _decision(house: House, run: str) -> str | None:
    from ccorch.operations.decisions import taken

    try:
        known = taken(house, run).taken
    except RunCorrupt:
        return None
    return known[-1].decision.replace("_", " ") if known else None
