"""The one table of verbs: the command line, MCP and the reference pages are made from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from ccorch.operations.house import House
    from ccorch.schema.base import Value

Group = Literal["plan and run", "follow", "steer", "judge", "know", "keep"]


@dataclass(frozen=True)
class Verb:
    """One thing that a caller can ask for."""

    name: str
    """Words on the command line."""
    group: Group
    asks: str
    """Where its request stands in the schema room, as module:class; imported when used."""
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
    toolset: Literal["core", "ops"] = "core"
    """The set that its tool belongs to."""

    @property
    def request(self) -> type[Value]:
        """What a caller asks with."""
        found: type[Value] = _imported(f"ccorch.schema.{self.asks}")
        return found

    @property
    def summary(self) -> str:
        """What it does, in a sentence."""
        return " ".join((self.request.__doc__ or "").split())

    def do(self, house: House, request: Any) -> Any:
        """Do it; raises the errors of `ccorch.errors`."""
        found: Callable[[House, Any], Any] = _imported(self.does)
        return found(house, request)


def _imported(place: str) -> Any:
    module, name = place.split(":")
    return getattr(import_module(module), name)


_VERBS = (
    Verb("run", "plan and run", "planning:RunRequest", "ccorch.operations.plans:run", ("overrides",), "run_submit"),
    Verb(
        "plan", "plan and run", "planning:PlanRequest", "ccorch.operations.plans:plan", ("overrides",), "plan", True
    ),
    Verb(
        "plan diff",
        "plan and run",
        "planning:PlanDiffRequest",
        "ccorch.operations.plans:diff",
        ("before", "after"),
        None,
        True,
    ),
    Verb("list", "follow", "following:ListRequest", "ccorch.operations.listing:list_runs", (), "run_list", True),
    Verb("show", "follow", "following:ShowRequest", "ccorch.operations.runs:show", ("run",), "run_get", True),
    Verb(
        "wait",
        "follow",
        "following:WaitRequest",
        "ccorch.operations.waiting:wait",
        ("run", "runs"),
        "run_wait",
        True,
    ),
    Verb(
        "status",
        "follow",
        "following:StatusRequest",
        "ccorch.operations.overview:overview",
        (),
        None,
        True,
    ),
    Verb("playbook", "know", "knowing:PlaybookRequest", "ccorch.operations.playbook:playbook", (), None, True),
    Verb("top", "follow", "following:TopRequest", "ccorch.operations.watching:top", ("match",), None, True),
    Verb(
        "artifact ls",
        "follow",
        "artifacts:ArtifactListRequest",
        "ccorch.operations.artifacts:list_artifacts",
        ("run",),
        "artifact_list",
        True,
    ),
    Verb(
        "artifact read",
        "follow",
        "artifacts:ArtifactReadRequest",
        "ccorch.operations.artifacts:read_artifact",
        ("run", "path"),
        "artifact_read",
        True,
    ),
    Verb("board", "follow", "following:BoardRequest", "", ("run",)),
    Verb("stop", "steer", "steering:StopRequest", "ccorch.operations.waiting:stop", ("run",)),
    Verb("pause", "steer", "steering:PauseRequest", "ccorch.operations.steering:pause", ("run",)),
    Verb("resume", "steer", "steering:ResumeRequest", "ccorch.operations.steering:resume", ("run",)),
    Verb("retry", "steer", "steering:RetryRequest", "ccorch.operations.steering:retry", ("run", "node")),
    Verb(
        "answer", "steer", "steering:AnswerRequest", "ccorch.operations.steering:answer", ("run", "node", "choice")
    ),
    Verb("note", "steer", "steering:NoteRequest", "ccorch.operations.notes:note", ("run", "text")),
    Verb("send", "steer", "steering:SendRequest", "ccorch.operations.steering:send", ("run", "text")),
    Verb(
        "control",
        "steer",
        "steering:ControlRequest",
        "ccorch.operations.controlling:control",
        ("run", "action"),
        "run_control",
        weighty=True,
    ),
    Verb("verify", "judge", "judging:VerifyRequest", "ccorch.operations.verifying:verify", ("run",), "run_verify"),
    Verb("accept", "judge", "judging:AcceptRequest", "ccorch.operations.accepting:accept", ("run",)),
    Verb("reject", "judge", "judging:RejectRequest", "ccorch.operations.accepting:reject", ("run",)),
    Verb("rollback", "judge", "judging:RollbackRequest", "ccorch.operations.accepting:rollback", ("run",)),
    Verb("diff", "judge", "judging:DiffRequest", "ccorch.operations.inspecting:diff", ("run",), None, True),
    Verb("review", "judge", "judging:ReviewRequest", "ccorch.operations.advising:review", ("action",)),
    Verb("models score", "know", "judging:ScoreRequest", "ccorch.operations.advising:rate", ("run",)),
    Verb("scan", "judge", "judging:ScanRequest", "ccorch.operations.inspecting:scan", ("target",), None, True),
    Verb(
        "decide",
        "judge",
        "judging:DecideRequest",
        "ccorch.operations.accepting:decide",
        ("run", "decision"),
        "run_decide",
        weighty=True,
    ),
    Verb("queue ls", "follow", "following:QueueRequest", "ccorch.operations.queue:queue", (), None, True),
    Verb("queue move", "steer", "steering:MoveRequest", "ccorch.operations.queue:move", ("run", "priority")),
    Verb(
        "profiles",
        "know",
        "measuring:ProfilesRequest",
        "ccorch.operations.profiles:list_profiles",
        ("overrides",),
        None,
        True,
    ),
    Verb(
        "profiles show",
        "know",
        "measuring:ProfileShowRequest",
        "ccorch.operations.profiles:show_profile",
        ("name",),
        None,
        True,
    ),
    Verb(
        "profiles check",
        "know",
        "measuring:ProfileCheckRequest",
        "ccorch.operations.profile_check:check",
        ("name", "overrides"),
    ),
    Verb(
        "routes", "know", "measuring:RoutesRequest", "ccorch.operations.routes:routes", ("overrides",), None, True
    ),
    Verb(
        "models", "know", "measuring:ModelsRequest", "ccorch.operations.models:models", ("overrides",), None, True
    ),
    Verb("models bench", "know", "measuring:BenchRequest", "ccorch.operations.benchmark:bench", ("overrides",)),
    Verb(
        "models calibrate",
        "know",
        "measuring:CalibrateRequest",
        "ccorch.operations.models:calibrate",
        ("overrides",),
    ),
    Verb("usage", "know", "usage:UsageRequest", "ccorch.operations.usage:usage", (), None, True),
    Verb("report", "know", "telling:ReportRequest", "ccorch.operations.reports:tell", ("run",)),
    Verb(
        "handoff template",
        "know",
        "telling:HandoffTemplateRequest",
        "ccorch.operations.handoffs:template",
        ("role",),
        None,
        True,
    ),
    Verb(
        "handoff show",
        "know",
        "telling:HandoffShowRequest",
        "ccorch.operations.handoffs:show",
        ("run", "node"),
        None,
        True,
    ),
    Verb(
        "handoff validate",
        "know",
        "telling:HandoffValidateRequest",
        "ccorch.operations.handoffs:validate",
        ("run", "node"),
        None,
        True,
    ),
    Verb(
        "handoff repair",
        "steer",
        "telling:HandoffRepairRequest",
        "ccorch.operations.handoffs:repair",
        ("run", "node"),
    ),
    Verb(
        "catalog",
        "know",
        "knowing:CatalogRequest",
        "ccorch.operations.catalog:catalog",
        ("path",),
        "catalog",
        True,
    ),
    Verb(
        "explain",
        "know",
        "knowing:ExplainRequest",
        "ccorch.operations.catalog:explain",
        ("key", "overrides"),
        None,
        True,
    ),
    Verb(
        "config ls",
        "know",
        "knowing:ConfigListRequest",
        "ccorch.operations.catalog:config_list",
        ("group",),
        None,
        True,
    ),
    Verb(
        "config show",
        "know",
        "knowing:ConfigShowRequest",
        "ccorch.operations.catalog:config_show",
        ("option", "overrides"),
        None,
        True,
    ),
    Verb(
        "config check",
        "know",
        "knowing:ConfigCheckRequest",
        "ccorch.operations.catalog:config_check",
        (),
        None,
        True,
    ),
    Verb(
        "config cp",
        "know",
        "knowing:ConfigCopyRequest",
        "ccorch.operations.catalog:config_copy",
        ("option", "name"),
    ),
    Verb("prompt ls", "know", "knowing:PromptListRequest", "ccorch.operations.prompts:listing", (), None, True),
    Verb(
        "prompt show", "know", "knowing:PromptShowRequest", "ccorch.operations.prompts:show", ("name",), None, True
    ),
    Verb(
        "prompt render",
        "know",
        "knowing:PromptRenderRequest",
        "ccorch.operations.prompts:render",
        ("name", "values"),
        None,
        True,
    ),
    Verb("persona show", "keep", "keeping:PersonaShowRequest", "ccorch.operations.persona:show", (), None, True),
    Verb("persona write", "keep", "keeping:PersonaWriteRequest", "ccorch.operations.persona:write", ("files",)),
    Verb("init", "keep", "keeping:InitRequest", "ccorch.operations.upkeep:init"),
    Verb("doctor", "keep", "keeping:DoctorRequest", "ccorch.operations.doctor:doctor"),
    Verb(
        "workspace status",
        "keep",
        "keeping:WorkspaceStatusRequest",
        "ccorch.operations.workspace:status",
        (),
        None,
        True,
    ),
    Verb("workspace clean", "keep", "keeping:WorkspaceCleanRequest", "ccorch.operations.workspace:clean"),
    Verb(
        "workspace archive",
        "keep",
        "keeping:WorkspaceArchiveRequest",
        "ccorch.operations.workspace:archive",
        ("runs",),
    ),
    Verb(
        "workspace restore",
        "keep",
        "keeping:WorkspaceRestoreRequest",
        "ccorch.operations.workspace:restore",
        ("archive", "runs"),
    ),
    Verb(
        "workspace policy",
        "keep",
        "keeping:WorkspacePolicyRequest",
        "ccorch.operations.workspace:policy",
        ("paths",),
        None,
        True,
    ),
    Verb(
        "upgrade-check",
        "keep",
        "keeping:UpgradeCheckRequest",
        "ccorch.operations.upgrading:check",
        (),
        None,
        True,
    ),
    Verb("serve", "keep", "keeping:ServeRequest", ""),
    Verb("mcp serve", "keep", "keeping:McpServeRequest", ""),
    Verb("mcp install", "keep", "keeping:McpInstallRequest", "ccorch.operations.installing:install"),
    Verb("mcp warm", "keep", "keeping:McpWarmRequest", "ccorch.operations.installing:warm"),
)

OPS = {
    "diff": "run_diff",
    "scan": "run_scan",
    "review": "review",
    "models score": "run_score",
    "status": "status",
    "playbook": "playbook",
    "queue move": "queue_move",
    "profiles": "profiles",
    "profiles show": "profile_show",
    "routes": "routes",
    "models": "models",
    "usage": "usage",
    "report": "report",
    "handoff template": "handoff_template",
    "handoff show": "handoff_show",
    "handoff validate": "handoff_validate",
    "handoff repair": "handoff_repair",
    "explain": "explain",
    "config check": "config_check",
    "prompt ls": "prompt_list",
    "prompt show": "prompt_show",
    "prompt render": "prompt_render",
    "persona show": "persona_show",
    "doctor": "doctor",
    "workspace status": "workspace_status",
    "workspace clean": "workspace_clean",
    "workspace policy": "workspace_policy",
}
"""Tools that the owner may add, by the verb that they call."""

VERBS = tuple(replace(verb, tool=OPS[verb.name], toolset="ops") if verb.name in OPS else verb for verb in _VERBS)
BY_NAME = {verb.name: verb for verb in VERBS}
BY_TOOL = {verb.tool: verb for verb in VERBS if verb.tool}
