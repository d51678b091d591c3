"""The door for Python programs: the same verbs as functions, with the same replies as values.

A program that calls them has its user's shell, so it counts as a terminal: the owner's ceilings hold, and nothing
asks back. What goes wrong is raised as `ccorch.CcorchError`, with code, message, hint and facts.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from ccorch.errors import ArgumentInvalid

if TYPE_CHECKING:
    from ccorch.operations.house import House
    from ccorch.operations.plans import PlanReply, RunReply
    from ccorch.operations.runs import ShowReply
    from ccorch.operations.verifying import VerifyReply
    from ccorch.operations.waiting import WaitReply
    from ccorch.schema.base import Value

Asked = TypeVar("Asked", bound="Value")

Place = str | os.PathLike[str]

DOORS = ("serve", "mcp serve", "top", "board")
"""Verbs that are doors themselves; a program has no use for them."""


def plan(task: str, *overrides: str, project: Place = ".", multirun: bool = False) -> PlanReply:
    """What would run, and the most that it can cost; nothing is started.

    `overrides` are those of the command line, such as `role=review` or `policy.max_turns=20`.
    """
    from ccorch.operations.plans import plan as planned
    from ccorch.schema.planning import PlanRequest

    request = _asked("plan", PlanRequest, task=task, overrides=overrides, multirun=multirun)
    return planned(_house(project), request)


def submit(
    task: str,
    *overrides: str,
    project: Place = ".",
    multirun: bool = False,
    key: str | None = None,
    yes: bool = False,
) -> RunReply:
    """Plan and start a run, and come back at once; the run goes on when the program ends.

    The same `key` in the same project is the same run, however often it is submitted. Above
    `cost.confirm_above_usd` a run is refused unless `yes` is said.
    """
    from ccorch.operations.plans import run
    from ccorch.schema.planning import RunRequest

    said = {"task": task, "overrides": overrides, "multirun": multirun, "idempotency_key": key, "yes": yes}
    return run(_house(project), _asked("submit", RunRequest, **said))


def wait(
    run: str,
    *,
    timeout: float = 3600.0,
    until: Literal["done", "node", "change", "decision"] = "done",
    project: Place = ".",
) -> WaitReply:
    """Wait until the run is over or needs somebody, or for what is wanted; `timed_out`: the time was over first.

    The reply has the status, and of a run that is over the nodes that did not pass, with their reasons.
    """
    from ccorch.operations.waiting import WaitReply
    from ccorch.operations.waiting import wait as waited
    from ccorch.schema.following import WaitRequest

    house = _house(project)
    request = _asked("wait", WaitRequest, run=run, timeout=timeout, until=until)
    found = house.library.resolve(run, house.project)
    request = request.model_copy(update={"run": found, "cursor": house.library.last_seq(found)})
    reply = waited(house, request)
    assert isinstance(reply, WaitReply), "who gives a number gets events"
    return reply


def show(run: str, *, node: str | None = None, project: Place = ".") -> ShowReply:
    """Everything about a run: its answers and handoffs, nodes, tools, money, changes and findings."""
    from ccorch.operations.runs import ShowReply
    from ccorch.operations.runs import show as shown
    from ccorch.schema.following import ShowRequest

    reply = shown(_house(project), _asked("show", ShowRequest, run=run, node=node))
    assert isinstance(reply, ShowReply), "the summary was asked for"
    return reply


def verify(run: str, *tests: str, project: Place = ".") -> VerifyReply:
    """Judge a run by its evidence, and by these commands on what it made; nothing of it is a worker's claim."""
    from ccorch.operations.verifying import verify as verified
    from ccorch.schema.judging import VerifyRequest

    return verified(_house(project), _asked("verify", VerifyRequest, run=run, test=tests))


def call(verb: str, *, project: Place = ".", **fields: Any) -> Any:
    """Any verb of the command line by its words, such as `call("workspace clean", older_than_days=7.0)`.

    `fields` are those of its request, as docs/reference/commands.md names them with `-` for `_`. The reply is the
    frozen value that `--json` prints; which class it is depends on the verb, so types do not tell. `show` with
    `view="log"` gives a page: while `more` is true, the next call goes on with `cursor=reply.cursor`.
    """
    from ccorch.operations.registry import BY_NAME

    found = BY_NAME.get(verb)
    if found is None or found.name in DOORS or not found.does:
        raise ArgumentInvalid(f"no verb {verb!r} for programs", hint="docs/reference/commands.md lists them")
    return found.do(_house(project), _asked(verb, found.request, **fields))


def _asked(verb: str, request: type[Asked], **fields: Any) -> Asked:
    """The request; a value that it cannot take is refused as everything else is."""
    from pydantic import ValidationError

    try:
        return request(**fields)
    except ValidationError as problem:
        told = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in problem.errors())
        raise ArgumentInvalid(f"{verb}: {told}") from problem


def _house(project: Place) -> House:
    from ccorch.wiring import open_house

    return open_house(Path(os.path.abspath(project)), "terminal", os.environ)
