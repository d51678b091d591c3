"""What a caller can ask for: the words of every verb, for the command line and MCP alike."""

from typing import Annotated, Any, Literal

from pydantic import Field

from ccorch.schema.base import Many, Value
from ccorch.schema.noted import ReportedTokens, ReportedUsd

View = Literal["summary", "nodes", "config", "cost", "log"]
Until = Literal["done", "node", "change"]


class Overlay(Value):
    """Configuration in typed form: chosen options and single values, no override strings."""

    groups: dict[str, str] = {}
    """Option by config group, such as {"role": "review"}."""
    set: dict[str, Any] = {}
    """JSON value by dotted key, such as {"policy.max_concurrent": 3}."""


class Asked(Value):
    """What a run is composed from, besides the layers."""

    overrides: Many[str] = ()
    """Hydra overrides, such as role=review or policy.max_concurrent=3."""
    overlay: Overlay = Overlay()
    """Typed configuration."""
    multirun: bool = False
    """Whether group sweeps such as role=review,security make lanes of one plan."""


class PlanRequest(Value):
    """Resolve configuration and overrides into a plan; nothing is started."""

    overrides: Many[str] = ()
    """Hydra overrides, such as role=review or policy.max_concurrent=3."""
    overlay: Overlay = Overlay()
    """Typed configuration, for callers that do not write override strings."""
    task: str | None = None
    """What is to be done; `-` reads standard input."""
    task_file: str | None = None
    """File that holds the task, taken byte for byte."""
    multirun: bool = False
    """Expand group sweeps such as role=review,security into lanes of one plan."""
    config_dir: str | None = None
    """Extra configuration layer above all others."""
    check_scope: bool = False
    """Tell which of the project's uncommitted files lie outside the write scope; exit status 3 when some do."""
    out: str | None = None
    """File to write the plan to, for `ccorch run --plan FILE`."""


class RunRequest(Value):
    """Plan and run; workers go on when the caller ends."""

    overrides: Many[str] = ()
    """Hydra overrides, such as role=review or policy.max_concurrent=3."""
    overlay: Overlay = Overlay()
    """Typed configuration, for callers that do not write override strings."""
    task: str | None = None
    """What is to be done; `-` reads standard input."""
    task_file: str | None = None
    """File that holds the task, taken byte for byte."""
    multirun: bool = False
    """Expand group sweeps such as role=review,security into lanes of one plan."""
    config_dir: str | None = None
    """Extra configuration layer above all others."""
    plan: str | None = None
    """Plan file to run exactly; refused when its inputs have drifted."""
    yes: bool = False
    """Run it although its worst case is above cost.confirm_above_usd."""
    confirm: str | None = None
    """Id of the plan that the user has agreed to, after CONFIRMATION_NEEDED."""
    accept_drift: Many[str] = ()
    """Kinds of drift to accept: config, task, prompts, profiles, prices, routing, cli, commit, dirty, limits."""
    detach: bool = False
    """Print the run's id at once instead of following it."""
    foreground: bool = False
    """Host the daemon in this process when none lives."""


class PlanDiffRequest(Value):
    """Tell in words how two plans differ."""

    before: str
    """Plan file, or a run."""
    after: str
    """Plan file, or a run."""


class ListRequest(Value):
    """List runs, newest first."""

    limit: Annotated[int, Field(ge=1, le=10_000)] = 20
    """Most runs to list."""
    label: str | None = None
    """Only runs with this label."""
    here: bool = False
    """Only runs of this project."""


class ShowRequest(Value):
    """Show one run."""

    run: str | None = None
    """Run id or a unique beginning of it; none means this project's latest run."""
    view: View = "summary"
    """Which view."""
    node: str | None = None
    """Only this node."""
    cursor: Annotated[int, Field(ge=0)] = 0
    """For the log: only events after this one."""


class WaitRequest(Value):
    """Wait for news of a run."""

    run: str | None = None
    """Run id or a unique beginning of it; none means this project's latest run."""
    until: Until = "done"
    """done: the run is over; node: another node is over; change: anything new."""
    timeout: Annotated[float, Field(ge=0, le=86_400)] = 110.0
    """Most seconds to wait."""
    cursor: Annotated[int, Field(ge=0)] = 0
    """Sequence number of the last event that is known already."""


class StopRequest(Value):
    """Stop a run; its evidence is kept."""

    run: str | None = None
    """Run id or a unique beginning of it; none means this project's latest run, never another project's."""
    reason: str = ""
    """Why, for the record."""


class CatalogRequest(Value):
    """List config groups, options and keys, with types, defaults, limits and meaning."""

    path: str = ""
    """A group such as role, a key prefix such as policy, or profiles, scripts, handoffs, ceiling, keys."""


class ExplainRequest(Value):
    """Tell a key's value, who set it where, what it means and what it may be; or what a code means."""

    key: str
    """Dotted key, such as policy.max_concurrent, or the code of a finding or an error, such as route_mismatch."""
    overrides: Many[str] = ()
    """Overrides to look at the key under."""
    config_dir: str | None = None
    """Extra configuration layer above all others."""


class ConfigListRequest(Value):
    """List options of config groups with the layer they come from."""

    group: str | None = None
    """Only this group."""


class ConfigShowRequest(Value):
    """Show an option's file, or the whole composed configuration."""

    option: str | None = None
    """GROUP/OPTION, such as role/review; none shows the composed configuration."""
    overrides: Many[str] = ()
    """Overrides to compose under."""
    config_dir: str | None = None
    """Extra configuration layer above all others."""


class ConfigCheckRequest(Value):
    """Check every file of the project's and the user's layers; all problems at once."""


