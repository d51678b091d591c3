"""What has to be over before nodes of a workflow, asked of many nodes without a walk for each."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ccorch.rules import graph

Needs = Mapping[str, Sequence[str]]


class Before:
    """Knows of the `wanted` nodes before which others they come."""

    def __init__(self, needs: Needs, wanted: Iterable[str]) -> None:
        self._needs = needs
        self._bits = {name: 1 << place for place, name in enumerate(dict.fromkeys(wanted)) if name in needs}
        self._reached = graph.reached(needs, self._bits)

    def has(self, first: Sequence[str], name: str) -> bool:
        """Whether a wanted node is one of these or before one of them; False where there is none of that name."""
        if name not in self._bits:
            return False
        if all(one in self._reached for one in first):
            return any(self._reached[one] & self._bits[name] for one in first)
        return name in self.of(first)  # behind a cycle every step has to be looked at

    def of(self, first: Sequence[str]) -> Iterator[str]:
        """These nodes and everything that has to be over before them, the nearest first."""
        seen: set[str] = set()
        waiting = deque(first)
        while waiting:
            name = waiting.popleft()
            if name not in seen:
                seen.add(name)
                yield name
                waiting.extend(self._needs[name])
