"""How good each attempt of a run was, by its log alone, for the model that answered in it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ccorch.rules.rerouting import on_its_way
from ccorch.rules.scores import Work, score
from ccorch.schema.event import Ended, Event, Found, Metered, ModelServed, Outcome, Reopened, Rerouted, Started
from ccorch.schema.experience import Quality
from ccorch.schema.finding import Finding
from ccorch.schema.plan import Plan

ITS_OWN: tuple[Outcome, ...] = (
    "done",
    "refused",
    "no_handoff",
    "empty",
    "turns_spent",
    "output_spent",
    "no_progress",
    "timed_out",
)
"""Endings that say something of the model; money, accounts, stops and faults of ours say nothing of it."""


@dataclass
class _Seen:
    served: str | None = None
    tokens: int | None = 0
    findings: list[Finding] = field(default_factory=list)
    ended: Ended | None = None
    way: int = 0
    again: str | None = None
    """The gate that had it done again."""


def scores(run: str, plan: Plan, events: Iterable[Event], at: float) -> Iterator[Quality]:
    """One for each attempt that a model worked on and ended by itself."""
    for (node, attempt), seen in _attempts(plan, events).items():
        planned = plan.by_id.get(node)
        if planned is None or seen.served is None or seen.ended is None or seen.ended.outcome not in ITS_OWN:
            continue
        work = Work(
            passed=seen.ended.passed,
            findings=seen.findings,
            tokens=seen.tokens,
            solved=seen.ended.passed and seen.again is None,
            rework=seen.again is not None or not seen.ended.passed,
        )
        points, why = score(work)
        yield Quality(
            at=at,
            run=run,
            node=node,
            attempt=attempt,
            profile=plan.profile(on_its_way(planned, seen.way).route.profile).key,
            model=seen.served,
            role=planned.role.name,
            score=points,
            notes=f"by itself: {why}" + (f"; sent back by {seen.again}" if seen.again else ""),
        )


def _attempts(plan: Plan, events: Iterable[Event]) -> Mapping[tuple[str, int], _Seen]:
    found, latest, ways = dict[tuple[str, int], _Seen](), dict[str, int](), dict[str, int]()
    targets = {gate.id: gate.on_fail.reopen for gate in plan.gates if gate.on_fail}
    for event in events:
        match event:
            case Rerouted(node=node, way=way):
                ways[node] = way
            case Started(node=node, attempt=attempt):
                _of(found, node, attempt).way = ways.get(node, 0)
            case ModelServed(node=node, attempt=attempt, model=model):
                _of(found, node, attempt).served = model
            case Metered(node=node, attempt=attempt, input_tokens=read, output_tokens=written):
                seen = _of(found, node, attempt)
                known = seen.tokens is not None and read is not None and written is not None
                seen.tokens = (seen.tokens or 0) + (read or 0) + (written or 0) if known else None
            case Found(finding=Finding(node=str(node), attempt=int(attempt), provisional=False) as finding):
                _of(found, node, attempt).findings.append(finding)
            case Ended(node=node, attempt=attempt):
                latest[node] = attempt
                _of(found, node, attempt).ended = event
            case Reopened(cause="gate", node=str(gate)) if targets.get(gate) in latest:
                _of(found, targets[gate], latest[targets[gate]]).again = gate
    return found


def _of(found: dict[tuple[str, int], _Seen], node: str, attempt: int) -> _Seen:
    return found.setdefault((node, attempt), _Seen())
