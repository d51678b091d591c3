"""Events as lines for somebody who watches: when, which node, what happened."""

from collections.abc import Iterator, Mapping
from typing import Any

from ccorch.frontends.cli.clock import clock
from ccorch.frontends.cli.layout import clip, pad
from ccorch.frontends.cli.screen import Screen, Style
from ccorch.rules.amounts import money, span, tokens
from ccorch.rules.plain import line
from ccorch.schema.fact import named

LONGEST = 400
"""Cells of a line where no terminal bounds it."""


class Feed:
    """Tells events one by one and adds up what they cost."""

    def __init__(self, screen: Screen, nodes: int = 8) -> None:
        self._screen = screen
        self._nodes = min(max(nodes, 4), 24)
        self._usd: float = 0.0
        self._is_paid = self._is_covered = False
        self._tokens = 0
        self._unknown = False

    def lines(self, event: Mapping[str, Any]) -> Iterator[str]:
        """The event's line; nothing for what only programs need."""
        if event["type"] == "metered":
            self._count(event)
        said = self._so_far() if event["type"] == "metered" else told(event)
        if said is None:
            return
        text, styles = said
        width = self._screen.room_now() if self._screen.live else LONGEST
        node = clip(_node(event), self._nodes)
        whole = clip(f"{clock(event['at'])}  {pad(node, self._nodes)}  {line(text)}", width)
        yield self._screen.styled(whole, *styles)

    def _count(self, event: Mapping[str, Any]) -> None:
        self._usd += event["usd"] or 0.0
        self._tokens += (event["input_tokens"] or 0) + (event["output_tokens"] or 0)
        covered = event.get("plan", False)
        self._is_covered, self._is_paid = self._is_covered or covered, self._is_paid or not covered
        known = (0 if covered else event["usd"], event["input_tokens"], event["output_tokens"])
        self._unknown = self._unknown or None in known

    def _so_far(self) -> tuple[str, tuple[Style, ...]]:
        least = "at least " if self._unknown else ""
        spent = f"{least}{money(self._usd)}" if self._is_paid else ""
        whole = " + ".join(part for part in (spent, "plan" if self._is_covered else "") if part)
        return f"so far {whole}, {least}{tokens(self._tokens)} tokens", ("dim",)


def node_of(event: Mapping[str, Any]) -> str:
    """The node that an event is about; nothing for the run's own."""
    found = event["finding"]["node"] if event["type"] == "found" else event.get("node")
    return found or ""


def told(event: Mapping[str, Any]) -> tuple[str, tuple[Style, ...]] | None:
    """An event in words, and how they look."""
    match event:
        case {"type": "submitted", "accepted_drift": drift}:
            return "accepted" + (f" with drift in {', '.join(drift)}" if drift else ""), ()
        case {"type": "started"}:
            return "started", ("bold",)
        case {"type": "worker_ready", "model": model, "cli_version": version}:
            return f"ready: {model}, Claude Code {version}", ("dim",)
        case {"type": "model_served", "model": model}:
            return f"answered by {model}", ("dim",)
        case {"type": "tool_called", "tool": tool, "target": target}:
            return f"{tool} {target}", ()
        case {"type": "command_ran", "command": command, "status": status, "seconds": seconds}:
            how = "could not be run" if status is None else f"status {status} after {span(seconds)}"
            return f"{command}: {how}", ("green" if status == 0 else "red",)
        case {"type": "tool_denied", "tool": tool, "reason": reason}:
            return f"denied {tool}: {reason}", ("yellow",)
        case {"type": "said", "text": text}:
            return f"says: {text}", ()
        case {"type": "request_retried", "status": status, "error": error}:
            return f"asked again after {status or 'no answer'}: {error}", ("yellow",)
    return _turn({**event, "by": named(event["by"], event.get("who", ""))} if "by" in event else event)


def _turn(event: Mapping[str, Any]) -> tuple[str, tuple[Style, ...]] | None:
    match event:
        case {"type": "budget_reached", "pool": pool, "share": share, "limit_usd": limit}:
            shown = f"{event.get('limit_tokens')} tokens" if limit is None else money(limit)
            return f"{pool}: {share:.0%} of {shown} spent", ("yellow",)
        case {"type": "held_back", "reason": reason}:
            return f"waits: {reason}", ("yellow",)
        case {"type": "found", "finding": {"severity": severity, "code": code, "message": message}}:
            return f"{severity} {code}: {message}", ("yellow",)
        case {"type": "ended", "outcome": outcome, "reason": reason, "passed": passed}:
            good = "passed" if passed else "did not pass"
            word = good if outcome == "done" else f"ended: {outcome}"
            return word + (f": {reason}" if reason else ""), ("green" if passed else "red",)
        case {"type": "skipped", "reason": reason}:
            return f"skipped: {reason}", ("red",)
        case {"type": "noted", "by": by}:
            return f"noted from {by}: {noted(event)}", ("dim",)
        case {"type": "steered", "by": by, "text": text}:
            return f"told from {by}: {text}", ("bold",)
        case {"type": "repair_asked", "reason": reason}:
            return f"asked to mend its handoff: {reason}", ("yellow",)
        case {"type": "reopened", "nodes": nodes, "by": by, "reason": reason}:
            why = f": {reason}" if reason else ""
            said = "tried again" if by == "retry" else f"{', '.join(nodes)} set back by {by}"
            drift = f"; since it was planned: {'; '.join(event['drift'])}" if event.get("drift") else ""
            return f"{said}{why}{drift}", ("yellow",)
        case {"type": "omitted", "reason": reason}:
            return f"passed over: {reason}", ("dim",)
        case {"type": "answered", "choice": choice, "by": by, "reason": reason}:
            return f"answered {choice} from {by}" + (f": {reason}" if reason else ""), ("bold",)
        case {"type": "pause_asked", "by": by, "reason": reason}:
            return f"paused from {by}" + (f": {reason}" if reason else ""), ("yellow",)
        case {"type": "resume_asked", "by": by}:
            drift = f"; since it was planned: {'; '.join(event['drift'])}" if event.get("drift") else ""
            return f"goes on, asked from {by}{drift}", ("bold",)
        case {"type": "moved", "by": by, "priority": priority}:
            return f"moved to priority {priority} from {by}", ("dim",)
        case {"type": "stop_asked", "by": by, "reason": reason}:
            return f"stop asked from {by}" + (f": {reason}" if reason else ""), ("yellow",)
        case {"type": "finished", "status": status}:
            return f"run {status}", ("bold", "green" if status == "done" else "red")
    return None


def noted(note: Mapping[str, Any]) -> str:
    """A note's words, and what its controller reports."""
    used, usd, model = note["controller_tokens"], note["controller_usd"], note["controller_model"]
    known = [*([f"{tokens(used)} tokens"] if used is not None else []), *([money(usd)] if usd is not None else [])]
    spent = f"its controller spent {', '.join(known)}{f' on {model}' if model else ''}" if known else ""
    return " · ".join(part for part in (note["text"], spent) if part)


def _node(event: Mapping[str, Any]) -> str:
    node, attempt = node_of(event), event.get("attempt", 1)
    return f"{node}#{attempt}" if attempt and attempt > 1 else node
