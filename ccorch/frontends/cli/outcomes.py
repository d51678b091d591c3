"""How short replies about single runs are shown: accepted, waited for, stopped, told."""

from collections.abc import Iterator
from typing import Any

from ccorch.frontends.cli.layout import cells, clip, pad, wrapped
from ccorch.frontends.cli.screen import Screen
from ccorch.rules.plain import line

ROOMY = 60
"""Cells from which on there is room for the numbers of events."""


def accepted(reply: Any, screen: Screen) -> Iterator[str]:
    """A run that was submitted, with its plan."""
    from ccorch.frontends.cli.plans import plan

    yield from plan(reply.plan, screen)
    yield ""
    yield screen.styled(f"run {reply.run_id}", "bold")
    yield f"artifacts: {line(reply.folder)}"


def log(reply: Any, screen: Screen) -> Iterator[str]:
    """The events of a run."""
    from ccorch.frontends.cli.feed import Feed

    feed = Feed(screen)
    for event in reply.events:
        yield from feed.lines(event)


def news(reply: Any, screen: Screen) -> Iterator[str]:
    """What came while somebody waited."""
    for trouble in reply.trouble:
        yield from screen.told(line(trouble), "red")
    late = "; the time to wait is over, nothing is wrong" if reply.timed_out else ""
    yield from screen.told(f"run {reply.run_id} {reply.status}{late} (cursor {reply.cursor})")


def digest(reply: Any, screen: Screen) -> Iterator[str]:
    """What is new about the runs that somebody waited for, the worst first."""
    late = "; the time to wait is over, nothing is wrong" if reply.timed_out else ""
    end = f"{late} (cursor {reply.cursor})" if reply.cursor else late
    for news in reply.runs:
        yield from _news(news, screen)
        yield from screen.told(f"run {news.run_id} {news.status}{end if news is reply.runs[-1] else ''}")
    if not reply.runs:
        yield from screen.told(f"nothing new{end}")


def _news(news: Any, screen: Screen) -> Iterator[str]:
    for ended in news.ended:
        yield from screen.told(line(ended), *(() if ended.endswith(" passed") else ("red",)))
    for found in (*news.found, *news.decided):
        yield from screen.told(f"! {line(found)}", "yellow")
    if news.changed:
        yield from screen.told(f"changed: {line(', '.join(news.changed))}")
    if news.next.action in ("answer", "stop_or_review", "resume"):
        yield from screen.told(line(news.next.reason))
        yield from (f"  `{choice.command}`" for choice in news.next.choices)


def timeline(reply: Any, screen: Screen) -> Iterator[str]:
    """What happened lately."""
    from ccorch.frontends.cli.clock import clock

    is_narrow = screen.room < ROOMY
    most = 8 if is_narrow else 24
    wide = min(max((cells(one.node or "") for one in reply.timeline.moments), default=0), most)
    for one in reply.timeline.moments:
        again = f" ×{one.times}" if one.times > 1 else ""
        number = "" if is_narrow else f"{one.seq:>6}  "
        said = f"{number}{clock(one.at)}  {pad(clip(one.node or '', wide), wide)}  {line(one.text)}{again}"
        yield clip(said, screen.room)


def checkpoints(reply: Any, screen: Screen) -> Iterator[str]:
    """The latest accounts of a run."""
    from ccorch.frontends.cli.clock import clock

    if not reply.checkpoints:
        yield f"no checkpoint of run {reply.run_id} yet; policy.checkpoint says how often one is made"
    for one in reply.checkpoints:
        yield screen.styled(f"checkpoint {one.number}", "bold") + f" {clock(one.at)} (event {one.seq})"
        for name in ("done", "found", "changed", "repeated", "remaining", "drift"):
            if said := getattr(one, name):
                yield from wrapped(f"{name}: {'; '.join(map(line, said))}", screen.width, "  ")


def overview(reply: Any, screen: Screen) -> Iterator[str]:
    """Where a project's runs stand, what needs somebody first."""
    for one in reply.runs:
        standing = f" {one.nodes} nodes{_money(one)}  {line(one.task)}"
        yield from screen.titled(f"{one.run_id} {one.status}", standing, "bold")
        for said in (*one.working, *(("found: " + ", ".join(one.found),) if one.found else ()), *one.drift):
            yield from screen.told(f"  {line(said)}")
        yield from screen.told(f"  {one.next}: {line(one.why)}")
        yield from (f"    `{choice}`" for choice in one.choices)
    if reply.left_out:
        for action, runs in reply.brief.items():
            yield from screen.told(f"{action}: {' '.join(runs)}")
        yield f"and {reply.left_out} more; `ccorch status` tells all"
    if not reply.runs:
        yield "nothing here needs anybody; `ccorch list` shows what has been"
    elif reply.settled:
        yield f"{reply.settled} more {'run needs' if reply.settled == 1 else 'runs need'} nobody"
    if reply.wait:
        yield f"`{reply.wait}`"


def _money(one: Any) -> str:
    from ccorch.rules.amounts import money

    left = "" if one.left_usd is None else f", {money(one.left_usd)} left"
    return "" if one.usd is None else f" · {money(one.usd)}{left}"


def playbook(reply: Any, screen: Screen) -> Iterator[str]:
    """The page as it is written."""
    yield from reply.markdown.splitlines()


def stopped(reply: Any, screen: Screen) -> Iterator[str]:
    """That a run was asked to stop."""
    said = "was asked to stop" if reply.asked else "was being stopped already"
    yield f"run {reply.run_id} {said}; `ccorch wait {reply.run_id}` waits for its end"


def told(reply: Any, screen: Screen) -> Iterator[str]:
    """A report, or where it was written."""
    if reply.out is not None:
        yield f"written to {line(reply.out)}"
    else:
        yield from (reply.html or reply.markdown).splitlines()
