"""What a caller can ask about what will run: plan it, run it, compare plans."""

from ccorch.schema.asked import Overlay
from ccorch.schema.base import Many, Value, unset

LONGEST_TASK = 16_000_000
"""Letters of a task; what is longer is better named than told."""


class Wanted(Value):
    """What a caller wants done, and by which configuration."""

    overrides: Many[str] = ()
    """Hydra overrides, such as role=review or policy.max_concurrent=3."""
    overlay: Overlay = unset(Overlay)
    """Typed configuration, for callers that do not write override strings."""
    task: str | None = None
    """What is to be done; `-` reads standard input."""
    task_file: str | None = None
    """File that holds the task, taken byte for byte."""
    multirun: bool = False
    """Expand group sweeps such as role=review,security into lanes of one plan."""
    config_dir: str | None = None
    """Extra configuration layer above all others."""


class PlanRequest(Wanted):
    """Resolve configuration and overrides into a plan; nothing is started."""

    check_scope: bool = False
    """Tell which of the project's uncommitted files lie outside the write scope; exit status 3 when some do."""
    out: str | None = None
    """File to write the plan to, for `ccorch run --plan FILE`."""


class RunRequest(Wanted):
    """Plan and run; workers go on when the caller ends."""

    plan: str | None = None
    """Plan file to run exactly; refused when its inputs have drifted."""
    plan_id: str | None = None
    """Id of the plan that was shown, 12 digits at least; another plan is not run."""
    idempotency_key: str | None = None
    """Free word: the same word in the same project is the same run, whatever became of it."""
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
    visible: bool = False
    """Open a window in which the workers can be watched: a pane of tmux, or the system's terminal."""


class PlanDiffRequest(Value):
    """Tell in words how two plans differ."""

    before: str
    """Plan file, or a run."""
    after: str
    """Plan file, or a run."""
