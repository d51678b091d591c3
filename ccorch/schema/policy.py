"""What this run may do: concurrency, time, turns, writing, money and order."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from ccorch.schema.amounts import Tokens, Usd
from ccorch.schema.base import Many, Value, unset
from ccorch.schema.breaker import ErrorClass
from ccorch.schema.worktree import Worktree

Sandbox = Literal["required", "auto", "off"]


def _unquoted(said: object) -> object:
    """YAML reads a bare `off` as false."""
    return "off" if said is False else said


SaidSandbox = Annotated[Sandbox, BeforeValidator(_unquoted)]
"""A sandbox as files say it."""


class WriteScope(Value):
    """Where a writing worker may write, as globs relative to the project's root."""

    allow: Many[str] = ("**",)
    """Globs that may be written."""
    deny: Many[str] = (
        "**/.env*",
        "**/.env*/**",
        "**/.git/**",
        "**/.git",
        ".claude/**",
        ".mcp.json",
        ".agent-workspace/**",
    )
    """Globs that may not be written, whatever is allowed."""
    byproducts: Many[str] = ("**/__pycache__/**", "**/*.pyc", "**/.*_cache/**", "**/node_modules/**")
    """Globs of git-ignored files that tools leave in the worktree; they count for nothing unless denied."""
    max_files: Annotated[int, Field(ge=1)] | None = None
    """Most files that one attempt may change; null is no limit."""
    max_diff_lines: Annotated[int, Field(ge=1)] | None = None
    """Most lines that one attempt may add and delete together, those of new and binary files included; null is no
    limit."""


class Retries(Value):
    """How often a node is tried again by itself, by the way its last attempt ended."""

    lost: Annotated[int, Field(ge=0, le=20)] = 2
    """After its process was killed or lost: the machine's fault, not the work's."""
    failed_reading: Annotated[int, Field(ge=0, le=20)] = 1
    """After a failure of a node that only reads."""
    failed_writing: Annotated[int, Field(ge=0, le=20)] = 0
    """After a failure of a node that writes."""
    timed_out: Annotated[int, Field(ge=0, le=20)] = 0
    """After it took too long."""
    quota: Annotated[int, Field(ge=0, le=1000)] = 10
    """After its profile's quota was spent: it is parked until there is some again and goes on in its session."""
    overload: Annotated[int, Field(ge=0, le=1000)] = 3
    """After its provider stayed overloaded beyond the client's own retries: parked and gone on with alike."""
    backoff_seconds: Annotated[float, Field(ge=0, le=3600)] = 2.0
    """Wait before the first of them; doubled each time, an hour at most. No slot is taken meanwhile."""


class Output(Value):
    """How much of what one attempt puts out is kept; stderr has room of its own and is never left out for it."""

    soft_bytes: Annotated[int, Field(ge=1000)] = 10_000_000
    """Bytes of its stream at which the run is told once."""
    hard_bytes: Annotated[int, Field(ge=1000)] = 20_000_000
    """Bytes of its stream that are kept; the line that would cross is not."""
    events_soft_bytes: Annotated[int, Field(ge=100)] = 1_000_000
    """Bytes of its events at which the run is told once."""
    events_hard_bytes: Annotated[int, Field(ge=100)] = 2_000_000
    """Bytes of its events that are kept; the event that would cross is not, errors always are."""
    policy: Literal["stop", "truncate"] = "stop"
    """What a hard limit does: end the attempt as output_spent, or let it go on and count what is left out."""
    final_only: bool = False
    """Keep results and errors alone; what is said and done on the way is neither kept nor counted."""
    final_max_chars: Annotated[int, Field(ge=1000, le=10_000_000)] = 20_000
    """Characters of the final text in answer.md; all of a longer one lies beside it in answer-full.md."""


class Checkpoints(Value):
    """How often a run that is under way is summed up in a short account of its own."""

    events: Annotated[int, Field(ge=0, le=100_000)] = 40
    """Events after which it is; 0 goes by time alone."""
    seconds: Annotated[int, Field(ge=0, le=86_400)] = 120
    """Seconds after which the next event has it done; 0 goes by events alone, and both 0 never."""


