"""What keeps the house: set up, look after it, and serve."""

from typing import Annotated, Literal

from pydantic import Field

from ccorch.schema.base import Many, Value
from ccorch.schema.ids import OptionName

Part = Literal["controller", "worker"]
"""Whom a part of the persona section speaks to."""

PARTS: tuple[Part, ...] = ("controller", "worker")

Days = Annotated[float, Field(ge=0, le=36_500)]


class InitRequest(Value):
    """Set up a repository: .ccorch/ with a commented start, and schemas for editors. Never overwrites."""

    role: OptionName | None = None
    """Role that works where none is named."""
    policy: OptionName | None = None
    """Policy that holds where none is named."""
    usd: Annotated[float, Field(gt=0, le=100_000, allow_inf_nan=False)] | None = None
    """Most US dollars for one run."""
    persona: bool = False
    """Also write the section for agents into CLAUDE.md and AGENTS.md."""
    mcp: bool = False
    """Also write .mcp.json, by which Claude Code in this project can control runs."""
    owner: bool = False
    """Also begin your own ceiling.yaml, which binds every run on this machine; all of it is commented."""
    dry_run: bool = False
    """Only say what would be written."""


class DoctorRequest(Value):
    """Look at everything that runs lean on, and name what mends it; exit status 1 when something fails."""

    rebuild: bool = False
    """First make index and database anew from the run folders; workers go on meanwhile."""
    canary: bool = False
    """Forget what was seen when fences were tried; the next writing run tries them anew."""
    rehearse: bool = False
    """Also run a whole workflow with real claude processes on the scripted model, in a project of its own."""


class PersonaShowRequest(Value):
    """Show the section for CLAUDE.md and AGENTS.md: how agents work here as controllers, as workers, and safely."""

    parts: Many[Part] = PARTS
    """Whom it speaks to."""
    role: OptionName | None = None
    """A role whose own part is added."""


class PersonaWriteRequest(PersonaShowRequest):
    """Keep a marked section in CLAUDE.md and AGENTS.md; what stands around it, and files without it, stay."""

    files: Many[str] = ("CLAUDE.md", "AGENTS.md")
    """Files of the project."""
    append: bool = False
    """Add the section to files that have none; what they were is kept beside them."""
    force: bool = False
    """Write edited sections anew, and files without whole markers; what they were is kept beside them."""
    dry_run: bool = False
    """Only say what would be done."""


class WorkspaceStatusRequest(Value):
    """Tell what each folder is for and how large it is, what is private, and which references lead nowhere."""


class WorkspaceCleanRequest(Value):
    """Delete runs that ended long ago, and leftovers of crashes; only told unless --apply. Open work stays."""

    older_than_days: Days = 30.0
    """Days since a run's recorded end."""
    apply: bool = False
    """Do it."""


class WorkspaceArchiveRequest(Value):
    """Pack runs that are over into one archive, verified byte by byte; only told unless --apply."""

    runs: Many[str] = ()
    """Runs, by id or its beginning; without any, all that ended long ago."""
    older_than_days: Days = 30.0
    """Days since a run's recorded end; of no meaning for runs that are named."""
    apply: bool = False
    """Do it."""
    remove: bool = False
    """Then take the packed runs away; `workspace restore` brings them back."""


class WorkspaceRestoreRequest(Value):
    """Bring runs back out of an archive, each file checked by its hash; what exists is never overwritten."""

    archive: str
    """The archive, by its name or a path."""
    runs: Many[str] = ()
    """Runs, by id or its beginning; without any, all in it that are not here."""


class WorkspacePolicyRequest(Value):
    """Tell which folder is for what and who may write there; with paths, judge those."""

    paths: Many[str] = ()
    """Paths relative to the project."""


class UpgradeCheckRequest(Value):
    """Compare what is installed, configured and kept with this ccorch; changes nothing, status 1 means work."""


class McpServeRequest(Value):
    """Serve MCP tools over standard input and output; the owner's mcp.yaml says which."""

    http: bool = False
    """Serve over HTTP on this machine alone instead; a private file names the address and the token."""
    port: Annotated[int, Field(ge=0, le=65_535)] = 0
    """Port of --http; 0 takes a free one."""


class McpInstallRequest(Value):
    """Show what a client's configuration needs to start ccorch; with --apply write it, after a backup."""

    client: Literal["codex", "claude"]
    """Which client."""
    project: bool = False
    """Into this project's file, .codex/config.toml or .mcp.json, instead of the user's own."""
    skill: bool = False
    """Also bring the skill that tells an agent when and how to delegate."""
    apply: bool = False
    """Write it; entries that lead to no program any more are mended, too."""


class McpWarmRequest(Value):
    """Keep what a client asks at its start, so that it is answered before the server has loaded."""

    timeout: Annotated[float, Field(gt=0, le=3_600)] = 60.0
    """Most seconds that the server may take to answer and to leave, each time it is asked; it needs about one."""


class ServeRequest(Value):
    """Be the daemon in this terminal, or end the one that lives."""

    stop: bool = False
    """End the living daemon; its workers go on and are adopted by the next one."""
    daemon: bool = False
    """How other commands start it: no words unless something fails."""
