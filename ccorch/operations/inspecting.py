"""The verbs that look at changes: what they are in short, and whether they hold secrets; also without any run."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from ccorch.errors import ArgumentInvalid, NotFound, ProjectInvalid, RunNotFound
from ccorch.operations import which
from ccorch.operations.house import House
from ccorch.ports.attempt import attempt_file
from ccorch.rules.change_summary import summary_of
from ccorch.rules.patch import FilePatch, files_of
from ccorch.rules.scope import violations
from ccorch.rules.secrets.scan import in_change, in_text
from ccorch.schema.base import Many, Value
from ccorch.schema.change import ChangeRecord
from ccorch.schema.difference import Difference
from ccorch.schema.event import Found
from ccorch.schema.finding import Finding, Sighting
from ccorch.schema.judging import DiffRequest, ScanRequest
from ccorch.schema.plan import Plan

LARGEST = 8 << 20
"""Bytes of a file beyond which only its beginning is looked at."""

_TOLD = ("leak", "candidate")
_OURS = (".git", ".agent-workspace")


class OneChange(Value):
    """A change in short."""

    subject: str
    """What is looked at: a run's node, or the project."""
    difference: Difference
    """Files, lines, risks."""


class DifferencesReply(Value):
    """Changes in short."""

    run_id: str | None
    """The run; null is the project's uncommitted files."""
    changes: Many[OneChange]
    """One for each writing node, or one for the project."""


class ScanReply(Value):
    """Secrets that were seen."""

    subject: str
    """What was looked at."""
    leaks: int
    """How many are leaks."""
    counts: dict[str, int]
    """How many of each class there are."""
    seen: Many[Sighting]
    """Each with kind and place."""
    findings: Many[Finding] = ()
    """What was noticed in a run's streams before they were masked."""


def diff(house: House, request: DiffRequest) -> DifferencesReply:
    """A run's changes, node by node, or the project's uncommitted ones."""
    if request.run is None:
        told = OneChange(subject="project", difference=summary_of(_open_files(house)))
        return DifferencesReply(run_id=None, changes=(told,))
    run, _ = which.to_read(house, request.run)
    checks = house.library.plan(run).checks
    told_of = ((node, summary_of(files, checks)) for node, files in _changes(house, run))
    changes = (OneChange(subject=node, difference=difference) for node, difference in told_of)
    return DifferencesReply(run_id=run, changes=tuple(changes))


def scan(house: House, request: ScanRequest) -> ScanReply:
    """Secrets in a run's streams and changes, in files, or in uncommitted lines."""
    if request.target is None:
        return _told("uncommitted lines", in_change(_open_files(house)), request.all)
    if "\0" in request.target:
        raise ArgumentInvalid(f"{request.target!r} is no path and no run", hint="name a file, a folder or a run")
    path = Path(os.path.join(house.project, request.target))
    if _may_look(house, path):
        return _told(request.target, _in_files(path, house.project), request.all)
    try:
        run, _ = which.to_read(house, request.target)
    except RunNotFound as problem:
        said = f"{request.target!r} is no file, no folder and no run"
        raise NotFound(said, hint="a path is taken from the project; `ccorch list` shows runs") from problem
    seen = (one for _, files in _changes(house, run) for one in in_change(files))
    reply = _told(f"run {run}", seen, request.all)
    noticed = tuple(_in_streams(house, run))
    return reply.model_copy(update={"findings": noticed, "leaks": reply.leaks + len(noticed)})


def _may_look(house: House, path: Path) -> bool:
    """Whether there is such a file; for a client only within the project, links followed."""
    inside = house.by != "mcp" or Path(os.path.realpath(path)).is_relative_to(os.path.realpath(house.project))
    return inside and os.path.exists(path)


def scan_text(text: bytes, everything: bool) -> ScanReply:
    """Secrets in a text."""
    return _told("standard input", in_text(text, "line"), everything)


def outside(house: House, plan: Plan) -> tuple[str, ...]:
    """Uncommitted and untracked files that no writing node of the plan may write; raises ProjectInvalid."""
    scopes = [node.write_scope for node in plan.nodes if node.writes and node.write_scope is not None]
    if not scopes:
        raise ProjectInvalid("no node of this plan writes, so there is no scope", hint="add policy.write=true")
    paths = dict.fromkeys(path for file in _open_files(house) for path in (file.old, file.path) if path)
    return tuple(path for path in paths if all(violations(scope, (path,)) for scope in scopes))


def _open_files(house: House) -> list[FilePatch]:
    patch = house.worktrees.difference(which.checked_project(house.project))
    if patch is None:
        raise ProjectInvalid(
            f"{which.here(house)} is in no git checkout, so it is unknown what changed",
            hint="name a file or folder, or make it a repository",
        )
    return files_of(patch)


def _changes(house: House, run: str) -> Iterator[tuple[str, list[FilePatch]]]:
    """What each node has changed, as git has it; the kept patch, whose secrets are taken out, where git has not."""
    project = Path(house.library.row(run).project)
    for node in house.library.summary(run).nodes:
        patch = house.library.read(run, attempt_file(node.id, node.attempt, "diff.patch"))
        told = house.library.read(run, attempt_file(node.id, node.attempt, "change.json"))
        if told is not None:
            change = ChangeRecord.model_validate_json(told)
            with suppress(ProjectInvalid):
                patch = house.results.patch(project, change.base, change.commit)
        if patch is not None:
            yield node.id, files_of(patch)


def _in_streams(house: House, run: str) -> Iterator[Finding]:
    for event in house.library.events(run):
        if isinstance(event, Found) and event.finding.code == "secret_found" and "stream" in event.finding.place:
            yield event.finding


def _in_files(path: Path, project: Path) -> Iterator[Sighting]:
    for file in _files(path):
        try:
            with open(file, "rb") as opened:
                content = opened.read(LARGEST)
        except OSError:
            continue  # what cannot be read by its owner's command holds nothing that is told
        shown = os.path.relpath(file, project)
        yield from in_text(content, shown)


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    for folder, below, files in os.walk(path):
        below[:] = sorted(name for name in below if name not in _OURS)
        for name in sorted(files):
            file = Path(folder, name)
            if file.is_file() and not file.is_symlink():
                yield file


def _told(subject: str, seen: Iterable[Sighting], everything: bool) -> ScanReply:
    found = tuple(seen)
    counts = Counter(one.sure for one in found)
    shown = tuple(one for one in found if everything or one.sure in _TOLD)
    return ScanReply(
        subject=subject, leaks=counts["leak"], counts={sure: counts[sure] for sure in counts}, seen=shown
    )
