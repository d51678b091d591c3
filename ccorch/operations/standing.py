"""What else is known of a run when its controller looks: verdict, decision, and which files it changed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ccorch.errors import EvidenceForged, RunCorrupt
from ccorch.operations.answers import changed, result
from ccorch.rules.next_step import Standing
from ccorch.schema.status import OVER

if TYPE_CHECKING:
    from ccorch.operations.house import House
    from ccorch.schema.status import RunStatus
    from ccorch.schema.summary import RunSummary

VERDICT = "verdict.json"
DECISION = "decision.json"

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
    match _sealed(house, run, VERDICT):
        case {"judgement": str(judgement), "at": float()}:
            return judgement
    return None


def _decision(house: House, run: str) -> str | None:
    match _sealed(house, run, DECISION):
        case {"taken": [*_, {"decision": str(decision)}]}:
            return decision.replace("_", " ")
    return None


def _sealed(house: House, run: str, name: str) -> Any:
    """What ccorch itself has written there, so that it need not be judged; null where that is nothing."""
    try:
        return json.loads(house.library.read(run, name) or b"null")
    except (RunCorrupt, ValueError):
        return None
