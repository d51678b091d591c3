"""Handoffs side by side: a pure view of what several workers claim, in which nothing is said by nobody."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, get_args

from ccorch.schema.claims import Defect, Exposure, Handoff, Issue, Severity
from ccorch.schema.handoff import check
from ccorch.schema.plan import Plan, PlanGate, PlanNode
from ccorch.schema.team import Agreement, Conflict, Saying, Tally, TeamView

NEAR = 3
"""Lines that two claims about one file may lie apart and still mean the same place."""

TEXTS = ("requirements", "boundaries", "acceptance_criteria")
"""Fields whose sentences can be said by several."""

OPEN = ("coverage_gaps", "missing_evidence", "residual_risk")
"""Fields that tell what is not known."""

SEVERITIES: tuple[str, ...] = get_args(Severity)


@dataclass(frozen=True, order=True)
class Claim:
    """One thing that one worker says is so."""

    title: str
    node: str
    role: str
    severity: str = ""
    file: str = ""
    line: int = 0

    @property
    def place(self) -> str:
        """file:line, as far as it is told."""
        return f"{self.file}:{self.line}" if self.line else self.file

    @property
    def saying(self) -> Saying:
        """With its severity first, where it has one."""
        says = f"{self.severity}: {self.title}" if self.severity else self.title
        return Saying(node=self.node, role=self.role, says=says, place=self.place)


def team(plan: Plan, given: Mapping[str, Any]) -> TeamView | None:
    """What stands side by side in a run, by the handoffs given so far; None where nothing does."""
    handoffs = {name: found for name, data in given.items() if (found := _typed(plan.by_id[name], data))}
    groups = [[node for node in group if node.id in handoffs] for group in _side_by_side(plan)]
    beside = [group for group in groups if len(group) > 1]
    tallies = tuple(_tally(gate, plan, handoffs) for gate in plan.gates if gate.decide is not None)
    if not beside and not tallies:
        return None
    views = [_compared(group, handoffs) for group in beside]
    return TeamView(
        agreements=tuple(one for view in views for one in view.agreements),
        conflicts=tuple(one for view in views for one in view.conflicts),
        questions=tuple(one for view in views for one in view.questions),
        tallies=tallies,
    )


def _typed(node: PlanNode, data: Any) -> Handoff | None:
    return check(node.role.handoff, data, node.role.name)[0] if node.role.handoff and data is not None else None


def _side_by_side(plan: Plan) -> Iterable[Sequence[PlanNode]]:
    """Nodes that started from the same."""
    groups: dict[frozenset[str], list[PlanNode]] = defaultdict(list)
    for node in plan.nodes:
        groups[frozenset(node.needs)].append(node)
    return groups.values()


def _compared(group: Sequence[PlanNode], handoffs: Mapping[str, Handoff]) -> TeamView:
    named = sorted(((node.id, node.role.name, handoffs[node.id]) for node in group), key=lambda one: one[:2])
    claims = sorted({claim for node, role, handoff in named for claim in _claims(node, role, handoff)})
    shared = [same for same in _same(claims) if len({claim.node for claim in same}) > 1]
    return TeamView(
        agreements=tuple(_agreement(same) for same in shared),
        conflicts=(*_statuses(named), *(_severities(same) for same in shared if _differ(same))),
        questions=tuple(saying for node, role, handoff in named for saying in _open(node, role, handoff)),
    )


def _claims(node: str, role: str, handoff: Handoff) -> Iterator[Claim]:
    for name in type(handoff).model_fields:
        value = getattr(handoff, name)
        for entry in value if isinstance(value, tuple) else ():
            match entry:
                case Defect():
                    yield Claim(entry.title, node, role, entry.severity, entry.file or "", entry.line or 0)
                case Exposure():
                    yield Claim(entry.kind, node, role, "", entry.file, entry.line or 0)
                case Issue():
                    yield Claim(entry.title, node, role)
                case str() if name in TEXTS:
                    yield Claim(entry, node, role)


def _same(claims: Sequence[Claim]) -> list[list[Claim]]:
    """Claims in groups that mean the same: by title, or by a place that is nearly the same."""
    first = {claim: claim for claim in claims}

    def leader(claim: Claim) -> Claim:
        while first[claim] != claim:
            first[claim] = claim = first[first[claim]]
        return claim

    for found in (*_by_title(claims), *_by_place(claims)):
        for one, other in pairwise(found):
            low, high = sorted((leader(one), leader(other)))
            first[high] = low
    groups: dict[Claim, list[Claim]] = defaultdict(list)
    for claim in claims:
        groups[leader(claim)].append(claim)
    return list(groups.values())


def _by_title(claims: Sequence[Claim]) -> Iterable[list[Claim]]:
    titled: dict[str, list[Claim]] = defaultdict(list)
    for claim in claims:
        titled[_plain(claim.title)].append(claim)
    return titled.values()


def _by_place(claims: Sequence[Claim]) -> Iterator[list[Claim]]:
    """Runs of claims about one file, each near the one before it."""
    placed = sorted((claim for claim in claims if claim.line), key=lambda claim: (claim.file, claim.line))
    run: list[Claim] = []
    for claim in placed:
        if run and (claim.file != run[-1].file or claim.line - run[-1].line > NEAR):
            yield run
            run = []
        run.append(claim)
    yield run


def _plain(title: str) -> str:
    """A title without what writers differ in: case, signs and spaces."""
    words = "".join(letter if letter.isalnum() else " " for letter in title.casefold()).split()
    return " ".join(words) or title


def _agreement(same: Sequence[Claim]) -> Agreement:
    return Agreement(about=_about(same), sayings=tuple(claim.saying for claim in same))


def _about(same: Sequence[Claim]) -> str:
    """The gravest title, with its place."""
    gravest = max(same, key=lambda claim: _weight(claim.severity))
    return f"{gravest.title} ({gravest.place})" if gravest.place else gravest.title


def _weight(severity: str) -> int:
    return SEVERITIES.index(severity) if severity in SEVERITIES else -1


def _differ(same: Sequence[Claim]) -> bool:
    """Whether different workers call it differently bad."""
    rated = {(claim.node, claim.severity) for claim in same if claim.severity}
    return len({severity for _, severity in rated}) > 1 and len({node for node, _ in rated}) > 1


def _severities(same: Sequence[Claim]) -> Conflict:
    rated = (claim for claim in same if claim.severity)
    return Conflict(about=_about(same), kind="severity", sayings=tuple(claim.saying for claim in rated))


def _statuses(named: Sequence[tuple[str, str, Handoff]]) -> Iterator[Conflict]:
    if len({handoff.status for _, _, handoff in named}) > 1:
        sayings = tuple(_status(node, role, handoff) for node, role, handoff in named)
        yield Conflict(about="how it stands", kind="status", sayings=sayings)


def _status(node: str, role: str, handoff: Handoff) -> Saying:
    return Saying(node=node, role=role, says=f"{handoff.status}: {handoff.summary}")


def _open(node: str, role: str, handoff: Handoff) -> Iterator[Saying]:
    for name in OPEN:
        said = getattr(handoff, name, ())
        for text in (said,) if isinstance(said, str) else said:
            yield Saying(node=node, role=role, says=text)
    if handoff.status == "blocked":
        for issue in handoff.blocking_issues:
            yield Saying(node=node, role=role, says=issue.title)


def _tally(gate: PlanGate, plan: Plan, handoffs: Mapping[str, Handoff]) -> Tally:
    assert gate.decide is not None, "only gates that decide count votes"
    voted = [name for name in gate.votes if name in handoffs]
    ballots = [Saying(node=name, role=plan.by_id[name].role.name, says=handoffs[name].status) for name in voted]
    counts = Counter(ballot.says for ballot in ballots)
    most = max(counts.values(), default=0)
    passing = [name for name in voted if handoffs[name].status == "pass"]
    enough = {"majority": len(gate.votes) // 2 + 1, "unanimous": len(gate.votes), "first": 1}[gate.decide]
    return Tally(
        gate=gate.id,
        rule=gate.decide,
        ballots=tuple(ballots),
        missing=tuple(name for name in gate.votes if name not in handoffs),
        counts=dict(sorted(counts.items())),
        is_tie=sum(count == most for count in counts.values()) > 1,
        passes=len(passing) >= enough,
        taken=passing[0] if gate.decide == "first" and passing else None,
    )
