"""The verbs that keep a marked section in the files that agents read: CLAUDE.md and AGENTS.md."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace as changed
from pathlib import Path
from typing import Literal

from ccorch.config.compose import ComposeRequest, compose
from ccorch.errors import ArgumentInvalid, ConfigInvalid, ProjectInvalid, WorkspaceUnwritable
from ccorch.operations.house import House
from ccorch.operations.which import checked_project
from ccorch.operations.whole_file import keep, make, replace
from ccorch.rules.marked import Broken, rendered, replaced, section
from ccorch.rules.persona import persona
from ccorch.schema.base import Many, Value
from ccorch.schema.keeping import PersonaShowRequest, PersonaWriteRequest

Outcome = Literal["made", "updated", "added", "replaced", "same", "kept"]

LARGEST = 4 << 20


class PersonaReply(Value):
    """The section."""

    text: str
    """With its markers."""


class PersonaFile(Value):
    """What came of one file."""

    path: str
    """The file, relative to the project."""
    outcome: Outcome
    """made: it was not there; updated: its section; added: the section at its end; replaced: an edited section, or
    by force the whole file; same: nothing had to be done; kept: it has no section and was left alone."""
    backup: str | None = None
    """Where what it was is kept."""


class PersonaWrittenReply(Value):
    """What came of each file."""

    files: Many[PersonaFile]
    """The files."""
    dry_run: bool
    """Whether nothing was written."""


def show(house: House, request: PersonaShowRequest) -> PersonaReply:
    """The section as it would be written."""
    return PersonaReply(text=rendered(_body(house, request)))


def write(house: House, request: PersonaWriteRequest) -> PersonaWrittenReply:
    """Bring the section of each file up to date; all files are looked at before the first is written."""
    return carried_out(house, request, planned(house, request))


@dataclass(frozen=True)
class Change:
    """What a file was and shall be."""

    path: Path
    name: str
    outcome: Outcome
    old: bytes | None
    new: bytes | None
    backup: str | None = None


def planned(house: House, request: PersonaWriteRequest, overrides: Sequence[str] = ()) -> list[Change]:
    """What each file would become, where settings beside the project's files are as `overrides` say."""
    project = checked_project(house.project)
    body = _body(house, request, overrides)
    return [_change(path, name, body, request) for name, path in _files(project, request.files)]


def carried_out(house: House, request: PersonaWriteRequest, changes: Sequence[Change]) -> PersonaWrittenReply:
    """Make the changes, unless it is a dry run, and tell of them."""
    if not request.dry_run:
        project = checked_project(house.project)
        changes = [_done(project, change) for change in changes]
    told = (PersonaFile(path=one.name, outcome=one.outcome, backup=one.backup) for one in changes)
    return PersonaWrittenReply(files=tuple(told), dry_run=request.dry_run)


def _body(house: House, request: PersonaShowRequest, overrides: Sequence[str] = ()) -> str:
    words = (*overrides, f"role={request.role}") if request.role else tuple(overrides)
    asked = ComposeRequest(house.project, words, task="-", user_dir=house.user_config, cache_dir=house.cache)
    config = compose(asked).config
    return persona(request.parts, config.role if request.role else None, config.policy.write_scope)


def _files(project: Path, names: Sequence[str]) -> list[tuple[str, Path]]:
    """Each file once, by where it really lies; two names for one file are one."""
    found: dict[Path, str] = {}
    for name in names:
        path = Path(os.path.realpath(project / name))
        if not path.is_relative_to(project) or path == project or name.endswith("/"):
            raise ArgumentInvalid(f"{name!r} is no file of the project", hint="name a file such as CLAUDE.md")
        if {".git", ".agent-workspace"} & set(path.relative_to(project).parts):
            raise ArgumentInvalid(f"{name!r} is nothing that agents read", hint="name a file such as CLAUDE.md")
        found.setdefault(path, name)
    return [(name, path) for path, name in found.items()]


def _change(path: Path, name: str, body: str, request: PersonaWriteRequest) -> Change:
    old = _content(path, name)
    if old is None:
        return Change(path, name, "made", None, rendered(body).encode())
    text = _decoded(old, name)
    try:
        known = section(text)
    except Broken as broken:
        if not request.force:
            raise ConfigInvalid(
                f"{path}:{broken.line}: {broken.reason}",
                hint=f"mend the markers, or `ccorch persona write {name} --force` writes it anew and keeps a copy",
            ) from broken
        return Change(path, name, "replaced", old, rendered(body).encode())
    if known is None and request.force and not request.append:
        return Change(path, name, "replaced", old, rendered(body).encode())
    if known is None and not request.append:
        return Change(path, name, "kept", old, None)
    if known is not None and not known.is_ours and not request.force:
        raise ConfigInvalid(
            f"{path}:{known.line}: the section was edited since it was written",
            hint="move your words outside of the markers, or replace it with --force, which keeps a copy",
        )
    new = replaced(text, known, body).encode("utf-8", "surrogatepass")
    if new == old:
        return Change(path, name, "same", old, None)
    outcome: Outcome = "added" if known is None else "updated" if known.is_ours else "replaced"
    return Change(path, name, outcome, old, new)


def _content(path: Path, name: str) -> bytes | None:
    try:
        if path.is_dir():
            raise ProjectInvalid(f"{name} is a folder", hint="name a file such as CLAUDE.md")
        with open(path, "rb") as file:
            content = file.read(LARGEST + 1)
    except FileNotFoundError:
        return None
    except OSError as problem:
        raise ProjectInvalid(f"{name} cannot be read: {problem.strerror}") from problem
    if len(content) > LARGEST:
        raise ProjectInvalid(f"{name} is larger than {LARGEST >> 20} MB")
    return content


def _decoded(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as problem:
        line = content.count(b"\n", 0, problem.start) + 1
        raise ConfigInvalid(
            f"{name}:{line}: is not UTF-8 text", hint="convert it with `iconv -t utf-8`"
        ) from problem


def _done(project: Path, change: Change) -> Change:
    if change.new is None:
        return change
    if change.old is None:
        if not make(change.path, change.new):
            said = f"{change.name} was made by somebody else meanwhile"
            raise WorkspaceUnwritable(said, hint="try again")
        return change
    try:
        mode = change.path.stat().st_mode & 0o777
    except OSError as problem:
        raise WorkspaceUnwritable(f"cannot write {change.path}: {problem.strerror}") from problem
    backup = keep(change.path, change.old, mode) if change.outcome in ("added", "replaced") else None
    replace(change.path, change.new, mode)
    return changed(change, backup=backup.relative_to(project).as_posix() if backup else None)
