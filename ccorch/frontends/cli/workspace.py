"""The workspace on the screen: what lies where, what upkeep does, and the folder policy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ccorch.frontends.cli.clock import moment
from ccorch.frontends.cli.layout import table, wrapped
from ccorch.frontends.cli.screen import Screen
from ccorch.rules.amounts import size
from ccorch.rules.plain import line

if TYPE_CHECKING:
    from ccorch.operations.workspace_reply import PolicyReply, RestoreReply, UpkeepReply, WorkspaceReply
    from ccorch.schema.policy import WriteScope

MOST = 20
"""Rows that are listed one by one."""


def status(reply: WorkspaceReply, screen: Screen) -> Iterator[str]:
    """Places with sizes, private evidence, archives, and what leads nowhere."""
    rows = [(one.path, str(one.entries), size(one.bytes), one.purpose) for one in reply.places if one.exists]
    if rows:
        yield from table(("place", "holds", "size", "for"), rows, screen.room, gives="for", drops=("holds",))
    else:
        yield "nothing of ccorch lies here yet; `ccorch init` sets a repository up"
    if reply.raw:
        total = size(sum(one.bytes for one in reply.raw))
        yield ""
        yield from screen.told(f"private evidence, raw and never served: {_runs(len(reply.raw))}, {total}")
        for one in reply.raw[:MOST]:
            until = "kept while the run is not over" if one.until is None else f"until {moment(one.until)}"
            kept = "of a run that is gone" if one.lost else until
            yield from screen.told(f"{one.run}  {size(one.bytes)}  {kept}", indent="  ")
        yield from _more(len(reply.raw))
    if reply.archives:
        yield ""
        yield "archives"
        for held in reply.archives[:MOST]:
            yield f"  {line(held.name)}  {size(held.bytes)}  {_held(held.problem, len(held.runs))}"
        yield from _more(len(reply.archives))
    for name in reply.strays[:MOST]:
        yield from wrapped(f"! {line(name)} has no place in the folder policy", screen.width)
    for loose in reply.dangling[:MOST]:
        yield from wrapped(f"! {line(loose.what)}", screen.width)
        if loose.command:
            yield f"    `{line(loose.command)}`"
    yield from _more(len(reply.dangling))


def upkeep(reply: UpkeepReply, screen: Screen) -> Iterator[str]:
    """What was done or would be, and what was left alone."""
    would = "" if reply.applied else "would "
    for one in reply.actions[:MOST]:
        ended = f", ended {moment(one.ended_at)}" if one.ended_at is not None else ""
        yield f"{would}{one.action} {line(one.what)} ({size(one.bytes)}{ended})"
        if one.problem is not None:
            yield from wrapped(f"! left: {line(one.problem)}", screen.width, "  ")
    yield from _more(len(reply.actions))
    for left in reply.kept:
        yield from wrapped(f"left alone: {left.count} because {left.reason}", screen.width)
    if reply.held:
        yield "git keeps work that no branch holds at refs/ccorch/RUN, whatever is deleted here:"
        yield from (f"  {one.run}  {one.commit[:12]}" for one in reply.held)
        if reply.held_count > len(reply.held):
            yield f"  … and {reply.held_count - len(reply.held)} more; `git for-each-ref refs/ccorch` lists them"
    if reply.archive is not None:
        yield f"written and read back: {line(reply.archive)}; `ccorch workspace restore {line(reply.archive)}`"
    done = sum(one.problem is None for one in reply.actions)
    yield f"{done} in all, {size(reply.bytes)}" if reply.actions else "nothing to do"
    if reply.next is not None:
        yield f"nothing was changed; `{reply.next}` does it"


def restored(reply: RestoreReply, screen: Screen) -> Iterator[str]:
    """What was brought back."""
    for run in reply.runs:
        yield f"run {run} is here again"
    if not reply.runs:
        yield f"every run in {line(reply.archive)} is here already"


def policy(reply: PolicyReply, screen: Screen) -> Iterator[str]:
    """The folder policy, or what it says of paths."""
    if reply.judged:
        rows = [(one.path, one.place, _may(one.worker), _may(one.keeper)) for one in reply.judged]
        yield from table(("path", "place", "worker", "upkeep"), rows, screen.room)
        return
    yield from wrapped(reply.policy.principle, screen.width)
    yield ""
    rows = [(one.path or ".", ", ".join(one.written_by), one.kept, one.purpose) for one in reply.policy.places]
    yield from table(("place", "written by", "kept", "for"), rows, screen.room, gives="for", drops=("kept",))
    yield ""
    yield from wrapped(f"workers may write {_scope(reply.policy.worker)}", screen.width)
    yield from wrapped(f"upkeep may write {_scope(reply.policy.keeper)}", screen.width)


def _scope(scope: WriteScope) -> str:
    return ", ".join(scope.allow) + (f" but not {', '.join(scope.deny)}" if scope.deny else "")


def _held(problem: str | None, runs: int) -> str:
    return _runs(runs) if problem is None else f"cannot be used: {line(problem)}"


def _runs(count: int) -> str:
    return "1 run" if count == 1 else f"{count} runs"


def _may(may: bool) -> str:
    return "may write" if may else "may not"


def _more(count: int) -> Iterator[str]:
    if count > MOST:
        yield f"  … and {count - MOST} more; --json has them all"
