"""What can be said of a DAG before anything runs."""

from collections.abc import Mapping, Sequence

from ccorch.schema.base import Value

MOST_OF_CYCLE = 30
"""Nodes of a cycle that are named."""


class Shape(Value):
    """How large a DAG is, and where it is widest."""

    vertices: int
    """Nodes and gates in all, lanes and fan-outs spelled out."""
    fan_in: int
    """Most needs of one node or gate."""
    waits: str | None
    """The first that has so many; null where nothing needs anything."""
    fan_out: int
    """Most nodes and gates that need the same one."""
    awaited: str | None
    """The first that so many need; null where nothing is needed."""


def shape(needs: Mapping[str, Sequence[str]]) -> Shape:
    """The size of a DAG and its widest places. Linear."""
    wanted = {node: len(set(names)) for node, names in needs.items()}
    given = {node: len(names) for node, names in _dependents(needs).items()}
    waits = max(wanted, key=lambda node: wanted[node], default=None)
    awaited = max(given, key=lambda node: given[node], default=None)
    fan_in, fan_out = wanted[waits] if waits else 0, given[awaited] if awaited else 0
    return Shape(
        vertices=len(needs),
        fan_in=fan_in,
        waits=waits if fan_in else None,
        fan_out=fan_out,
        awaited=awaited if fan_out else None,
    )


def cycle_in_words(cycle: Sequence[str]) -> str:
    """A cycle from node to node and back; of a long one the beginning."""
    more = (f"… {len(cycle) - MOST_OF_CYCLE:,} more …",) if len(cycle) > MOST_OF_CYCLE else ()
    return f"cycle: {' → '.join((*cycle[:MOST_OF_CYCLE], *more, cycle[0]))}"


def batches(needs: Mapping[str, Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    """Nodes in layers, each needing only earlier ones; those on or behind a cycle are left out. Linear."""
    missing = {node: len(set(wanted)) for node, wanted in needs.items()}
    dependents = _dependents(needs)
    layer = tuple(node for node, count in missing.items() if count == 0)
    layers = []
    while layer:
        layers.append(layer)
        layer = tuple(_released(layer, dependents, missing))
    return tuple(layers)


def longest_path(
    layers: Sequence[Sequence[str]], needs: Mapping[str, Sequence[str]], weights: Mapping[str, float]
) -> tuple[str, ...]:
    """The nodes of the heaviest chain of needs, in order: what takes longest in all; `layers` are its batches."""
    total: dict[str, float] = {}
    before: dict[str, str | None] = {}
    for layer in layers:
        for node in layer:
            wanted = needs[node]
            heaviest = max(wanted, key=total.__getitem__) if len(wanted) > 1 else next(iter(wanted), None)
            before[node] = heaviest
            total[node] = weights.get(node, 0.0) + (total[heaviest] if heaviest is not None else 0.0)
    at = max(total, key=total.__getitem__, default=None)
    path: list[str] = []
    while at is not None:
        path.append(at)
        at = before[at]
    return tuple(reversed(path))


def find_cycle(needs: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The nodes of one cycle in order; empty when there is none."""
    sorted_out = {node for layer in batches(needs) for node in layer}
    stuck = next((node for node in needs if node not in sorted_out), None)
    if stuck is None:
        return ()
    path: dict[str, int] = {}
    # every stuck node has a stuck need, so walking needs must come back to a node of the path
    while stuck not in path:
        path[stuck] = len(path)
        stuck = next(need for need in needs[stuck] if need not in sorted_out)
    return tuple(path)[path[stuck] :]


def descendants(needs: Mapping[str, Sequence[str]], *nodes: str) -> frozenset[str]:
    """Every node that needs one of these, directly or not. Linear."""
    return _reached(_dependents(needs), nodes)


def ancestors(needs: Mapping[str, Sequence[str]], node: str) -> frozenset[str]:
    """Every node that this one needs, directly or not. Linear."""
    return _reached(needs, (node,))


def reached(needs: Mapping[str, Sequence[str]], marks: Mapping[str, int]) -> dict[str, int]:
    """The marks, bits of a number, of each node and of all before it; nodes on or behind a cycle are left out."""
    found: dict[str, int] = {}
    for layer in batches(needs):
        for node in layer:
            bits = marks.get(node, 0)
            for need in needs[node]:
                bits |= found[need]
            found[node] = bits
    return found


def _reached(next_to: Mapping[str, Sequence[str]], nodes: Sequence[str]) -> frozenset[str]:
    seen: set[str] = set()
    waiting = [found for node in nodes for found in next_to[node]]
    while waiting:
        found = waiting.pop()
        if found not in seen:
            seen.add(found)
            waiting.extend(next_to[found])
    return frozenset(seen)


def _dependents(needs: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    dependents: dict[str, list[str]] = {node: [] for node in needs}
    for node, wanted in needs.items():
        for need in dict.fromkeys(wanted):
            dependents[need].append(node)
    return dependents


def _released(layer: Sequence[str], dependents: Mapping[str, list[str]], missing: dict[str, int]) -> list[str]:
    free = []
    for node in layer:
        for dependent in dependents[node]:
            missing[dependent] -= 1
            if missing[dependent] == 0:
                free.append(dependent)
    return free
