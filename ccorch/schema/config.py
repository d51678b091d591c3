"""The composed configuration of one run, and what of it was chosen where."""

from typing import Annotated, Literal

from pydantic import Field

from ccorch.schema.base import Many, Value
from ccorch.schema.checks import Checks
from ccorch.schema.model import Models
from ccorch.schema.planning import LONGEST_TASK
from ccorch.schema.policy import Cost, Policy, Queue, Routing
from ccorch.schema.price import Prices
from ccorch.schema.profile import Profiles, SecretRef
from ccorch.schema.prompt import Prompt
from ccorch.schema.role import Role
from ccorch.schema.workflow import Rehearsed, Workflow


class Engine(Value):
    """How the daemon lives, and where it keeps what is being driven."""

    store: Literal["inline", "sqlite", "postgres"] = "inline"
    """inline keeps run folders only; sqlite and postgres also keep what is queued and at work in a database.
    The daemon reads it when it starts, from engine/default.yaml or config.yaml of the user's own folder."""
    postgres_url: SecretRef | None = None
    """Where postgresql://USER:PASSWORD@HOST:PORT/DATABASE is found, for store=postgres: `file`, or `env` with a
    name that begins with CCORCH_."""

    history_days: Annotated[int, Field(ge=1, le=3650)] = 7
    """Days for which the database keeps rows of what is over; run folders are kept until somebody deletes them."""
    idle_exit_seconds: Annotated[int, Field(ge=1, le=86_400)] = 600
    """Seconds without runs after which the daemon ends by itself."""


class Notify(Value):
    """Who is told when a run ends."""

    bell: bool = False
    """Ring the terminal's bell when a followed run ends."""


class RunConfig(Value):
    """Everything a run is told, composed from layers and overrides."""

    role: Role
    """Who works."""
    policy: Policy
    """What the run may do."""
    cost: Cost
    """Money limits."""
    queue: Queue
    """Order of starts."""
    routing: Routing
    """How profile and model are chosen."""
    workflow: Workflow
    """The DAG."""
    profiles: Profiles
    """Where profiles come from."""
    prices: Prices
    """Price list."""
    models: Models
    """What is believed of models and asked by roles."""
    checks: Checks
    """What the verdict is made of."""
    engine: Engine
    """How the daemon lives."""
    notify: Notify
    """Who is told."""
    prompt: Prompt
    """How workers go about this kind of task."""
    task: Annotated[str, Field(min_length=1, max_length=LONGEST_TASK)]
    """What is to be done; arrives at the worker byte for byte."""
    context: str | None = None
    """Background shown to the worker beside the task."""
    attach: Many[str] = ()
    """Files shown to the worker, as paths relative to the project; images only to roles that may see them."""
    worker: Literal["claude", "simulated"] = "claude"
    """claude runs real Claude Code processes; simulated starts none and only rehearses the DAG."""
    simulate: dict[str, Many[Rehearsed]] = {}
    """How attempts of simulated workers end, by node and in order; the last one holds for all after it."""
    workflow_file: str | None = None
    """File that takes the place of the workflow, relative to the project; `schema_version: 1` is read too."""
    script: str | None = None
    """Script that the scripted model plays: a bundled name or a file."""
    profile: str | None = None
    """Profile for every node of the run."""
    model: str | None = None
    """Model for every node of the run; needs a profile that serves it."""
    label: Annotated[str, Field(max_length=80)] | None = None
    """Free word by which runs can be listed."""
    task_type: Annotated[str, Field(min_length=1, max_length=60)] | None = None
    """Kind of task, a free word; preferences and the quality of past work are looked up by it too."""
    claude: str | None = None
    """Path of the claude binary; null looks at CLAUDE_CODE_BIN, PATH and the bundled one."""


Layer = Literal["config-dir", "project", "user", "packaged", "override", "default"]


class Origin(Value):
    """Where a value was set."""

    layer: Layer
    """Kind of place."""
    place: str
    """file:line, or the override as typed."""


class Selection(Value):
    """One chosen option of a group and what it hides."""

    group: str
    """Config group; a role that a workflow imports is role@workflow.roles.KEY."""
    option: str
    """Chosen option."""
    place: str
    """File it was read from."""
    shadows: Many[str] = ()
    """Files of lower layers with the same name, which are not read."""
