"""Which of its declared routes a node takes: its own, or a fallback for the class of error that it met."""

from collections.abc import Callable

from ccorch.schema.plan import PlanNode
from ccorch.schema.policy import ErrorClass
from ccorch.schema.route import Route

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
