"""The verb that steers a run by one of seven actions, for clients with one tool for all of them."""

import re
from typing import Any

from ccorch.errors import ArgumentInvalid, CeilingExceeded
from ccorch.operations import notes, steering, waiting, which
from ccorch.operations.house import House
from ccorch.schema.base import Many, Value
from ccorch.schema.ids import NODE_ID
from ccorch.schema.run import RunStatus
from ccorch.schema.steering import (
    Action,
    AnswerRequest,
    ControlRequest,
    NoteRequest,
    PauseRequest,
    ResumeRequest,
    RetryRequest,
    SendRequest,
    StopRequest,
)

LONGEST_TEXT = 20_000
"""Characters of words, choices and reasons."""

_RUN = re.compile(r"[0-9a-f]{4,16}")
_NODE = re.compile(NODE_ID)
_NEEDS = {"retry": ("node",), "answer": ("node", "text"), "send": ("text",)}
_TAKES = {"retry": ("node", "text"), "answer": ("node", "text"), "send": ("node", "text"), "resume": ()}
_WORKS: tuple[Action, ...] = ("resume", "retry", "send", "answer")
"""What has workers do something."""


class ControlReply(Value):
    """A run that was steered."""

    run_id: str
    """Id of the run."""
    action: Action
    """What was asked."""
    status: RunStatus
    """Where the run stands now; what was asked may take effect later."""
    asked: bool = True
    """Whether this call asked for it; false when it was so already."""
    nodes: Many[str] = ()
    """Nodes and gates that it was about."""
    how: str | None = None
    """Of send: live, or resumed, where the session goes on in a new attempt."""
    waits: bool = False
    """Whether the run was over and waits for resume."""
    drift: Many[str] = ()
    """What is not as it was when the run was planned."""
    noted: bool = False
    """Whether words, or what the caller has spent, were written down."""


def control(house: House, request: ControlRequest) -> ControlReply:
    """Do one action, then write down what the caller reports to have spent."""
    _check(request)
    run = which.to_change(house, request.run)
    _check_may_work(house, run, request.action)
    note = NoteRequest(
        run=run,
        text=request.text if request.action == "note" else "",
        controller_tokens=request.controller_tokens,
        controller_usd=request.controller_usd,
        controller_model=request.controller_model,
    )
    spent = (request.controller_tokens, request.controller_usd, request.controller_model)
    is_noted = request.action == "note" or any(told is not None for told in spent)
    if is_noted:
        notes.check(note)
    told = _done(house, run, request)
    if is_noted:
        notes.note(house, note)
    status = house.library.row(run).status
    return ControlReply(run_id=run, action=request.action, status=status, noted=is_noted, **told)


def _done(house: House, run: str, request: ControlRequest) -> dict[str, Any]:
    """Do it; what is told of it."""
    node, text = request.node or "", request.text
    match request.action:
        case "stop":
            return {"asked": waiting.stop(house, StopRequest(run=run, reason=text)).asked}
        case "pause":
            return {"asked": steering.pause(house, PauseRequest(run=run, reason=text)).asked}
        case "resume":
            resumed = steering.resume(house, ResumeRequest(run=run))
            return {"asked": resumed.asked, "drift": resumed.drift}
        case "retry":
            set_back = steering.retry(house, RetryRequest(run=run, node=node, reason=text))
            return {"nodes": set_back.nodes, "waits": set_back.waits}
        case "answer":
            return {"nodes": (steering.answer(house, AnswerRequest(run=run, node=node, choice=text)).node,)}
        case "send":
            sent = steering.send(house, SendRequest(run=run, node=request.node, text=text))
            return {"nodes": (sent.node,), "how": sent.how, "drift": sent.drift}
    return {}


def _check(request: ControlRequest) -> None:
    """Raise ArgumentInvalid for what names no run or node, is too long, is missing or would not be heard."""
    if not _RUN.fullmatch(request.run):
        raise ArgumentInvalid(f"run {request.run[:100]!r} is no run id", hint="give the run_id of run_submit")
    if request.node is not None and not _NODE.fullmatch(request.node):
        raise ArgumentInvalid(f"node {request.node[:100]!r} is no node's id", hint="run_get names the run's nodes")
    if "\0" in request.text or len(request.text) > LONGEST_TEXT:
        said = f"text has {len(request.text)} characters; at most {LONGEST_TEXT}, and no NUL"
        raise ArgumentInvalid(said, hint="say it shorter, or name a file of the project")
    given = [name for name in ("node", "text") if getattr(request, name)]
    if missing := [name for name in _NEEDS.get(request.action, ()) if name not in given]:
        said = f"{request.action} needs {' and '.join(missing)}"
        raise ArgumentInvalid(said, hint="node names a node or gate; text is what is said, or the gate's choice")
    if extra := [name for name in given if name not in _TAKES.get(request.action, ("text",))]:
        raise ArgumentInvalid(f"{request.action} takes no {' and no '.join(extra)}", hint="leave it out")


def _check_may_work(house: House, run: str, action: Action) -> None:
    """Raise CeilingExceeded where a client that may not have files written would have writers work."""
    if house.by != "mcp" or action not in _WORKS or house.ceiling().write_from_mcp:
        return
    if writers := [node.id for node in house.library.plan(run).nodes if node.writes]:
        raise CeilingExceeded(
            f"{action} would have writers work: {', '.join(writers[:10])} (ceiling write_from_mcp)",
            hint="stop, pause and note are open; the owner allows the rest by write_from_mcp: true in ceiling.yaml",
        )
