"""Where the nodes of a run stand: one node's new state, and what follows from it for those that need it."""

from collections.abc import Mapping
from dataclasses import replace

from ccorch.errors import RunCorrupt
from ccorch.rules.retry import allowance, cause_of
from ccorch.schema.plan import Plan
from ccorch.schema.row import Row
from ccorch.schema.run_state import NodeState, NodeStates, RunState, Spot, Tally, Wiring

PASSED = ("passed", "omitted")
OVER = ("passed", "omitted", "failed", "skipped")


def unbegun(plan: Plan) -> RunState:
    """All nodes wait; raises RunCorrupt for a plan whose nodes are no graph."""
    vertices = plan.vertices
    positions = {vertex.id: position for position, vertex in enumerate(vertices)}
    if len(positions) < len(vertices):
        raise RunCorrupt("two nodes of the plan have the same name")
    dependents: list[list[int]] = [[] for _ in vertices]
    for position, vertex in enumerate(vertices):
        for need in vertex.needs:
            if need not in positions:
                raise RunCorrupt(f"node {vertex.id!r} needs {need!r}, which the plan does not have")
            dependents[positions[need]].append(position)
    appeals = tuple(allowance(vertex, plan.limits.retries) for vertex in vertices)
    wiring = Wiring(positions, tuple(map(tuple, dependents)), appeals, len(plan.nodes))
    spots = Row.of([Spot(NodeState(), unmet=len(vertex.needs), broken=0) for vertex in vertices])
    free = bytes(not vertex.needs for vertex in vertices)
    tally = Tally(waiting=(1 << len(vertices)) - 1, ready=_set_of(free), blocked=0)
    return RunState(NodeStates(wiring, spots), tally, priority=plan.limits.priority)


def placed(state: RunState, node: str, now: NodeState) -> RunState:
    """The node stands there now; costs what its dependents are, whatever the size of the plan."""
    wiring, spots = state.nodes.wiring, state.nodes.spots
    position = wiring.positions[node]
    before = spots[position]
    changed = {position: Spot(now, before.unmet, before.broken)}
    unmet = _is_met(before.state) - _is_met(now)
    broken = _is_broken(now) - _is_broken(before.state)
    if unmet or broken:
        for other in wiring.dependents[position]:  # one that names its need twice comes twice
            spot = changed.get(other) or spots[other]
            changed[other] = Spot(spot.state, spot.unmet + unmet, spot.broken + broken)
    tally = _tallied(state.tally, changed)
    tally = _counted(tally, before.state, now, is_gate=position >= wiring.workers)
    tally = _appealing(tally, position, now, wiring.appeals[position])
    return replace(state, nodes=NodeStates(wiring, spots.replaced(changed)), tally=tally)


def first(nodes: int, most: int) -> tuple[int, ...]:
    """The lowest positions of a set, at most so many."""
    found: list[int] = []
    while nodes and len(found) < most:
        lowest = nodes & -nodes
        found.append(lowest.bit_length() - 1)
        nodes ^= lowest
    return tuple(found)


def _set_of(members: bytes) -> int:
    """The set of the positions at which a byte is not zero."""
    return int(members[::-1].translate(_BITS) or b"0", 2)


_BITS = b"0" + b"1" * 255


def _tallied(tally: Tally, changed: Mapping[int, Spot]) -> Tally:
    """The tally with these nodes in the sets that they belong to now."""
    sets = waiting, ready, blocked = tally.waiting, tally.ready, tally.blocked
    for position, spot in changed.items():
        bit = 1 << position
        waits = spot.state.status == "waiting"
        waiting = _with(waiting, bit, waits)
        ready = _with(ready, bit, waits and not spot.unmet)
        blocked = _with(blocked, bit, waits and spot.broken > 0)
    if sets == (waiting, ready, blocked):
        return tally
    return replace(tally, waiting=waiting, ready=ready, blocked=blocked)


def _with(nodes: int, bit: int, is_member: bool) -> int:
    return nodes | bit if is_member else nodes & ~bit


def _appealing(tally: Tally, position: int, now: NodeState, allowed: Mapping[str, int]) -> Tally:
    """The tally with the node among those whose end may be undone, or not."""
    cause = cause_of(now) if now.status == "failed" else None
    may = cause is not None and now.reopened.get(cause, 0) < allowed.get(cause, 0)
    appealing = _with(tally.appealing, 1 << position, may)
    return tally if appealing == tally.appealing else replace(tally, appealing=appealing)


def _counted(tally: Tally, before: NodeState, now: NodeState, is_gate: bool) -> Tally:
    """The tally after a node went from the one state to the other."""
    left, entered = _counts(before, is_gate), _counts(now, is_gate)
    if left == entered:
        return tally
    more = dict(entered)
    for name, count in left.items():
        more[name] = more.get(name, 0) - count
    return replace(tally, **{name: getattr(tally, name) + by for name, by in more.items()})


def _counts(state: NodeState, is_gate: bool) -> Mapping[str, int]:
    """In which counts of the tally a node of that state is."""
    match state.status:
        case "running":
            return {"judging": 1} if is_gate else {"running": 1}
        case "passed" | "omitted":
            return {"passed": 1}
        case "failed":
            return {"failed": 1, "timed_out": 1} if state.outcome == "timed_out" else {"failed": 1}
    return {}


def _is_met(state: NodeState) -> bool:
    return state.status in PASSED


def _is_broken(state: NodeState) -> bool:
    return state.status in OVER and state.status not in PASSED
