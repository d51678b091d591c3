"""Which of its declared routes a node takes: its own, or a fallback for the class of error that it met."""

from collections.abc import Callable

from ccorch.errors import NotFound
from ccorch.schema.breaker import ErrorClass
from ccorch.schema.plan import PlanNode
from ccorch.schema.route import Route
from ccorch.schema.route_event import Rerouted

Admits = Callable[[str], bool]
"""Whether anything may start now on the profile of this name."""


def on_its_way(node: PlanNode, way: int) -> PlanNode:
    """The node with the route that it takes; a fallback stands in for its route in everything that follows."""
    if way == 0 or way > len(node.route.fallbacks):
        return node
    taken = node.route.fallbacks[way - 1]
    reason = f"fallback on {taken.on} of {node.route.profile} · {node.route.model}"
    route = Route(profile=taken.profile, model=taken.model, reason=reason, fallbacks=node.route.fallbacks)
    return node.model_copy(update={"route": route})


def asked_way(node: PlanNode, way: int, profile: str | None) -> Rerouted | None:
    """The event by which somebody has a node go on with the first declared route on a profile; raises NotFound.

    None where they ask for no profile.
    """
    if profile is None:
        return None
    left = on_its_way(node, way).route
    for place, there in enumerate(node.route.ways):
        if there.profile == profile:
            return Rerouted(
                node=node.id,
                way=place,
                error=None,
                left=f"{left.profile} · {left.model}",
                profile=there.profile,
                model=there.model,
                reason="asked for",
            )
    known = ", ".join(dict.fromkeys(there.profile for there in node.route.ways))
    raise NotFound(f"node {node.id!r} declares no route on profile {profile!r}", hint=f"its routes are on {known}")


def other_way(node: PlanNode, way: int, error: ErrorClass, admits: Admits) -> int | None:
    """The next route for this class of error on which a node may start now; None when it has none.

    The chain of that class is gone along in its declared order. What only has to be waited for (quota, overload)
    leads back to the node's own route as soon as that is free.
    """
    chain = [place for place, fallback in enumerate(node.route.fallbacks, 1) if fallback.on == error]
    left = on_its_way(node, way).route
    for place in (place for place in chain if place > way or way not in chain):
        there = node.route.fallbacks[place - 1]
        if (there.profile, there.model) != (left.profile, left.model) and admits(there.profile):
            return place
    if way and error in ("quota", "overload") and admits(node.route.profile):
        return 0
    return None
