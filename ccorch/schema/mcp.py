"""What the owner lets MCP clients see, and what is written down of their calls."""

from typing import Literal

from ccorch.schema.base import Many, Value

Toolset = Literal["core", "ops"]
Extra = Literal["resources", "prompts"]


class McpSettings(Value):
    """The owner's file `mcp.yaml`, read when a server starts; a client that runs never sees another list."""

    toolsets: Many[Toolset] = ("core",)
    """core is what a controller needs; ops adds profiles, routes, models, usage, handoffs, workspace and doctor."""
    read_only: bool = False
    """Offer only tools that change nothing."""
    tools: Many[str] = ()
    """Offer only these of them, by name; empty offers all."""
    extras: Many[Extra] = ()
    """resources and prompts, for clients that show them; a client may tell its model of more tools for them."""
    client_sandbox: Literal["cap", "ignore"] = "cap"
    """cap lets a client that says it is in a read-only sandbox begin nothing that writes, whatever the ceiling."""


class Call(Value):
    """One call of a client, for the record."""

    at: float
    """Unix time when it had been answered."""
    client: str
    """Name that the client gives itself."""
    call: str
    """The client's own id of the call; empty where it gives none."""
    tool: str
    """Tool that was called."""
    run: str
    """Run that it was about or that it began; empty is none."""
    plan: str
    """Plan that it was about; empty is none."""
    sandbox: str
    """Sandbox that the client says it works in; empty is unsaid."""
    answer: str
    """ok, or the code of the error."""
    seconds: float
    """How long it took."""
