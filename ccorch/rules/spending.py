"""Spending: the ledger's lines folded into what was booked in each pool."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ccorch.rules.budget import Amount
from ccorch.schema.ledger import LedgerLine


class Figures(NamedTuple):
    """What of a ledger line is added up."""

    id: str
    run: str
    pools: tuple[str, ...]
    nano_usd: int
    tokens: int


REMEMBERED = 10_000
"""Finished requests whose further lines are known as repeats; a repeat follows soon or never."""


@dataclass
class Spending:
    """A running fold: the last line of a request holds, one that never closed counts as booked ahead."""

    _sums: dict[str, list[int]] = field(default_factory=dict)
    _unfinished: dict[str, LedgerLine] = field(default_factory=dict)
    _over: OrderedDict[str, None] = field(default_factory=OrderedDict)

    def add(self, line: LedgerLine) -> None:
        """Take one line; of the same request only the newest counts, and nothing after its last."""
        if line.is_last:
            self.add_last(figures(line))
        elif line.id not in self._over:
            self._withdraw(line.id)
            self._count(figures(line), 1)
            self._unfinished[line.id] = line

    def add_last(self, line: Figures) -> bool:
        """Take the last line of a request; False when it was already over."""
        if line.id in self._over:
            return False
        self._withdraw(line.id)
        self._count(line, 1)
        self._over[line.id] = None
        if len(self._over) > REMEMBERED:
            self._over.popitem(last=False)
        return True

    def pool(self, pool_id: str) -> Amount:
        """What was booked in a pool, by its dated id."""
        nano_usd, tokens = self._sums.get(pool_id, (0, 0))
        return Amount(nano_usd=nano_usd, tokens=tokens)

    def unfinished(self) -> tuple[LedgerLine, ...]:
        """Newest lines of requests that have no last line."""
        return tuple(self._unfinished.values())

    def _withdraw(self, request: str) -> None:
        earlier = self._unfinished.pop(request, None)
        if earlier is not None:
            self._count(figures(earlier), -1)

    def _count(self, line: Figures, sign: int) -> None:
        for pool in line.pools:
            sums = self._sums.setdefault(pool, [0, 0])
            sums[0] += sign * line.nano_usd
            sums[1] += sign * line.tokens


def figures(line: LedgerLine) -> Figures:
    """What of a line is added up."""
    return Figures(line.id, line.run, line.pools, line.nano_usd or 0, line.usage.tokens)


def read_figures(line: Mapping[str, Any]) -> Figures:
    """The same of a line as it stands in the file, without checking the rest of it.

    Raises KeyError, TypeError or ValueError when these fields are not those of a ledger line.
    """
    counts = tuple(map(line.get, ("nano_usd", *_TOKENS)))
    for count in counts:
        if count is not None and (type(count) is not int or count < 0):
            raise ValueError(f"{count!r} is no count")
    names = (line["id"], line["run"], *line.get("pools", ()))
    if not all(type(name) is str for name in names):
        raise TypeError("a name is no text")
    request, run, *pools = names
    nano_usd, *tokens = (count or 0 for count in counts)
    return Figures(request, run, tuple(pools), nano_usd, sum(tokens))


_TOKENS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens")
