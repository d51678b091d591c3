"""A run that is watched: its summary, kept up to date by its log, at the price of a glance at most lines."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError
from pydantic_core import from_json

from ccorch.schema.status import OVER, NodeStatus, RunStatus
from ccorch.schema.summary import GateSummary, NodeSummary, RunSummary, ShutProfile
from ccorch.views.money import Money
from ccorch.views.telling import telling

_NUMBER = re.compile(rb'\{"seq":(\d+),')
"""What stands first in a line that ccorch wrote."""

_Attempt = tuple[str | None, int | None]
"""Node and attempt."""

BEGUN = ("running", "passed", "omitted", "failed", "skipped")


@dataclass(slots=True)
class LiveNode:
    """A node as it stands now."""

    id: str
    model: str
    profile: str
    status: NodeStatus
    attempt: int
    doing: str
    tool: str
    """Latest tool; empty while it is only talking."""
    tokens: int | None
    money: Money
    started_at: float | None
    ended_at: float | None
    outcome: str | None
    reason: str
    held: str
    not_before: float

    @classmethod
    def of(cls, node: NodeSummary) -> LiveNode:
        """As its summary says."""
        known = node.input_tokens is not None and node.output_tokens is not None
        money = Money()
        money.join(node)
        return cls(
            id=node.id,
            model=node.served[-1] if node.served else node.model,
            profile=node.profile,
            status=node.status,
            attempt=node.attempt,
            doing=node.doing,
            tool=node.doing.split(" ")[0] if node.doing.split(" ")[0] in node.tools else "",
            tokens=(node.input_tokens or 0) + (node.output_tokens or 0) if known else None,
            money=money,
            started_at=node.started_at,
            ended_at=node.ended_at,
            outcome=node.outcome,
            reason=node.reason,
            held=node.held,
            not_before=node.not_before,
        )


@dataclass(slots=True)
class LiveGate:
    """A gate as it stands now."""

    id: str
    status: NodeStatus
    question: str | None
    choices: tuple[str, ...]
    attempt: int

    @classmethod
    def of(cls, gate: GateSummary) -> LiveGate:
        """As its summary says."""
        return cls(gate.id, gate.status, gate.question, gate.choices, gate.attempt)

    @property
    def asks(self) -> bool:
        """Whether it waits for somebody's answer."""
        return self.status == "running" and self.question is not None


