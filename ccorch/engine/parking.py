"""Who may start on which profile: nodes of one that is shut take another declared route or are parked."""

from collections.abc import Callable

from ccorch.engine.breakers import BreakerPanel
from ccorch.engine.live import LiveRun
from ccorch.engine.perform import Assignment
from ccorch.ports import AttemptId, Held
from ccorch.rules.rerouting import on_its_way, other_way
from ccorch.schema.breaker import Breaker, ErrorClass
from ccorch.schema.event import Ended, Event, HeldBack, Outcome, Parked, Rerouted, Started, Unparked
from ccorch.schema.plan import PlanNode

LOOK_AGAIN = 30.0
"""Longest seconds between looks whether a profile is free again: its time is told by a clock that can be set."""

SOON = 0.2
"""Shortest seconds between such looks."""

SAME_TIME = 20.0
"""Seconds by which a later time for a profile to be free is no news."""

HELD_AGAIN = 2.0
"""Longest seconds between looks whether a budget covers a node that waits for it: its file may have changed."""

SHUT: tuple[Outcome, ...] = ("quota_spent", "overloaded")
"""Endings that shut a profile."""


class Parking:
    """Applies the breakers to the nodes of live runs."""

    def __init__(
        self,
        breakers: BreakerPanel,
        now: Callable[[], float],
        record: Callable[[str, Event], Event | None],
        at_work: Callable[[], tuple[AttemptId, ...]],
    ) -> None:
        self._breakers = breakers
        self._now = now
        self._record = record
        self._at_work = at_work

    def way_of(self, live: LiveRun, node: PlanNode) -> PlanNode | None:
        """The node on a route that lets it start, rerouted where it declared another; None while it is parked."""
        if live.plan.doer(node.id) != "claude":
            return node
        self._leave(live, node)
        way = live.state.nodes[node.id].way
        here = on_its_way(node, way)
        shut = self._shut(live, here.route.profile)
        if shut is None:
            return here
        other = other_way(node, way, shut.error, lambda profile: self._shut(live, profile) is None)
        if other is None:
            self._park(live, here.route.profile, shut)
            return None
        self._reroute(live, node, other, shut.error, shut.said)
        return on_its_way(node, other)

    def begun(self, live: LiveRun, node: PlanNode, attempt: int) -> None:
        """An attempt starts; on a profile that is half open it is the one that finds out."""
        if live.plan.doer(node.id) == "claude":
            self._breakers.begun(_key(live, node.route.profile), str(AttemptId(live.run, node.id, attempt)))

    def ended(self, live: LiveRun, work: Assignment, outcome: Outcome) -> None:
        """An attempt is over; its breaker knows before anything else starts."""
        if live.plan.doer(work.node.id) == "claude":
            self._breakers.ended(_key(live, work.node.route.profile), str(work.id), outcome in SHUT)

    def hold_back(self, live: LiveRun, node: PlanNode, attempt: int, held: Held) -> bool:
        """Have a node wait for a budget, or end it where waiting brings nothing; False when it waits."""
        if not held.waits:
            self._record(live.run, Started(node=node.id, attempt=attempt))
            refused = Ended(node=node.id, attempt=attempt, passed=False, outcome="budget_spent", reason=held.reason)
            self._record(live.run, refused)
            return True
        if live.held.get(node.id) != held.limit:
            self._record(live.run, HeldBack(node=node.id, limit=held.limit, reason=held.reason))
            live.held[node.id] = held.limit
        return False

    def unpark(self, live: LiveRun) -> None:
        """Tell the run of profiles that are free again."""
        for profile in tuple(live.parked):
            if self._breakers.of(_key(live, profile)) is None:
                self._record(live.run, Unparked(profile=profile))

    def hurry(self, live: LiveRun) -> bool:
        """Have one node find out at once on every profile that the run waits for; False when it waits for none."""
        hurried = [self._breakers.hurry(_key(live, profile)) for profile in live.parked]
        return any(hurried)

    def seconds_left(self, live: LiveRun) -> float | None:
        """Seconds until something of the run that waits for a time may be started; None when nothing does."""
        now = self._now()
        waits = [min(max(until - now, SOON), LOOK_AGAIN) for until in live.parked.values()]
        if (at := live.next_try(now)) is not None:
            waits.append(at - now)
        if any(live.state.nodes[node].status == "waiting" for node in live.held):
            waits.append(HELD_AGAIN)
        return min(waits, default=None)

    def _leave(self, live: LiveRun, node: PlanNode) -> None:
        """Take the next route where the last attempt was refused."""
        now = live.state.nodes[node.id]
        if now.leaves is None:
            return
        other = other_way(node, now.way, now.leaves, lambda profile: True)
        if other is not None:
            self._reroute(live, node, other, now.leaves, f"{now.leaves} error in the attempt before")

    def _shut(self, live: LiveRun, profile: str) -> Breaker | None:
        """The breaker that lets nothing start on a profile; None when something may."""
        key = _key(live, profile)
        breaker = self._breakers.of(key)
        if breaker is None:
            return None
        at_work = frozenset(str(attempt) for attempt in self._at_work())
        return breaker if self._breakers.standing(key, at_work) == "open" else None

    def _reroute(self, live: LiveRun, node: PlanNode, way: int, error: ErrorClass, why: str) -> None:
        left = on_its_way(node, live.state.nodes[node.id].way).route
        taken = on_its_way(node, way).route
        told = Rerouted(
            node=node.id,
            way=way,
            error=error,
            left=f"{left.profile} · {left.model}",
            profile=taken.profile,
            model=taken.model,
            reason=why,
        )
        self._record(live.run, told)

    def _park(self, live: LiveRun, profile: str, shut: Breaker) -> None:
        """Tell the run that nothing starts there, unless it knows."""
        known = live.parked.get(profile)
        if known is not None and abs(shut.until - known) < SAME_TIME:
            return
        window = max(shut.windows, key=lambda one: one.until)
        told = Parked(
            profile=profile,
            error=shut.error,
            window=window.name,
            until=shut.until,
            told=window.told,
            said=shut.said,
        )
        self._record(live.run, told)


def _key(live: LiveRun, profile: str) -> str:
    return live.plan.profile(profile).key
