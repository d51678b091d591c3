"""The verb that sets a repository up."""

import json
import os
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ccorch.config import stack
from ccorch.config.layers import GROUPS, layer_dirs, packaged_folder
from ccorch.errors import ArgumentInvalid, WorkspaceUnwritable
from ccorch.operations.house import House
from ccorch.operations.which import checked_project
from ccorch.operations.whole_file import make
from ccorch.schema.base import Many, Value, field_docs
from ccorch.schema.ceiling import Ceiling
from ccorch.schema.keeping import InitRequest, PersonaWriteRequest

if TYPE_CHECKING:
    from ccorch.operations.persona import Change

CEILING = "ceiling.yaml"
CONFIG = ".ccorch/config.yaml"

CEILING_HEAD = """\
# What the owner of this machine lets any run do. Nothing in a repository, no client and no override can raise it;
# who has a shell of yours can, so it is no border against them. Each key stands here with its default: take the
# `# ` away to change one. `ccorch config check` checks the file, `ccorch catalog ceiling` lists the keys.
"""

MCP = {"mcpServers": {"ccorch": {"command": "ccorch", "args": ["mcp", "serve"]}}}
"""How Claude Code is told of a server in a project's `.mcp.json`; other clients take the inner part alike."""


class InitReply(Value):
    """What was set up."""

    written: Many[str]
    """Files that were written, or would be with a dry run."""
    kept: Many[str]
    """Files that exist and were left as they are."""
    advice: Many[str]
    """What is left to do by hand."""
    dry_run: bool
    """Whether nothing was written."""


@dataclass(frozen=True)
class _File:
    """A file that is wanted."""

    name: str
    """As it is told."""
    path: Path
    text: str
    mode: int = 0o644


def init(house: House, request: InitRequest) -> InitReply:
    """Write what is missing; nothing that exists is changed."""
    project = checked_project(house.project)
    _check_choices(house, request)
    wanted = [*_files(project, request), *_owners(house, request)]
    for file in wanted:
        _check_place(project, file)
    kept = [file for file in wanted if os.path.lexists(file.path)]
    written = [file for file in wanted if file not in kept]
    # before the first file: markers that are broken are told while nothing is there yet
    section = _section(house, request, CONFIG in [file.name for file in written])
    if not request.dry_run:
        written = [file for file in written if make(file.path, file.text.encode(), file.mode)]
    added = _persona(house, request, section)
    return InitReply(
        written=(*(file.name for file in written), *added.written),
        kept=(*(file.name for file in wanted if file not in written), *added.kept),
        advice=(*_advice(project, request, [file.name for file in kept]), *added.advice),
        dry_run=request.dry_run,
    )


def _check_choices(house: House, request: InitRequest) -> None:
    layers = layer_dirs(house.project, None, house.user_config)
    for group, chosen in (("role", request.role), ("policy", request.policy)):
        names = stack.options(layers, group)
        if chosen is not None and chosen not in names:
            raise ArgumentInvalid(f"no {group} {chosen!r}", hint=f"there are {', '.join(names)}")


def _files(project: Path, request: InitRequest) -> Iterator[_File]:
    # what git shall ignore is said inside of the folder; the project's own file is its owner's
    yield _of(project, ".agent-workspace/.gitignore", "*\n", 0o600)
    yield _of(project, CONFIG, _start(request))
    folder = Path(packaged_folder("schemas")) / "authoring"
    for schema in sorted(folder.glob("*.json")):
        yield _of(project, f".ccorch/schemas/{schema.name}", schema.read_text(encoding="utf-8"))
    yield _of(project, ".vscode/settings.json", json.dumps({"yaml.schemas": _wiring()}, indent=2) + "\n")
    if request.mcp:
        yield _of(project, ".mcp.json", json.dumps(MCP, indent=2) + "\n")


def _of(project: Path, name: str, text: str, mode: int = 0o644) -> _File:
    return _File(name, project / name, text, mode)


def _owners(house: House, request: InitRequest) -> Iterator[_File]:
    """The owner's ceiling; no client and no project may write it."""
    if request.owner:
        path = house.user_config / CEILING
        yield _File(str(path), path, _ceiling_text(), 0o600)


def _ceiling_text() -> str:
    """The owner's ceiling file, everything in it a comment: with it as it is, nothing changes."""
    return CEILING_HEAD + "".join(_ceiling_keys())


