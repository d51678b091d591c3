"""The one table of verbs: the command line, MCP and the reference pages are made from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from ccorch.schema import judging, telling, verbs
from ccorch.schema.base import Value
from ccorch.schema.usage import UsageRequest

if TYPE_CHECKING:
    from ccorch.operations.house import House

Group = Literal["plan and run", "follow", "steer", "judge", "know", "keep"]


@dataclass(frozen=True)
class Verb:
    """One thing that a caller can ask for."""

    name: str
    """Words on the command line."""
    group: Group
    request: type[Value]
    does: str
    """Where the function stands, as module:function; imported when used. Empty for what a door does itself."""
    positional: tuple[str, ...] = ()
    """Fields that may be given without a flag, in this order."""
    tool: str | None = None
    """Name of the MCP tool; none is not offered there."""
    reads: bool = False
    """Whether it changes nothing at all."""
    weighty: bool = False
    """Whether it changes what the project is, so that a client should ask its user first."""

    @property
    def summary(self) -> str:
        """What it does, in a sentence."""
        return " ".join((self.request.__doc__ or "").split())

    def do(self, house: House, request: Any) -> Any:
        """Do it; raises the errors of `ccorch.errors`."""
        module, function = self.does.split(":")
        found: Callable[[House, Any], Any] = getattr(import_module(module), function)
        return found(house, request)


VERBS = (
    Verb("run", "plan and run", verbs.RunRequest, "ccorch.operations.plans:run", ("overrides",), "run_submit"),
    Verb("plan", "plan and run", verbs.PlanRequest, "ccorch.operations.plans:plan", ("overrides",), "plan", True),
    Verb(
        "plan diff",
        "plan and run",
        verbs.PlanDiffRequest,
        "ccorch.operations.plans:diff",
        ("before", "after"),
        None,
        True,
    ),
    Verb("list", "follow", verbs.ListRequest, "ccorch.operations.runs:list_runs", (), None, True),
    Verb("show", "follow", verbs.ShowRequest, "ccorch.operations.runs:show", ("run",), "run_get", True),
    Verb("wait", "follow", verbs.WaitRequest, "ccorch.operations.runs:wait", ("run",), "run_wait", True),
    Verb("stop", "steer", verbs.StopRequest, "ccorch.operations.runs:stop", ("run",)),
    Verb("pause", "steer", verbs.PauseRequest, "ccorch.operations.steering:pause", ("run",)),
    Verb("resume", "steer", verbs.ResumeRequest, "ccorch.operations.steering:resume", ("run",)),
    Verb("retry", "steer", verbs.RetryRequest, "ccorch.operations.steering:retry", ("run", "node")),
    Verb("answer", "steer", verbs.AnswerRequest, "ccorch.operations.steering:answer", ("run", "node", "choice")),
    Verb("note", "steer", verbs.NoteRequest, "ccorch.operations.notes:note", ("run", "text")),
    Verb("send", "steer", verbs.SendRequest, "ccorch.operations.steering:send", ("run", "text")),
    Verb("verify", "judge", judging.VerifyRequest, "ccorch.operations.verifying:verify", ("run",), "run_verify"),
    Verb("accept", "judge", judging.AcceptRequest, "ccorch.operations.accepting:accept", ("run",)),
    Verb("reject", "judge", judging.RejectRequest, "ccorch.operations.accepting:reject", ("run",)),
    Verb("rollback", "judge", judging.RollbackRequest, "ccorch.operations.accepting:rollback", ("run",)),
    Verb("diff", "judge", judging.DiffRequest, "ccorch.operations.inspecting:diff", ("run",), None, True),
    Verb("review", "judge", judging.ReviewRequest, "ccorch.operations.advising:review", ("action",), None, True),
    Verb("models score", "know", judging.ScoreRequest, "ccorch.operations.advising:rate", ("run",)),
    Verb("scan", "judge", judging.ScanRequest, "ccorch.operations.inspecting:scan", ("target",), None, True),
    Verb(
        "decide",
        "judge",
        judging.DecideRequest,
        "ccorch.operations.accepting:decide",
        ("run", "decision"),
        "run_decide",
        weighty=True,
    ),
    Verb("queue ls", "follow", verbs.QueueRequest, "ccorch.operations.queue:queue", (), None, True),
    Verb("queue move", "steer", verbs.MoveRequest, "ccorch.operations.queue:move", ("run", "priority")),
    Verb(
        "profiles",
        "know",
        verbs.ProfilesRequest,
        "ccorch.operations.profiles:list_profiles",
        ("overrides",),
        None,
        True,
    ),
    Verb(
        "profiles show",
        "know",
        verbs.ProfileShowRequest,
        "ccorch.operations.profiles:show_profile",
        ("name",),
        None,
        True,
    ),
    Verb(
        "profiles check",
        "know",
        verbs.ProfileCheckRequest,
        "ccorch.operations.profile_check:check",
        ("name", "overrides"),
    ),
    Verb("routes", "know", verbs.RoutesRequest, "ccorch.operations.routes:routes", ("overrides",), None, True),
    Verb("models", "know", verbs.ModelsRequest, "ccorch.operations.models:models", ("overrides",), None, True),
    Verb("models bench", "know", verbs.BenchRequest, "ccorch.operations.benchmark:bench", ("overrides",)),
    Verb("models calibrate", "know", verbs.CalibrateRequest, "ccorch.operations.models:calibrate", ("overrides",)),
    Verb("usage", "know", UsageRequest, "ccorch.operations.usage:usage", (), None, True),
    Verb("report", "know", telling.ReportRequest, "ccorch.operations.reports:tell", ("run",)),
    Verb(
        "handoff template",
        "know",
        telling.HandoffTemplateRequest,
        "ccorch.operations.handoffs:template",
        ("role",),
        None,
        True,
    ),
    Verb(
        "handoff show",
        "know",
        telling.HandoffShowRequest,
        "ccorch.operations.handoffs:show",
        ("run", "node"),
        None,
        True,
    ),
    Verb(
        "handoff validate",
        "know",
        telling.HandoffValidateRequest,
        "ccorch.operations.handoffs:validate",
        ("run", "node"),
        None,
        True,
    ),
    Verb(
        "handoff repair",
        "steer",
        telling.HandoffRepairRequest,
        "ccorch.operations.handoffs:repair",
        ("run", "node"),
    ),
    Verb("catalog", "know", verbs.CatalogRequest, "ccorch.operations.catalog:catalog", ("path",), None, True),
    Verb(
        "explain",
        "know",
        verbs.ExplainRequest,
        "ccorch.operations.catalog:explain",
        ("key", "overrides"),
        None,
        True,
    ),
    Verb(
        "config ls",
        "know",
        verbs.ConfigListRequest,
        "ccorch.operations.catalog:config_list",
        ("group",),
        None,
        True,
    ),
    Verb(
        "config show",
        "know",
        verbs.ConfigShowRequest,
        "ccorch.operations.catalog:config_show",
        ("option", "overrides"),
        None,
        True,
    ),
    Verb(
        "config check", "know", verbs.ConfigCheckRequest, "ccorch.operations.catalog:config_check", (), None, True
    ),
    Verb("config cp", "know", verbs.ConfigCopyRequest, "ccorch.operations.catalog:config_copy", ("option", "name")),
    Verb("init", "keep", verbs.InitRequest, "ccorch.operations.upkeep:init"),
    Verb("doctor", "keep", verbs.DoctorRequest, "ccorch.operations.doctor:doctor"),
    Verb("serve", "keep", verbs.ServeRequest, ""),
    Verb("mcp serve", "keep", verbs.McpServeRequest, ""),
)

BY_NAME = {verb.name: verb for verb in VERBS}
BY_TOOL = {verb.tool: verb for verb in VERBS if verb.tool}
