"""Spending: the ledger's lines folded into totals per pool, run, node and profile."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from ccorch.rules.budget import Amount
from ccorch.schema.base import Value
from ccorch.schema.ledger import Count, LedgerLine, Usage


class Totals(Value):
    """What the requests of one pool, run, node or profile used together."""

    requests: Count = 0
    """Requests forwarded, finished or not."""
    refused: Count = 0
    """Requests refused before they were forwarded."""
    estimated: Count = 0
    """Requests of which a part is reckoned."""
    unpriced: Count = 0
    """Requests that used tokens at no known price; `nano_usd` leaves them out."""
    usage: Usage = Usage()
    """Tokens."""
    nano_usd: Count = 0
    """Cost in nano-dollars."""

    @property
    def amount(self) -> Amount:
        """Money and tokens as pools count them."""
        return Amount(nano_usd=self.nano_usd, tokens=self.usage.tokens)


@dataclass
class Spending:
    """A running fold: the last line of a request holds, one that never closed counts as booked ahead."""

    _sums: dict[tuple[str, ...], list[int]] = field(default_factory=dict)
    _unfinished: dict[str, LedgerLine] = field(default_factory=dict)

    def add(self, line: LedgerLine) -> None:
        """Take one line; of the same request only the newest counts."""
        earlier = self._unfinished.pop(line.id, None)
        if earlier is not None:
            self._count(earlier, -1)
        self._count(line, 1)
        if not line.is_last:
            self._unfinished[line.id] = line

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

    def _count(self, line: LedgerLine, sign: int) -> None:
        figures = _figures(line)
        for key in _keys(line):
            sums = self._sums.setdefault(key, [0] * len(figures))
            for index, figure in enumerate(figures):
                sums[index] += sign * figure

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


def _keys(line: LedgerLine) -> list[tuple[str, ...]]:
    own = [("run", line.run), ("node", line.run, line.node), ("profile", line.profile)]
    return own + [("pool", pool) for pool in line.pools]


def _figures(line: LedgerLine) -> tuple[int, ...]:
    usage = line.usage
    refused = line.state == "refused"
    return (
        int(not refused),
        int(refused),
        int(line.basis == "estimate"),
        int(line.nano_usd is None and usage.tokens > 0),
        usage.input,
        usage.output,
        usage.cache_read,
        usage.cache_write,
        line.nano_usd or 0,
    )