class ConfigCopyRequest(Value):
    """Copy a packaged option into the project's .ccorch to change it there."""

    option: str
    """GROUP/OPTION, such as role/review."""
    name: str | None = None
    """New name; none keeps the name and shadows the packaged option."""


class InitRequest(Value):
    """Set up a repository: .ccorch/ with a commented start, and schemas for editors. Never overwrites."""

    dry_run: bool = False
    """Only say what would be written."""


class DoctorRequest(Value):
    """Look at daemon, database, disk, runs and workers, and name what mends each; exit status 1 when one fails."""

    rebuild: bool = False
    """First make index and database anew from the run folders; workers go on meanwhile."""


class McpServeRequest(Value):
    """Serve MCP tools over standard input and output, read-only for the project."""


class ServeRequest(Value):
    """Be the daemon in this terminal, or end the one that lives."""

    stop: bool = False
    """End the living daemon; its workers go on and are adopted by the next one."""
    daemon: bool = False
    """How other commands start it: no words unless something fails."""


class ProfilesRequest(Value):
    """List every profile: source, models, endpoint, price, health, and whether it can be launched."""

    overrides: Many[str] = ()
    """Overrides to look under, such as profiles.ccswitch=false."""
    source: str | None = None
    """Only profiles of this source, such as ccswitch."""


class ProfileShowRequest(Value):
    """Show one profile in full; never its secret."""

    name: str
    """Profile by id, exact name or alias."""


class ProfileCheckRequest(Value):
    """Make one tiny request through a real worker and record what the profile can do; costs a few cents at most."""

    name: str
    """Profile by id, exact name or alias."""
    overrides: Many[str] = ()
    """Overrides for the run, such as model=ID or script=NAME."""
    timeout: Annotated[float, Field(gt=0, le=3600)] = 120.0
    """Most seconds to wait."""


class RoutesRequest(Value):
    """Tell for every role which profile and model it gets, why, at which price, and what would change it."""

    overrides: Many[str] = ()
    """Overrides to look under, such as routing=cheap or profile=NAME."""
    role: str | None = None
    """Only this role."""
    out: str | None = None
    """File to write the strategy report to, as Markdown."""


class ModelsRequest(Value):
    """List models with their scores, where these come from, prices, and what was measured of them."""

    overrides: Many[str] = ()
    """Overrides to look under."""
    model: str | None = None
    """Only this model."""


class BenchRequest(Value):
    """Plan the fixed suite for profiles and models and say what it costs; with --run, do and keep it."""

    overrides: Many[str] = ()
    """Overrides for the runs, such as cost.usd_per_run=0.5."""
    profile: Many[str] = ()
    """Profiles by id, exact name or alias; none takes all that can be launched."""
    model: Many[str] = ()
    """Models to measure; none takes what each profile names."""
    case: Many[str] = ()
    """Cases: code_fix, review, security, long_context, multimodal; none takes all."""
    run: bool = False
    """Run it; without this nothing is started."""
    timeout: Annotated[float, Field(gt=0, le=86_400)] = 1800.0
    """Most seconds for all of it."""


class CalibrateRequest(Value):
    """Record preferred profiles and models by role from what was measured; without --apply only tell."""

    overrides: Many[str] = ()
    """Overrides to look under."""
    min_samples: Annotated[int, Field(ge=1, le=10_000)] = 3
    """Least measurements of a model before it is preferred."""
    apply: bool = False
    """Record it."""
    forget: bool = False
    """Take the recorded preferences back."""


class PauseRequest(Value):
    """Start nothing more of a run; what is at work goes on."""

    run: str | None = None
    """Run id or a unique beginning of it; none means this project's latest run, never another project's."""
    reason: str = ""
    """Why, for the record."""


class ResumeRequest(Value):
    """Go on with a paused run, or do the work again that was set back after its end."""

    run: str | None = None
    """Run id or a unique beginning of it; none means this project's latest run, never another project's."""


class RetryRequest(Value):
    """Have a node and everything after it done again; a run that was over then waits for `resume`."""

    run: str
    """Run id or a unique beginning of it."""
    node: str
    """Node or gate."""
    reason: str = ""
    """Why, for the record."""


class AnswerRequest(Value):
    """Answer a gate that waits for somebody."""

    run: str
    """Run id or a unique beginning of it."""
    node: str
    """The gate."""
    choice: str
    """One of its choices."""
    reason: str = ""
    """Why, for the record."""


class QueueRequest(Value):
    """List what is not over, what waits, and why."""


class MoveRequest(Value):
    """Give a run that is not over another place in the queue."""

    run: str
    """Run id or a unique beginning of it."""
    priority: Annotated[int, Field(ge=-1000, le=1000)]
    """Its priority from now on; runs with a higher one start first, and equal ones as they came."""


class NoteRequest(Value):
    """Write something down about a run: words, and what its controller has spent on it itself."""

    run: str
    """Run id or a unique beginning of it."""
    text: str = ""
    """The words."""
    controller_tokens: ReportedTokens = None
    """Tokens that the controller has spent on the run since its last report."""
    controller_usd: ReportedUsd = None
    """US dollars that it has spent."""
    controller_model: str | None = None
    """Model that the controller is."""


class SendRequest(Value):
    """Tell a worker something in its session; one that has ended goes on with it, on the same route."""

    run: str
    """Run id or a unique beginning of it."""
    text: str
    """What is said."""
    node: str | None = None
    """The node; none means the only one at work, or the only one of the run."""
    interrupt: bool = False
    """End the running turn first; else it is heard when that turn is over."""
