"""What a run folder says: its plan, and that it is the one that was submitted."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

from ccorch.adapters.files import open_below, read_limited
from ccorch.adapters.run_folder.layout import EVENTS, Layout
from ccorch.errors import RunCorrupt
from ccorch.schema.outline import Outline

if TYPE_CHECKING:
    from ccorch.schema.plan import Plan

_LIMIT = 256 << 20
_BEGINNING = 1 << 20
"""Bytes in which the first line of a log has room."""


def plan_bytes(folder: Path) -> bytes:
    """The plan's canonical JSON; its sha256 is the plan's own."""
    path = folder / "plan.json"
    try:
        return read_limited(path, _LIMIT)
    except OSError as error:
        raise corrupt(path, error.strerror or str(error)) from error


def read_plan(project: Path, run: str) -> Plan:
    """The plan of a run; raises RunCorrupt when it is none, or not the one that was submitted."""
    from pydantic import ValidationError

    from ccorch.adapters.run_folder.log import Place, read
    from ccorch.schema.plan import Plan

    layout = Layout(project)
    path = layout.file(run, "plan.json")
    try:
        plan = Plan.read(plan_bytes(layout.run(run)))
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in problem["loc"])
        raise corrupt(path, f"{where}: {problem['msg']}".removeprefix(": ")) from error
    first = next(read(layout.file(run, "events.ndjson"), Place()), None)
    if first is not None and first.type == "submitted" and (first.run, first.plan) != (run, plan.sha256):
        raise corrupt(path, f"its log says run {first.run} with plan {first.plan[:12]}")
    return plan


def read_outline(project: Path, run: str) -> Outline:
    """The plan of a run in short; raises RunCorrupt as `read_plan` does.

    A plan that its log names by its hash is the one that was submitted, so it is not judged once more.
    """
    layout = Layout(project)
    content = plan_bytes(layout.run(run))
    if _named(layout.run(run)) == (run, hashlib.sha256(content.rstrip(b"\n")).hexdigest()):
        try:
            return Outline.of(json.loads(content))
        except (ValueError, KeyError, TypeError, AttributeError):  # of another build, or forged with its log
            pass
    return Outline.of(read_plan(project, run).model_dump(mode="json", include={"task", "nodes", "profiles"}))


def _named(folder: Path) -> tuple[str, str] | None:
    """The run and the hash of its plan that the log begins with; None where it begins with something else."""
    try:
        with open_below(folder, EVENTS) as file:
            first = json.loads(file.readline(_BEGINNING))
        return (first["run"], first["plan"]) if first["type"] == "submitted" else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def corrupt(path: Path, reason: str) -> RunCorrupt:
    """The error for a file of a run that is not what it should be."""
    return RunCorrupt(f"{path} cannot be read: {reason}", path=str(path))


def modified_at(path: Path) -> float:
    """When the file was written; 0 when it is gone."""
    try:
        return path.lstat().st_mtime
    except OSError:
        return 0.0
