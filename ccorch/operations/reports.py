"""The verb that writes reports: a run's story, or many runs side by side; it reads only."""

from collections.abc import Iterator, Sequence

from ccorch.errors import ArgumentInvalid, EvidenceForged, RunCorrupt
from ccorch.operations import which
from ccorch.operations.answers import answer, changed
from ccorch.operations.decisions import taken
from ccorch.operations.house import House
from ccorch.operations.listing import STILL, status_of
from ccorch.operations.standing import VERDICT, changed_files, standing
from ccorch.operations.usage import days
from ccorch.operations.whole_file import put
from ccorch.ports.watching import Snapshot
from ccorch.rules.next_step import next_step
from ccorch.schema.base import Value
from ccorch.schema.decision import Decision
from ccorch.schema.plan import Plan
from ccorch.schema.status import OVER
from ccorch.schema.summary import RunSummary
from ccorch.schema.team import TeamView
from ccorch.schema.telling import ReportRequest
from ccorch.schema.verdict import Verdict
from ccorch.views.accounts import Account, accounts
from ccorch.views.document import Part, markdown
from ccorch.views.page import page
from ccorch.views.report import Story, Work, report
from ccorch.views.team import team

TEAMS = ("team", "review_team", "cross_review", "vote")
"""Workflows in which several workers look at the same."""

MOST_TEAMS = 10
"""Most runs whose handoffs are laid side by side."""

MANY = ("workflow", "team", "label", "since", "until", "here", "active")
"""Fields that ask for many runs."""


class ReportReply(Value):
    """A report."""

    run_id: str | None
    """Id of the run; null for many."""
    runs: int = 1
    """How many runs it is about."""
    markdown: str
    """The report, as Markdown; empty where HTML was asked for."""
    html: str = ""
    """The report, as a page; empty where Markdown was asked for."""
    out: str | None = None
    """File that it was written to."""
    note: str | None = None
    """Set when no run was named and this one belongs to another project."""


def tell(house: House, request: ReportRequest) -> ReportReply:
    """A report, printed or written to a file."""
    asks_many = any(getattr(request, name) for name in MANY)
    if request.preset == "story" and asks_many:
        raise ArgumentInvalid("a story is of one run", hint="name the run alone, or leave --preset away")
    if request.run is not None and asks_many:
        raise ArgumentInvalid("a run was named, and many were asked for", hint="leave one of both away")
    if asks_many or request.preset in ("runs", "pressure"):
        fitting, unsaid = _fitting(house, request)
        found = tuple(_accounts(house, request, fitting))
        title = "Pressure on whoever steers" if request.preset == "pressure" else _title(request)
        due = request.preset == "pressure"
        parts = accounts(title, found, house.clock.now(), request.limit, due, unsaid)
        return _given(request, parts, ReportReply(run_id=request.run, runs=len(found), markdown=""))
    run, note = which.to_read(house, request.run)
    return _given(request, report(_story(house, run)), ReportReply(run_id=run, markdown="", note=note))


def _title(request: ReportRequest) -> str:
    asked = {name: getattr(request, name) for name in MANY}
    said = (name if value is True else f"{name} {value}" for name, value in asked.items() if value)
    return "Runs: " + (", ".join(said) or "all")


def _given(request: ReportRequest, parts: Sequence[Part], reply: ReportReply) -> ReportReply:
    by_name = "html" if (request.out or "").endswith((".html", ".htm")) else "md"
    kind = request.format or by_name
    text = page(parts) if kind == "html" else markdown(parts)
    if request.out is not None:
        put(request.out, text, "report")
    return reply.model_copy(update={"html" if kind == "html" else "markdown": text, "out": request.out})


