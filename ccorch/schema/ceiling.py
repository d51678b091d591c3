"""What the owner of the machine lets any run do; nothing below can raise it."""

from typing import Annotated

from pydantic import Field

from ccorch.schema.amounts import Tokens, Usd
from ccorch.schema.base import Value
from ccorch.schema.policy import SaidSandbox


class Ceiling(Value):
    """The owner's file `ceiling.yaml`; every field has a safe default for when there is no file."""

    max_concurrent: Annotated[int, Field(ge=1, le=256)] = 4
    """Most workers at work at the same time, over all projects."""
    per_profile: dict[str, Annotated[int, Field(ge=1, le=256)]] = {}
    """Most workers at work at the same time by name or id of a profile, over all projects."""
    per_model: dict[str, Annotated[int, Field(ge=1, le=256)]] = {}
    """Most workers at work at the same time by model id, over all projects."""
    usd_per_run: Usd | None = 5.0
    """Most US dollars for one run; null is no ceiling."""
    usd_per_day: Usd | None = 20.0
    """Most US dollars for one local day over all runs; null is no ceiling."""
    usd_per_month: Usd | None = None
    """Most US dollars for one local month over all runs; null is no ceiling."""
    usd_per_profile: dict[str, Usd] = {}
    """Most US dollars for one local day by name of a profile, over all runs."""
    tokens_per_run: Tokens | None = None
    """Most tokens of all kinds for one run, those of subscriptions included; null is no ceiling."""
    max_nodes: Annotated[int, Field(ge=1, le=100_000)] = 200
    """Most workers that a plan may name after lanes and fan-outs are spelled out."""
    confirm_above_usd: Annotated[float, Field(ge=0, le=100_000)] | None = None
    """Worst case in US dollars above which every run has to be confirmed; null leaves it to each run."""
    timeout_seconds: Annotated[int, Field(ge=1)] = 7200
    """Longest wall time of an attempt in seconds."""
    max_turns: Annotated[int, Field(ge=1)] = 400
    """Most model turns of an attempt."""
    output_bytes: Annotated[int, Field(ge=1000)] = 200_000_000
    """Most bytes of one attempt's stream that are kept."""
    write_from_terminal: bool = True
    """Whether runs started from a terminal may write in worktrees."""
    write_from_mcp: bool = False
    """Whether runs started by an MCP client may write in worktrees."""
    sandbox: SaidSandbox = "off"
    """Least sandbox of runs that may write: required refuses every one that does not require it too, auto every one
    that has it off."""
    accept_from_mcp: bool = False
    """Whether an MCP client may accept a verified run and take an accepted one back."""
