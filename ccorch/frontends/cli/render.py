"""Which reply is shown how; a reply without a form of its own is shown as a tree."""

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

from ccorch.frontends.cli.screen import Screen
from ccorch.schema.base import Value

Form = Callable[[Any, Screen], Iterator[str]]


def rendered(reply: Value, screen: Screen) -> Iterator[str]:
    """The lines of a reply."""
    place = FORMS.get(type(reply).__name__)
    if place is None:
        from ccorch.frontends.cli.yaml_text import yaml_text

        yield from yaml_text(reply.model_dump(mode="json"))
        return
    module, name = place.split(":")
    form: Form = getattr(import_module(f"ccorch.frontends.cli.{module}"), name)
    yield from form(reply, screen)


FORMS: dict[str, str] = {
    "PlanReply": "plans:plan",
    "RunReply": "outcomes:accepted",
    "DiffReply": "plans:difference",
    "ListReply": "results:listing",
    "ShowReply": "results:run",
    "CostReply": "results:cost",
    "ConfigReply": "knowledge:of_run",
    "LogReply": "outcomes:log",
    "WaitReply": "outcomes:news",
    "ArtifactListReply": "artifacts:listing",
    "ArtifactReadReply": "artifacts:text",
    "Digest": "outcomes:digest",
    "TimelineReply": "outcomes:timeline",
    "Overview": "outcomes:overview",
    "CheckpointsReply": "outcomes:checkpoints",
    "PlaybookReply": "outcomes:playbook",
    "StopReply": "outcomes:stopped",
    "PauseReply": "steering:paused",
    "ResumeReply": "steering:resumed",
    "RetryReply": "steering:retried",
    "AnswerReply": "steering:answered",
    "SendReply": "steering:sent",
    "NoteReply": "steering:noted",
    "QueueReply": "steering:queue",
    "MoveReply": "steering:moved",
    "UsageReply": "usage:shown",
    "DecisionReply": "judging:decided",
    "VerifyReply": "judging:verified",
    "ReviewReply": "judging:advised",
    "VerdictsReply": "judging:verdicts",
    "ProfilesReply": "profiles:listing",
    "ProfileReply": "profiles:profile",
    "ProfileCheckReply": "profiles:verdict",
    "BenchReply": "bench:shown",
    "RoutesReply": "routing:routes",
    "ModelsReply": "routing:models",
    "CalibrateReply": "routing:calibrated",
    "DifferencesReply": "inspecting:differences",
    "ScanReply": "inspecting:scanned",
    "PageReply": "inspecting:page",
    "Catalog": "knowledge:catalog",
    "ConfigListReply": "knowledge:options",
    "Explanation": "knowledge:explanation",
    "ConfigShowReply": "knowledge:composed",
    "ConfigCheckReply": "knowledge:checked",
    "ConfigCopyReply": "knowledge:copied",
    "ReportReply": "outcomes:told",
    "TemplateReply": "judged:template",
    "HandoffReply": "judged:judged",
    "MendReply": "judged:mended",
    "PromptsReply": "prompts:listing",
    "PromptReply": "prompts:shown",
    "RenderedReply": "prompts:rendered",
    "PersonaReply": "persona:shown",
    "PersonaWrittenReply": "persona:written",
    "UpgradeReply": "health:compared",
    "DoctorReply": "health:told",
    "WorkspaceReply": "workspace:status",
    "UpkeepReply": "workspace:upkeep",
    "RestoreReply": "workspace:restored",
    "PolicyReply": "workspace:policy",
    "InitReply": "knowledge:prepared",
    "McpInstallReply": "clients:installed",
    "McpWarmReply": "clients:warmed",
}
"""Form by the name of the reply, as module:function; a command imports the one it shows and no other verb."""