def _ceiling_keys() -> Iterator[str]:
    docs = field_docs(Ceiling)
    for name, field in Ceiling.model_fields.items():
        yield "\n" + "".join(f"# {line}\n" for line in textwrap.wrap(docs[name], 108))
        yield f"# {name}: {json.dumps(field.default)}\n"


def _check_place(project: Path, file: _File) -> None:
    """No link leads what is written for a project out of it."""
    if not file.path.is_relative_to(project):
        return
    if not Path(os.path.realpath(file.path.parent)).is_relative_to(project):
        said = f"{file.path.parent} is a link that leaves the project"
        raise WorkspaceUnwritable(said, hint="make it a folder of the project", path=str(file.path.parent))


def _start(request: InitRequest) -> str:
    """config.yaml with what was chosen, and the rest as comments to begin from."""
    chosen = {"role": request.role, "policy": request.policy}
    groups = [
        f"{'' if name else '# '}  - override {group}: {name or default}"
        for (group, name), default in zip(chosen.items(), ("review", "careful"), strict=True)
    ]
    limit, mark = (1.0, "# ") if request.usd is None else (request.usd, "")
    usd = f"{mark}cost:\n{mark}  usd_per_run: {limit:g}\n"
    return (
        "# This project's own settings; they extend the packaged ones and are checked by `ccorch config check`.\n"
        "# `ccorch catalog` lists groups, options and keys, `ccorch explain KEY` tells all about one.\n"
        f"{'' if any(chosen.values()) else '# '}defaults:\n" + "\n".join(groups) + "\n"
        "# policy:\n#   max_concurrent: 3\n#   max_turns: 40\n" + usd
    )


def _chosen(request: InitRequest) -> Iterator[str]:
    """What was chosen, as config.yaml says it."""
    if request.role:
        yield f"override role: {request.role}"
    if request.policy:
        yield f"override policy: {request.policy}"
    if request.usd is not None:
        yield f"usd_per_run: {request.usd:g}"


def _wiring() -> dict[str, str]:
    """Schema by the files it is for, as the YAML language server of VS Code reads it."""
    groups = {
        f"./.ccorch/schemas/{group}.schema.json": f"/.ccorch/{folder}/*.yaml"
        for group, folder in GROUPS.items()
        if (Path(packaged_folder("schemas")) / "authoring" / f"{group}.schema.json").exists()
    }
    return {"./.ccorch/schemas/config.schema.json": "/.ccorch/config.yaml", **groups}


def _section(house: House, request: InitRequest, is_new: bool) -> "list[Change]":
    """What the section for agents changes, with the policy that a new config.yaml will name."""
    if not request.persona:
        return []
    from ccorch.operations.persona import planned  # brings what composes configuration

    words = (f"policy={request.policy}",) if is_new and request.policy else ()
    return planned(house, PersonaWriteRequest(dry_run=request.dry_run), words)


def _persona(house: House, request: InitRequest, section: "list[Change]") -> InitReply:
    """The section for agents, where it is wanted."""
    if not request.persona:
        return InitReply(written=(), kept=(), advice=(), dry_run=request.dry_run)
    from ccorch.operations.persona import carried_out

    told = carried_out(house, PersonaWriteRequest(dry_run=request.dry_run), section).files
    done = tuple(one.path for one in told if one.outcome in ("made", "updated"))
    advice = tuple(
        f"{one.path} has no section for agents; `ccorch persona write {one.path} --append` adds it"
        for one in told
        if one.outcome == "kept"
    )
    kept = tuple(one.path for one in told if one.path not in done)
    return InitReply(written=done, kept=kept, advice=advice, dry_run=request.dry_run)


def _advice(project: Path, request: InitRequest, kept: list[str]) -> Iterator[str]:
    if CONFIG in kept and (missing := [line for line in _chosen(request) if line not in _text(project / CONFIG)]):
        yield f"{CONFIG} exists and does not say {', '.join(repr(line) for line in missing)}; write that there"
    if ".vscode/settings.json" in kept and "yaml.schemas" not in _text(project / ".vscode/settings.json"):
        yield f'.vscode/settings.json exists; add "yaml.schemas": {json.dumps(_wiring())}'
    if ".mcp.json" in kept and '"ccorch"' not in _text(project / ".mcp.json"):
        yield f'.mcp.json exists; add to its "mcpServers": {json.dumps(MCP["mcpServers"])[1:-1]}'


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
