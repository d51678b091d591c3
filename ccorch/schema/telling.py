"""What can be asked about handoffs and reports, for the command line and MCP alike."""

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
    """Write a run's story in Markdown: nodes, gates, what was done again and why, money, findings, decisions."""

    run: str | None = None
    """Run id or a unique beginning of it; none means this project's latest run."""
    out: str | None = None
    """File to write it to; none prints it."""