def _fitting(house: House, request: ReportRequest) -> tuple[list[Snapshot], int]:
    """Runs that were asked for, newest first, and how many more may be, for they do not say their workflow."""
    here = str(which.checked_project(house.project))
    since, until = days(house, request.since, request.until)
    only = None if request.run is None else which.to_read(house, request.run)[0]
    found, unsaid = list[Snapshot](), 0
    for one in house.library.snapshots().values():
        row = one.row
        day = house.usage.day_of(row.submitted_at) if since or until else ""
        fits = (
            only in (None, row.run_id)
            and request.label in (None, row.label)
            and (row.project == here or not (request.here or house.by == "mcp"))
            and (not since or since <= day)
            and (not until or day <= until)
            and (not request.active or row.status not in OVER)
        )
        if fits and request.workflow in (None, row.workflow) and (not request.team or row.workflow in TEAMS):
            found.append(one)
        elif fits and not row.workflow:
            unsaid += 1
    return sorted(found, key=lambda one: (-one.row.submitted_at, one.row.run_id)), unsaid


def _accounts(house: House, request: ReportRequest, fitting: Sequence[Snapshot]) -> Iterator[Account]:
    alive = house.engine.is_alive()
    for told, one in enumerate(fitting, 1):
        with_team = request.team and told <= MOST_TEAMS
        # verdict and decision lie in sealed files of their own: they are read for what is told one by one
        yield _account(house, one, alive, with_team, one.row.status not in OVER or told <= request.limit)


def _account(house: House, one: Snapshot, alive: bool, with_team: bool, is_told: bool) -> Account:
    row = one.row
    status = row.status if row.status in STILL else status_of(row, alive)
    at = standing(house, row.run_id, status, one.summary) if is_told else None
    return Account(
        run=row.run_id,
        status=status,
        project=row.project,
        workflow=row.workflow,
        task=row.task,
        summary=one.summary,
        bytes=one.offset,
        step=next_step(at) if at else None,
        verdict=at.verdict if at else None,
        decisions=_decisions(house, row.run_id) if at and at.decision else (),
        team=_team(house, row.run_id, one.summary) if with_team else None,
        changed=_changed(house, row.run_id, one.summary, at.writes) if at and status in OVER else None,
        artifacts=house.library.kept(row.run_id) if at and status in OVER else None,
    )


def _changed(house: House, run: str, summary: RunSummary, writes: bool) -> int:
    attempts = [(node.id, node.attempt) for node in summary.nodes if node.attempt]
    return len(changed_files(house, run, attempts)) if writes else 0


def _decisions(house: House, run: str) -> tuple[Decision, ...]:
    """What was decided; decisions that are not as ccorch wrote them are none."""
    try:
        return taken(house, run).taken
    except (RunCorrupt, EvidenceForged):
        return ()


def _team(house: House, run: str, summary: RunSummary) -> TeamView | None:
    plan = house.library.plan(run)
    handoffs = _handoffs(house, run, summary)
    return team(plan, handoffs) if any(handoffs.values()) else None


def _handoffs(house: House, run: str, summary: RunSummary) -> dict[str, object]:
    passed = (node for node in summary.nodes if node.status == "passed")
    return {node.id: answer(house, run, node.id, node.attempt).handoff for node in passed}


def _works(house: House, run: str) -> Iterator[Work]:
    """What writers left behind; a change that is not as ccorch wrote it is none, and `verify` tells of it."""
    for node in house.library.summary(run).nodes:
        try:
            one = changed(house, run, node.id, node.attempt) if node.attempt else None
        except EvidenceForged:
            continue
        if one is not None:
            yield Work(node.id, one.files, one.left)


def _story(house: House, run: str) -> Story:
    plan: Plan = house.library.plan(run)
    handoffs = _handoffs(house, run, house.library.summary(run))
    given = {node: handoff for node, handoff in handoffs.items() if handoff is not None}
    verdict = house.library.read(run, VERDICT)
    now = status_of(house.library.row(run), house.engine.is_alive())
    return Story(
        run=run,
        status=now,
        project=house.library.row(run).project,
        plan=plan,
        events=tuple(house.library.events(run)),
        handoffs=given,
        verdict=Verdict.model_validate_json(verdict) if verdict else None,
        team=team(plan, handoffs) if given else None,
        decisions=_decisions(house, run),
        works=tuple(_works(house, run)),
        artifacts=house.library.kept(run) if now in OVER else None,
    )