class Policy(Value):
    """Limits and permissions of one run."""

    max_concurrent: Annotated[int, Field(ge=1, le=64)] = 4
    """Most workers of this run at work at the same time."""
    timeout_seconds: Annotated[int, Field(ge=1, le=86_400)] = 900
    """Longest wall time of one attempt in seconds; then it is stopped and ends as timed_out."""
    max_turns: Annotated[int, Field(ge=1, le=1000)] = 40
    """Most model turns of one attempt."""
    stall_seconds: Annotated[int, Field(ge=1, le=86_400)] = 600
    """Longest seconds in which nothing at all is heard of a worker, neither a line nor an answer on its way to it;
    heartbeats of a running tool do not count."""
    no_progress_seconds: Annotated[int, Field(ge=1, le=86_400)] = 900
    """Longest seconds in which a worker says and does nothing that it had not said or done before."""
    output: Output = unset(Output)
    """How much of what one attempt puts out is kept."""
    checkpoint: Checkpoints = unset(Checkpoints)
    """How often it is summed up while it runs: what was done, found and changed, what repeats and what remains."""
    write: bool = False
    """Whether roles with permission write get a worktree to write in; nothing is merged back by itself."""
    write_scope: WriteScope = unset(WriteScope)
    """Where writing workers may write."""
    sandbox: SaidSandbox = "off"
    """Whether commands run in a sandbox (bubblewrap), where they write in the worktree alone and have no network:
    those of workers, declared ones, and those that verify; commands that set worktrees up keep the network.
    required starts nothing without it, auto uses it where it works."""
    worktree: Worktree = unset(Worktree)
    """How worktrees are set up before anybody works in them."""
    dirty: Literal["leave", "refuse", "snapshot"] = "leave"
    """What happens with uncommitted work where a run may write: leave starts from the commit without it, refuse
    starts nothing, snapshot starts from a commit of it that lies at a ref of the run and on no branch."""
    route_mismatch: Literal["fail", "warn"] = "fail"
    """What happens when another model answers than the plan chose."""
    retries: Retries = unset(Retries)
    """How often a node is tried again by itself; refused credentials, spent money and wrong models never are."""
    keep_raw: Annotated[int, Field(ge=0, le=3650)] = 7
    """Days for which raw streams and Claude's own transcripts are kept in the state folder; 0 deletes them at
    the end."""


class Caps(Value):
    """The most that may be spent; null is no limit but the owner's."""

    usd_per_node: Usd | None = None
    """Most US dollars that all attempts of one node may spend together."""
    usd_per_run: Usd | None = None
    """Most US dollars that all attempts of the run may spend together; null leaves only the ceiling."""
    usd_per_day: Usd | None = None
    """US dollars spent on one local day, by all runs together, at which this run stops."""
    usd_per_month: Usd | None = None
    """US dollars spent in one local month, by all runs together, at which this run stops."""
    usd_per_profile: dict[str, Usd] = {}
    """By name of a profile: US dollars spent there on one local day, by all runs, at which this run stops."""
    usd_per_label: Usd | None = None
    """US dollars spent in one local month, by all runs of this run's label, at which this run stops."""
    tokens_per_node: Tokens | None = None
    """Most tokens of all kinds, cached ones included, for all attempts of one node; 400k and 2M will do."""
    tokens_per_run: Tokens | None = None
    """The same for all attempts of the run together."""
    handoff_reserve: Annotated[float, Field(ge=0, le=0.5)] = 0.0
    """Part of the node's and the run's limits that is kept for the handoff: a worker that has spent the rest is
    asked for it once, then stopped; 0 keeps nothing."""


class Cost(Caps):
    """Money and token limits of one run."""

    usd_per_run: Usd | None = 2.0
    """Most US dollars that all attempts of the run may spend together; null leaves only the ceiling."""
    max_nodes: Annotated[int, Field(ge=1, le=100_000)] = 64
    """Most workers that a plan may name after lanes and fan-outs are spelled out; rehearsals are not counted."""
    confirm_above_usd: Annotated[float, Field(ge=0, le=100_000)] | None = 5.0
    """Worst case in US dollars above which a run has to be confirmed; null never asks."""
    unpriced: Literal["refuse", "allow"] = "refuse"
    """What happens with a model that has no price: refused, or allowed with its money unknown."""


class Queue(Value):
    """Order of starts."""

    priority: Annotated[int, Field(ge=-1000, le=1000)] = 0
    """Nodes of runs with a higher priority start first when slots are short."""


class Preference(Value):
    """What is preferred for a role or a kind of task; only exact ids, names and declared aliases match."""

    profiles: Many[str] = ()
    """Profiles by id, name or alias, best first."""
    models: Many[str] = ()
    """Models by id or alias, best first."""


class Fallback(Value):
    """Where a node's requests go when its route fails."""

    profile: str
    """Profile by id, name or alias."""
    model: str | None = None
    """Model by id or alias; null takes the profile's model of the role's tier."""


class Measured(Value):
    """How much measurements count beside what is believed of a model."""

    bench: bool = True
    """Whether results of `ccorch models bench` count."""
    quality: bool = True
    """Whether judgements of real work count."""
    calibration: bool = True
    """Whether preferences recorded by `ccorch models calibrate` count."""
    prior: Annotated[float, Field(gt=0, le=1000)] = 3.0
    """How many measurements the belief weighs as much as; few measurements move a score little."""


class Routing(Value):
    """How a profile and a model are chosen for each role."""

    strategy: Literal["pinned", "cheap", "balanced", "strong"] = "balanced"
    """balanced takes the best model of the tier that the role asks for, cheap the cheapest that is good enough,
    strong the best at any price, pinned needs profile and model."""
    profile: str | None = None
    """Profile taken when the run names none."""
    preferences: dict[str, Preference] = {}
    """Preferences by role, by kind of task, or `default`; tried in that order before any score."""
    profile_aliases: dict[str, str] = {}
    """Further names of profiles: alias to id or name."""
    model_aliases: dict[str, str] = {}
    """Further names of models: alias to model id."""
    min_score: Annotated[float, Field(ge=0, le=10)] = 5.0
    """Least score for the role that strategy cheap calls good enough."""
    measured: Measured = unset(Measured)
    """How much measurements count."""
    fallbacks: dict[ErrorClass, Many[Fallback]] = {}
    """Chains by class of error, tried in order; each is validated, priced and shown in the plan."""
