"""Which reply is shown how; a reply without a form of its own is shown as a tree."""

from collections.abc import Callable, Iterator
from typing import Any

from ccorch.frontends.cli import (
    bench,
    health,
    inspecting,
    judged,
    judging,
    knowledge,
    plans,
    profiles,
    results,
    routing,
    steering,
    usage,
)
from ccorch.frontends.cli.feed import Feed
from ccorch.frontends.cli.screen import Screen
from ccorch.frontends.cli.yaml_text import yaml_text
from ccorch.rules.plain import line
from ccorch.schema.base import Value

Form = Callable[[Any, Screen], Iterator[str]]


def rendered(reply: Value, screen: Screen) -> Iterator[str]:
    """The lines of a reply."""
    form = FORMS.get(type(reply).__name__)
    yield from form(reply, screen) if form else yaml_text(reply.model_dump(mode="json"))


def _accepted(reply: Any, screen: Screen) -> Iterator[str]:
    yield from plans.plan(reply.plan, screen)
    yield ""
    yield screen.styled(f"run {reply.run_id}", "bold")
    yield f"artifacts: {line(reply.folder)}"


def _log(reply: Any, screen: Screen) -> Iterator[str]:
    feed = Feed(screen)
    for event in reply.events:
        yield from feed.lines(event)


def _news(reply: Any, screen: Screen) -> Iterator[str]:
    for trouble in reply.trouble:
        yield screen.styled(line(trouble), "red")
    late = "; the time to wait is over, nothing is wrong" if reply.timed_out else ""
    yield f"run {reply.run_id} {reply.status}{late} (cursor {reply.cursor})"


def _stopped(reply: Any, screen: Screen) -> Iterator[str]:
    said = "was asked to stop" if reply.asked else "was being stopped already"
    yield f"run {reply.run_id} {said}; `ccorch wait {reply.run_id}` waits for its end"


def _told(reply: Any, screen: Screen) -> Iterator[str]:
    if reply.out is not None:
        yield f"written to {line(reply.out)}"
    else:
        yield from reply.markdown.splitlines()


FORMS: dict[str, Form] = {
    "PlanReply": plans.plan,
    "RunReply": _accepted,
    "DiffReply": plans.difference,
    "ListReply": results.listing,
    "ShowReply": results.run,
    "CostReply": results.cost,
    "ConfigReply": knowledge.of_run,
    "LogReply": _log,
    "WaitReply": _news,
    "StopReply": _stopped,
    "PauseReply": steering.paused,
    "ResumeReply": steering.resumed,
    "RetryReply": steering.retried,
    "AnswerReply": steering.answered,
    "SendReply": steering.sent,
    "NoteReply": steering.noted,
    "QueueReply": steering.queue,
    "MoveReply": steering.moved,
    "UsageReply": usage.shown,
    "DecisionReply": judging.decided,
    "VerifyReply": judging.verified,
    "ProfilesReply": profiles.listing,
    "ProfileReply": profiles.profile,
    "ProfileCheckReply": profiles.verdict,
    "BenchReply": bench.shown,
    "RoutesReply": routing.routes,
    "ModelsReply": routing.models,
    "CalibrateReply": routing.calibrated,
    "DifferencesReply": inspecting.differences,
    "ScanReply": inspecting.scanned,
    "PageReply": inspecting.page,
    "Catalog": knowledge.catalog,
    "ConfigListReply": knowledge.options,
    "Explanation": knowledge.explanation,
    "ConfigShowReply": knowledge.composed,
    "ConfigCheckReply": knowledge.checked,
    "ConfigCopyReply": knowledge.copied,
    "ReportReply": _told,
    "TemplateReply": judged.template,
    "HandoffReply": judged.judged,
    "MendReply": judged.mended,
    "DoctorReply": health.told,
    "InitReply": knowledge.prepared,
}
"""Form by the name of the reply: importing replies would import every verb."""
