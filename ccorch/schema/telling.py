"""What can be asked about handoffs and reports, for the command line and MCP alike."""

from typing import Annotated, Literal

from pydantic import Field

from ccorch.schema.base import Value


class HandoffTemplateRequest(Value):
    """Print the smallest handoff that keeps a contract, and its JSON Schema."""

    role: str
    """Name of the contract, which the packaged roles share, such as testing."""


class HandoffShowRequest(Value):
    """Show what the nodes of a run handed over, and whether it keeps their contracts."""

    run: str | None = None
    """Run id or a unique beginning of it; none means this project's latest run."""
    node: str | None = None
    """Only this node."""
    attempt: int | None = None
    """This attempt of the node; none is the latest."""


class HandoffValidateRequest(Value):
    """Judge handoffs by their contracts, those of a run or one in a file; exit status 1 when one is invalid."""

    run: str | None = None
    """Run id or a unique beginning of it; none means this project's latest run, unless a file is given."""
    node: str | None = None
    """Only this node."""
    file: str | None = None
    """File with a handoff as JSON."""
    role: str | None = None
    """Contract that the file's handoff has to keep; none is the one that it names itself."""


class HandoffRepairRequest(Value):
    """Print the words that ask a worker to mend its handoff; with --send, say them in its session."""

    run: str
    """Run id or a unique beginning of it."""
    node: str
    """The node."""
    send: bool = False
    """Go on with the worker's session with these words; what comes after the node is done again."""


class ReportRequest(Value):
    """Write a report as Markdown or as one HTML file: a run's whole story, or many runs side by side."""

    run: str | None = None
    """Run id or a unique beginning of it; none means this project's latest run, unless many are asked for."""
    workflow: str | None = None
    """Many runs: those of this workflow."""
    team: bool = False
    """Many runs: those in which several workers looked at the same, with what they agree on."""
    label: str | None = None
    """Many runs: those with this label."""
    since: str | None = None
    """Many runs: begun on this local day or later: 2026-08-21, 2026-08, today, yesterday, or 7d."""
    until: str | None = None
    """Many runs: begun on this local day or earlier, in the same words."""
    here: bool = False
    """Many runs: those of this project."""
    active: bool = False
    """Many runs: those that are not over."""
    preset: Literal["story", "runs", "pressure"] | None = None
    """pressure: what each run needs next, worst first, for whoever steers them; none fits what is asked for."""
    limit: Annotated[int, Field(ge=1, le=10_000)] = 50
    """Most runs that are told one by one."""
    format: Literal["md", "html"] | None = None
    """How it is written; none goes by the name of the file, and is Markdown where it is printed."""
    out: str | None = None
    """File to write it to; none prints it."""
