"""The verbs that tell clients how to start the MCP server, and that make its start quick."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from ccorch.config.layers import home_of, packaged_folder
from ccorch.errors import ConfigInvalid, WorkspaceUnwritable
from ccorch.operations.house import House
from ccorch.operations.which import checked_project
from ccorch.operations.whole_file import keep, replace
from ccorch.rules import client_files
from ccorch.schema.base import Many, Value
from ccorch.schema.keeping import McpInstallRequest, McpWarmRequest

MOST_BYTES = 16_000_000


class McpInstallReply(Value):
    """What a client's configuration needs."""

    client: str
    """The client."""
    path: str
    """Its file."""
    snippet: str
    """What belongs there."""
    changed: bool
    """Whether the file had to be changed."""
    applied: bool
    """Whether it was."""
    backup: str | None = None
    """Copy of the file as it was; null where there was none or nothing was changed."""
    gone: Many[str] = ()
    """Other servers of that file whose program is not there any more; they are left as they are."""
    warm: Many[str] = ()
    """What is answered at once from now on."""
    skill: Many[str] = ()
    """Files of the skill that are new or differ; written where it is applied."""


class McpWarmReply(Value):
    """What is answered before the server has loaded."""

    kept: Many[str]
    """Question and protocol version."""


def install(house: House, request: McpInstallRequest) -> McpInstallReply:
    """Show the entry, or write it where it is not there as it should be."""
    project = checked_project(house.project)
    path = _file(request, project, house.environment)
    skills = dict(_skill_files(request, project, house.environment)) if request.skill else {}
    if request.project:
        _check_places(project, (path, *skills))
    command = house.front.command()
    before = _text(path)
    after, gone = _made(request, path, before, command)
    changed = after != before
    backup = None
    if changed and request.apply:
        backup = _replaced(path, before, after)
    skill = tuple(_skill(skills, request.apply))
    return McpInstallReply(
        client=request.client,
        path=str(path),
        snippet=_snippet(request, command),
        changed=changed,
        applied=changed and request.apply,
        backup=backup,
        gone=gone,
        warm=house.front.warm(project, McpWarmRequest().timeout) if request.apply else (),
        skill=skill,
    )


def warm(house: House, request: McpWarmRequest) -> McpWarmReply:
    """Ask the server what clients ask at their start, and keep it."""
    return McpWarmReply(kept=house.front.warm(checked_project(house.project), request.timeout))


def _file(request: McpInstallRequest, project: Path, environment: Mapping[str, str]) -> Path:
    home = home_of(environment)
    if request.client == "codex":
        folder = project / ".codex" if request.project else Path(environment.get("CODEX_HOME") or home / ".codex")
        return folder / "config.toml"
    if request.project:
        return project / ".mcp.json"
    return Path(environment.get("CLAUDE_CONFIG_DIR") or home) / ".claude.json"


def _check_places(project: Path, files: Iterable[Path]) -> None:
    """A project's links may lead within it alone; the user's own files may be links to wherever they are kept."""
    top = os.path.realpath(project)
    for file in files:
        if not Path(os.path.realpath(file)).is_relative_to(top):
            said = f"{file} is a link that leaves the project"
            raise WorkspaceUnwritable(said, hint="look where it leads, and take it away", path=str(file))


def _skill_files(
    request: McpInstallRequest, project: Path, environment: Mapping[str, str]
) -> Iterator[tuple[Path, str]]:
    """The skill's files where the client looks for skills, with their content."""
    source, target = Path(packaged_folder("skills")), _skills(request, project, environment)
    for file in sorted(source.rglob("*.md")):
        yield target / file.relative_to(source), file.read_text(encoding="utf-8")


def _skill(files: Mapping[Path, str], apply: bool) -> Iterator[str]:
    """Bring the files there; one that was changed is copied first."""
    for path, text in files.items():
        before = _text(path)
        if text == before:
            continue
        if apply:
            _replaced(path, before, text)
        yield str(path)


def _skills(request: McpInstallRequest, project: Path, environment: Mapping[str, str]) -> Path:
    home = home_of(environment)
    if request.client == "codex":
        return (
            project / ".agents" / "skills"
            if request.project
            else Path(environment.get("CODEX_HOME") or home / ".codex") / "skills"
        )
    own = Path(environment.get("CLAUDE_CONFIG_DIR") or home / ".claude")
    return (project / ".claude" if request.project else own) / "skills"


def _snippet(request: McpInstallRequest, command: tuple[str, ...]) -> str:
    if request.client == "codex":
        return client_files.codex_block(command)
    entry = {client_files.NAME: client_files.claude_entry(command)}
    return json.dumps({"mcpServers": entry}, indent=2, ensure_ascii=False) + "\n"


def _made(
    request: McpInstallRequest, path: Path, before: str, command: tuple[str, ...]
) -> tuple[str, tuple[str, ...]]:
    try:
        if request.client == "codex":
            return client_files.with_codex(before, command), ()
        after, gone = client_files.with_claude(before, command, os.path.exists)
    except (ValueError, RecursionError) as problem:
        said = f"{path} is left as it is: {problem}"
        raise ConfigInvalid(said, hint="mend the file, or put the shown entry there by hand") from problem
    # a file that says the same in another layout stays
    return (before if before.strip() and json.loads(before) == json.loads(after) else after), gone


def _text(path: Path) -> str:
    try:
        with open(path, "rb") as file:
            content = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        return ""
    except OSError as problem:
        raise ConfigInvalid(f"{path} cannot be read: {problem.strerror}") from problem
    if len(content) > MOST_BYTES:
        raise ConfigInvalid(f"{path} is larger than {MOST_BYTES} bytes")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise ConfigInvalid(f"{path} is not UTF-8: byte {problem.start}") from problem


def _replaced(path: Path, before: str, after: str) -> str | None:
    """Write the file whole or not at all, with the mode it had; the copy of what it was."""
    real = path.resolve()
    try:
        real.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        mode = real.stat().st_mode & 0o777 if real.exists() else 0o600
    except OSError as problem:
        raise WorkspaceUnwritable(f"cannot write {path}: {problem.strerror}") from problem
    backup = keep(real, before.encode(), mode) if before else None
    replace(real, after.encode(), mode)
    return str(backup) if backup else None
