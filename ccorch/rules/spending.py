"""Spending: the ledger's lines folded into totals per pool, run, node and profile."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ccorch.rules.budget import Amount
from ccorch.schema.base import Value
from ccorch.schema.ledger import PLAN, Count, LedgerLine, Usage


class Totals(Value):
    """What the requests of one pool, run, node or profile used together."""

    requests: Count = 0
    """Requests forwarded, finished or not."""
    refused: Count = 0
    """Requests refused before they were forwarded."""
    estimated: Count = 0
    """Requests of which a part is reckoned."""
    unpriced: Count = 0
    """Requests that used tokens at no known price, not those of a subscription; `nano_usd` leaves them out."""
    usage: Usage = Usage()
    """Tokens."""
    nano_usd: Count = 0
    """Cost in nano-dollars."""

    @property
    def amount(self) -> Amount:
        """Money and tokens as pools count them."""
        return Amount(nano_usd=self.nano_usd, tokens=self.usage.tokens)


class Figures(NamedTuple):
    """What of a ledger line is added up."""

    id: str
    run: str
    node: str
    profile: str
    pools: tuple[str, ...]
    counts: tuple[int, ...]
    """Requests, refused, estimated, unpriced, the four kinds of tokens, nano-dollars."""


REMEMBERED = 10_000
"""Finished requests whose further lines are known as repeats; a repeat follows soon or never."""


@dataclass
class Spending:
    """A running fold: the last line of a request holds, one that never closed counts as booked ahead."""

    _sums: dict[tuple[str, ...], list[int]] = field(default_factory=dict)
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

    def pool(self, pool_id: str) -> Totals:
        """Totals booked in a pool, by its dated id."""
        return self._totals("pool", pool_id)

    def run(self, run: str) -> Totals:
        """Totals of a run."""
        return self._totals("run", run)

    def node(self, run: str, node: str) -> Totals:
        """Totals of all attempts of a node."""
        return self._totals("node", run, node)

    def profile(self, profile: str) -> Totals:
        """Totals of a profile."""
        return self._totals("profile", profile)

    def unfinished(self) -> tuple[LedgerLine, ...]:
        """Newest lines of requests that have no last line."""
        return tuple(self._unfinished.values())

    def _withdraw(self, request: str) -> None:
        earlier = self._unfinished.pop(request, None)
        if earlier is not None:
            self._count(figures(earlier), -1)

    def _count(self, line: Figures, sign: int) -> None:
        for key in _keys(line):
            sums = self._sums.get(key)
            if sums is None:
                sums = self._sums[key] = [0] * len(line.counts)
            for index, count in enumerate(line.counts):
                if count:
                    sums[index] += sign * count

    def _totals(self, *key: str) -> Totals:
        if key not in self._sums:
            return Totals()
        requests, refused, estimated, unpriced, tokens_in, out, read, write, money = self._sums[key]
        usage = Usage(input=tokens_in, output=out, cache_read=read, cache_write=write)
        return Totals(
            requests=requests,
            refused=refused,
            estimated=estimated,
            unpriced=unpriced,
            usage=usage,
            nano_usd=money,
        )


def fold(lines: Iterable[LedgerLine]) -> Spending:
    """The spending of these lines, oldest first."""
    spending = Spending()
    for line in lines:
        spending.add(line)
    return spending


def figures(line: LedgerLine) -> Figures:
    """What of a line is added up."""
    tokens = (line.input_tokens, line.output_tokens, line.cache_read_tokens, line.cache_write_tokens)
    counts = _counts(line.state == "refused", line.basis == "estimate", line.nano_usd, tokens, line.is_plan)
    return Figures(line.id, line.run, line.node, line.profile, line.pools, counts)


def read_figures(line: Mapping[str, Any]) -> Figures:
    """The same of a line as it stands in the file, without checking the rest of it.

    Raises KeyError, TypeError or ValueError when these fields are not those of a ledger line.
    """
    tokens = tuple(map(line.get, _TOKENS))
    money = line.get("nano_usd")
    for count in (*tokens, money):
        if count is not None and (type(count) is not int or count < 0):
            raise ValueError(f"{count!r} is no count")
    names = (line["id"], line["run"], line["node"], line["profile"])
    pools = tuple(line.get("pools", ()))
    if not all(type(name) is str for name in (*names, *pools)):
        raise TypeError("a name is no text")
    is_plan = line.get("price_version") == PLAN
    counts = _counts(line["state"] == "refused", line["basis"] == "estimate", money, tokens, is_plan)
    return Figures(*names, pools, counts)


_TOKENS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens")


def _counts(
    refused: bool, estimate: bool, money: int | None, tokens: tuple[int | None, ...], is_plan: bool
) -> tuple[int, ...]:
    known = tuple(count or 0 for count in tokens)
    unpriced = money is None and sum(known) > 0 and not is_plan
    return (int(not refused), int(refused), int(estimate), int(unpriced), *known, money or 0)


def _keys(line: Figures) -> list[tuple[str, ...]]:
    own = [("run", line.run), ("node", line.run, line.node), ("profile", line.profile)]
    return own + [("pool", pool) for pool in line.pools]
