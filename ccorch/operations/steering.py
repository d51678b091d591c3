"""The verbs that steer runs: pause, resume, retry, send, answer."""

from pathlib import Path

from ccorch.errors import ArgumentInvalid, RunStateConflict
from ccorch.operations import which
from ccorch.operations.drifting import anew
from ccorch.operations.house import House
from ccorch.schema.base import Many, Value
from ccorch.schema.event import Answered
from ccorch.schema.ids import short_id
from ccorch.schema.plan import Plan
from ccorch.schema.run import OVER, Told
from ccorch.schema.steering import AnswerRequest, PauseRequest, ResumeRequest, RetryRequest, SendRequest
from ccorch.schema.summary import RunSummary


class PauseReply(Value):
    """A run that was asked to pause."""

    run_id: str
    """Id of the run."""
    asked: bool
    """Whether this call asked for it; false when it is paused already."""


class ResumeReply(Value):
    """A run that was asked to go on."""

    run_id: str
    """Id of the run."""
    asked: bool
    """Whether this call asked for it; false when it is not paused."""
    drift: Many[str] = ()
    """What is not as it was when the run was planned, where it was over; it goes on as planned."""


class RetryReply(Value):
    """Work that is done again."""

    run_id: str
    """Id of the run."""
    nodes: Many[str]
    """Nodes and gates that are set back: the one named and everything after it that had begun."""
    waits: bool
    """Whether the run was over and waits for `resume`."""


class AnswerReply(Value):
    """A gate that was answered."""

    run_id: str
    """Id of the run."""
    node: str
    """The gate."""
    choice: str
    """The answer."""


class SendReply(Value):
    """A worker that was told something."""

    run_id: str
    """Id of the run."""
    node: str
    """The node."""
    how: str
    """live: in its running session; resumed: its session goes on in a new attempt."""
    drift: Many[str] = ()
    """What is not as it was when the run was planned; it goes on as planned."""


def pause(house: House, request: PauseRequest) -> PauseReply:
    """Start nothing more of a run; what is at work goes on."""
    run = which.to_change(house, request.run)
    return PauseReply(run_id=run, asked=house.engine.pause(run, house.asker, request.reason))


def resume(house: House, request: ResumeRequest) -> ResumeReply:
    """Go on with a paused run, or with one of which work was set back after its end."""
    run = which.to_change(house, request.run)
    row = house.library.row(run)
    if row.status in OVER:
        said = f"run {run} is over: {row.status}; there is nothing to go on with"
        raise RunStateConflict(said, hint=f"`ccorch retry {short_id(run)} NODE` has work done again", run_id=run)
    launch, drift = None, tuple[str, ...]()
    if row.status == "needs_rerun":
        launch, drift = anew(house, house.library.plan(run), Path(row.project))
    return ResumeReply(run_id=run, asked=house.engine.resume(run, house.asker, launch, drift), drift=drift)


def retry(house: House, request: RetryRequest) -> RetryReply:
    """Have a node and everything after it done again."""
    run = which.to_change(house, request.run)
    nodes = house.engine.retry(run, request.node, house.asker, request.reason)
    return RetryReply(run_id=run, nodes=nodes, waits=house.library.row(run).status == "needs_rerun")


def answer(house: House, request: AnswerRequest) -> AnswerReply:
    """Answer a gate that waits for somebody."""
    run = which.to_change(house, request.run)
    gate = next((gate for gate in house.library.summary(run).gates if gate.id == request.node), None)
    answered = Answered(
        node=request.node,
        attempt=gate.attempt if gate else 0,
        choice=request.choice,
        by=house.by,
        who=house.who,
        reason=request.reason,
    )
    house.engine.answer(run, answered)
    return AnswerReply(run_id=run, node=request.node, choice=request.choice)


def send(house: House, request: SendRequest) -> SendReply:
    """Tell a worker something, live or by going on with its session."""
    run = which.to_change(house, request.run)
    plan, summary, row = house.library.plan(run), house.library.summary(run), house.library.row(run)
    node = request.node or _only_one(plan, summary)
    launch, drift = None, tuple[str, ...]()
    if row.status in (*OVER, "needs_rerun"):
        launch, drift = anew(house, plan, Path(row.project))
    told = Told(
        node=node,
        text=request.text,
        by=house.by,
        who=house.who,
        interrupts=request.interrupt,
        drift=drift,
        profile=request.profile,
    )
    return SendReply(run_id=run, node=node, how=house.engine.send(run, told, launch), drift=told.drift)


def _only_one(plan: Plan, summary: RunSummary) -> str:
    """The node that is meant when none is named."""
    at_work = [node.id for node in summary.nodes if node.status == "running"]
    known = at_work or [node.id for node in plan.nodes]
    if len(known) == 1:
        return known[0]
    raise ArgumentInvalid(
        f"{len(known)} nodes may be meant: {', '.join(known[:20])}", hint="name one with --node NODE"
    )
