"""A run that somebody watches to its end: what was decided scrolls by, what is going on stands below it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ccorch.frontends.cli.feed import Feed
from ccorch.frontends.cli.layout import cells, clip, cut
from ccorch.rules.amounts import money, paid, span, tokens
from ccorch.rules.plain import line
from ccorch.schema.ids import short_id
from ccorch.schema.status import OVER
from ccorch.views.live import Live

if TYPE_CHECKING:
    from ccorch.frontends.cli.screen import Screen
    from ccorch.operations.house import House

MOST = 8
"""Nodes at work that have a line of their own."""

BAR = 10
"""Cells of the bar of money."""

GOING_ON = (
    *("submitted", "started", "worker_ready", "model_served", "tool_called", "tool_failed", "command_ran"),
    *("tool_began", "said", "request_retried", "metered", "moved"),
)
"""Events that the lines below tell while they matter; all others scroll by."""

DROPS = ("tokens", "money", "time")


class LiveView:
    """Takes a run's events one by one; `tick` draws what is going on, `leave` takes that away."""

    def __init__(self, house: House, run: str, screen: Screen) -> None:
        summary = house.library.summary(run)
        self._house, self._run, self._screen = house, run, screen
        self._live = Live.of(summary, "queued")
        names = [*self._live.nodes, *self._live.gates]
        self._feed = Feed(screen, max(map(len, names)))
        self._drawn = 0

    def tell(self, event: Mapping[str, Any]) -> None:
        """Take an event; what was decided is printed for good."""
        self._live.apply(event)
        if event["type"] not in GOING_ON:
            lines = list(self._feed.lines(event))
            if lines:
                self.leave()
                self._screen.show(lines)

    def tick(self) -> None:
        """Draw anew what is going on."""
        lines = list(self._lines(self._screen.room_now()))
        if not lines:
            return self.leave()
        over = f"\x1b[{self._drawn}F" if self._drawn else ""
        # no line may wrap, or the next frame would begin in the wrong place
        self._screen.draw(f"{over}\x1b[J\x1b[?7l" + "".join(f"{text}\n" for text in lines) + "\x1b[?7h")
        self._drawn = len(lines)
        return None

    def leave(self) -> None:
        """Take away what was drawn."""
        if self._drawn:
            self._screen.draw(f"\x1b[{self._drawn}F\x1b[J")
            self._drawn = 0

    def _lines(self, width: int) -> Iterator[str]:
        live, now = self._live, self._house.clock.now()
        if live.status in OVER:
            return
        at_work = list(live.at_work())
        rows = [
            (
                node.id,
                line(node.doing) or f"waits for {node.model}",
                "-" if node.tokens is None else f"{tokens(node.tokens)} tokens",
                paid(node.money.usd, node.money.plan),
                span(max(now - (node.started_at or now), 0.0)),
            )
            for node in at_work[:MOST]
        ]
        if rows:
            heads = ("node", "doing", "tokens", "money", "time")
            yield from (self._screen.styled(text, "cyan") for text in cut(heads, rows, width, "doing", DROPS)[1:])
        if len(at_work) > MOST:
            yield f"… and {len(at_work) - MOST} more at work"
        for gate in live.asking():
            yield self._screen.styled(clip(f"{gate.id} asks: {line(gate.question or '')}", width), "yellow")
            for choice in gate.choices:
                yield clip(f"  ccorch answer {short_id(self._run)} {gate.id} {line(choice)}", width)
        yield self._screen.styled(clip(self._sum(now, width), width), "dim")

    def _sum(self, now: float, width: int) -> str:
        """All of it in a line, as much as there is room for."""
        live = self._live
        whole = len(live.nodes) + len(live.gates)
        waiting = sum(node.status == "waiting" for node in live.nodes.values())
        held = next((node.held for node in live.nodes.values() if node.held and node.status == "waiting"), "")
        said = "stopping" if live.stopping else live.status
        parts = [
            f"{said} {span(max(now - (live.submitted_at or now), 0.0))}",
            f"{live.passed}/{whole}" + (f", {waiting} wait" if waiting and whole > 1 else ""),
        ]
        if not live.simulated:
            parts += [self._money(), f"{tokens(live.tokens)} tokens"]
        parts += [line(held)] if held else []
        shown = " · ".join(parts)
        bar = "" if live.simulated else self._bar()
        return f"{bar} {shown}" if bar and cells(bar) + 1 + cells(shown) <= width else shown

    def _money(self) -> str:
        live = self._live
        spent = paid(live.money.usd, live.money.plan)
        return (
            spent if live.limit_usd is None or live.money.plan == "all" else f"{spent} of {money(live.limit_usd)}"
        )

    def _bar(self) -> str:
        """The part of the limit that is spent; nothing where there is no limit, or the part is unknown."""
        live = self._live
        if not live.limit_usd or live.money.usd is None:
            return ""
        full = min(round(live.money.usd / live.limit_usd * BAR), BAR)
        return f"[{'#' * full}{'.' * (BAR - full)}]"