@dataclass
class Live:
    """A run as it stands now; `take` what is new in its log, look whenever you like."""

    nodes: dict[str, LiveNode]
    gates: dict[str, LiveGate]
    money: Money
    limit_usd: float | None
    simulated: bool
    submitted_at: float | None
    ended_at: float | None
    paused: bool
    rerun: bool
    stopping: bool
    finished: RunStatus | None
    begun: bool
    shut: dict[str, ShutProfile] = field(default_factory=dict)
    """Profiles on which nothing starts."""
    priority: int = 0
    """Its place in the queue."""
    blocking: int = 0
    """Findings that stand against acceptance, so far."""
    severities: Counter[str] = field(default_factory=Counter)
    """How many findings of each severity there are, so far."""
    unfinished: dict[_Attempt, list[tuple[bool, str]]] = field(default_factory=dict)
    """Those of them that hold until the end of an attempt, by it: whether they block, and their severity."""
    seq: int = 0

    @classmethod
    def of(cls, summary: RunSummary, status: RunStatus, seq: int = 0) -> Live:
        """As a summary says that was made from so many events."""
        nodes = {node.id: LiveNode.of(node) for node in summary.nodes}
        gates = {gate.id: LiveGate.of(gate) for gate in summary.gates}
        money = Money()
        for node in summary.nodes:
            money.join(node)
        live = cls(
            nodes=nodes,
            gates=gates,
            money=money,
            limit_usd=summary.limit_usd,
            simulated=summary.simulated,
            submitted_at=summary.submitted_at,
            ended_at=summary.ended_at,
            paused=summary.paused,
            rerun=status == "needs_rerun",
            stopping=summary.stopping,
            finished=status if status in OVER else None,
            # what was set back before it ever began leaves no other trace than the run's state
            begun=status == "running"
            or any(node.attempt or node.status in BEGUN for node in summary.nodes)
            or any(gate.attempt or gate.status in BEGUN for gate in summary.gates),
            shut={one.profile: one for one in summary.shut},
            priority=summary.priority,
            seq=seq,
        )
        for one in summary.findings:
            live._found(one.blocking, one.severity, (one.node, one.attempt) if one.provisional else None)
        return live

    @property
    def status(self) -> RunStatus:
        """Where the run stands as its log says it."""
        if self.finished:
            return self.finished
        at_work = any(True for _ in self.at_work())
        judging = any(gate.status == "running" for gate in self.gates.values())
        if self.shut and not (self.paused or at_work or judging):
            return "parked"
        if self.paused and not at_work:
            return "needs_rerun" if self.rerun else "parked"
        return "running" if self.begun else "queued"

    @property
    def passed(self) -> int:
        """Nodes and gates that have passed, or were passed over."""
        statuses = (*(one.status for one in self.nodes.values()), *(one.status for one in self.gates.values()))
        return sum(status in ("passed", "omitted") for status in statuses)

    @property
    def tokens(self) -> int | None:
        """Tokens of all nodes; null when part of them is unknown."""
        total = 0
        for node in self.nodes.values():
            if node.tokens is None:
                return None
            total += node.tokens
        return total

    def at_work(self) -> Iterator[LiveNode]:
        """The nodes that run."""
        return (node for node in self.nodes.values() if node.status == "running")

    def asking(self) -> tuple[LiveGate, ...]:
        """The gates that wait for somebody."""
        return tuple(gate for gate in self.gates.values() if gate.asks) if not self.finished else ()

    def take(self, content: bytes) -> None:
        """What is new in the log, in whole lines; a line that is no event is passed by."""
        for line in telling(content, self.nodes):
            self._read(line)
        if last := _NUMBER.match(content, content.rfind(b"\n", 0, -1) + 1):
            self.seq = int(last[1])

    def _read(self, line: bytes) -> None:
        try:
            event = from_json(line)
        except ValueError:
            return
        if isinstance(event, dict):
            self.apply(event)

    def apply(self, event: Mapping[str, Any]) -> None:
        """Take one more event, as data; what it lacks, or what is about nothing known, changes nothing."""
        name = event.get("node") or ""
        node, gate = self.nodes.get(name), self.gates.get(name)
        if event.get("type") == "metered" and "usd" in event:  # the most frequent of those that are read
            self._metered(node, event)
        else:
            self._take(node, gate, event)
        if isinstance(seq := event.get("seq"), int):
            self.seq = max(self.seq, seq)  # of the many only the last is read, after the others

    def _take(self, node: LiveNode | None, gate: LiveGate | None, event: Mapping[str, Any]) -> None:
        if node is not None:
            _about(node, event)
        elif gate is not None:
            _judge(gate, event)
        match event:
            case {"type": "started" | "skipped" | "omitted"}:
                self.begun = True
            case {"type": "found", "finding": {"blocking": bool(blocks), "severity": str(severity)} as found}:
                at = (found.get("node"), found.get("attempt")) if found.get("provisional") else None
                self._found(blocks, severity, at)
            case {"type": "ended", "node": name, "attempt": attempt}:
                self._settle((name, attempt))
            case {"type": "reopened", "nodes": [*names]}:
                self._set_back(names, event)
            case {"type": "submitted", "at": at}:
                self.submitted_at = at
            case {"type": "stop_asked"}:
                self.stopping = True
            case {"type": "pause_asked"}:
                self.paused = True
            case {"type": "resume_asked"}:
                self.paused = self.rerun = False
            case {"type": "parked"}:
                self._shut(event)
            case {"type": "unparked", "profile": profile}:
                self.shut.pop(profile, None)
            case {"type": "moved", "priority": int(priority)}:
                self.priority = priority
            case {"type": "finished", "status": status, "at": at}:
                self.finished, self.ended_at = status, at

    def _metered(self, node: LiveNode | None, event: Mapping[str, Any]) -> None:
        usd, is_covered = event["usd"], bool(event.get("plan", False))
        self.money.take(usd, is_covered)
        if node is not None:
            into, out = event.get("input_tokens"), event.get("output_tokens")
            node.tokens = None if node.tokens is None or into is None or out is None else node.tokens + into + out
            node.money.take(usd, is_covered)

    def _shut(self, event: Mapping[str, Any]) -> None:
        told = {name: event[name] for name in ShutProfile.model_fields if name in event}
        with suppress(ValidationError):
            shut = ShutProfile(**{"window": "", **told})
            self.shut[shut.profile] = shut

    def _found(self, blocks: bool, severity: str, unfinished: _Attempt | None) -> None:
        self.blocking += blocks
        self.severities[severity] += 1
        if unfinished is not None:
            self.unfinished.setdefault(unfinished, []).append((blocks, severity))

    def _settle(self, attempt: _Attempt) -> None:
        """Forget what was found in work that is over now."""
        over = self.unfinished.pop(attempt, [])
        self.blocking -= sum(blocks for blocks, _ in over)
        self.severities -= Counter(severity for _, severity in over)

    def _set_back(self, names: list[str], event: Mapping[str, Any]) -> None:
        for name in names:
            for one in (self.nodes.get(name), self.gates.get(name)):
                if one is not None:
                    one.status = "waiting"
            if name in self.nodes:
                node = self.nodes[name]
                node.outcome, node.reason, node.held = None, "", ""
                node.not_before = event.get("not_before", 0.0)
        if self.finished is not None and event.get("cause", "asked") == "asked":
            self.paused = self.rerun = True
            self.stopping = False
        self.finished = self.ended_at = None


def _about(node: LiveNode, event: Mapping[str, Any]) -> None:
    match event:
        case {"type": "started", "attempt": attempt, "at": at}:
            node.status, node.attempt, node.started_at, node.ended_at = "running", attempt, at, None
            node.doing = node.tool = node.held = node.reason = ""
            node.outcome, node.not_before = None, 0.0
        case {"type": "ended", "attempt": attempt, "passed": passed, "at": at} if node.attempt == attempt:
            node.ended_at, node.doing, node.tool = at, "", ""
            if node.status == "running":
                node.status = "passed" if passed else "failed"
                node.outcome, node.reason = event.get("outcome", "done"), event.get("reason", "")
        case {"type": "tool_called", "tool": tool, "target": target}:
            node.tool, node.doing = tool, f"{tool} {target}".strip()
        case {"type": "said", "text": text}:
            node.tool, node.doing = "", text
        case {"type": "model_served", "model": model}:
            node.model = model
        case {"type": "rerouted", "profile": profile, "model": model}:
            node.profile, node.model = profile, model
        case {"type": "held_back", "reason": reason}:
            node.held = reason
        case {"type": "skipped" | "omitted" as how, "reason": reason}:
            node.status, node.reason = how, reason


def _judge(gate: LiveGate, event: Mapping[str, Any]) -> None:
    match event:
        case {"type": "started", "attempt": attempt}:
            gate.status, gate.attempt = "running", attempt
        case {"type": "ended", "attempt": attempt, "passed": passed} if gate.attempt == attempt:
            if gate.status == "running":
                gate.status = "passed" if passed else "failed"
        case {"type": "skipped" | "omitted" as how}:
            gate.status = how
