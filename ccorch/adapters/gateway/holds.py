"""Holds: what is set aside in pools for requests under way, and for workers by what they were promised."""

from dataclasses import dataclass

from ccorch.rules.budget import Amount

NOTHING = Amount()


@dataclass
class _Hold:
    """An amount in some dated pools, for one attempt."""

    pools: tuple[str, ...]
    amount: Amount
    attempt: str


class Holds:
    """A worker's requests come out of what it was promised first; only what they need beyond it is set aside."""

    def __init__(self) -> None:
        self._asked: dict[str, _Hold] = {}
        self._promised: dict[str, _Hold] = {}

    def promise(self, attempt: str, pools: tuple[str, ...], amount: Amount) -> None:
        """Set aside for an attempt before it starts; the newest promise holds."""
        self._promised[attempt] = _Hold(pools, amount, attempt)

    def end(self, attempt: str) -> bool:
        """The attempt is over; whether that frees anything."""
        return self._promised.pop(attempt, None) is not None

    def ask(self, request: str, attempt: str, pools: tuple[str, ...], amount: Amount) -> None:
        """Set aside for a request under way."""
        self._asked[request] = _Hold(pools, amount, attempt)

    def answered(self, request: str) -> bool:
        """The request is over; whether that frees anything."""
        return self._asked.pop(request, None) is not None

    def used(self, attempt: str, amount: Amount) -> None:
        """An attempt has spent some of what it was promised."""
        if (hold := self._promised.get(attempt)) is not None:
            hold.amount = minus(hold.amount, amount)

    def is_promised(self, attempt: str) -> bool:
        """Whether something was set aside for this attempt."""
        return attempt in self._promised

    def of_others(self, pool: str, request: str, attempt: str) -> tuple[Amount, Amount]:
        """What is set aside in a pool beside this request and this attempt's promise: now, and without requests."""
        promised = {name: hold.amount for name, hold in self._promised.items() if pool in hold.pools}
        promised.pop(attempt, None)
        money = sum(amount.nano_usd for amount in promised.values())
        tokens = sum(amount.tokens for amount in promised.values())
        later = Amount(nano_usd=money, tokens=tokens)
        for name, (asked_money, asked_tokens) in self._asked_by_attempt(pool, request).items():
            own = promised.get(name, NOTHING)
            money += max(asked_money - own.nano_usd, 0)
            tokens += max(asked_tokens - own.tokens, 0)
        return Amount(nano_usd=money, tokens=tokens), later

    def _asked_by_attempt(self, pool: str, request: str) -> dict[str, tuple[int, int]]:
        """Money and tokens of the other requests under way; plain numbers, for there may be many of them."""
        asked: dict[str, tuple[int, int]] = {}
        for name, hold in self._asked.items():
            if name != request and pool in hold.pools:
                money, tokens = asked.get(hold.attempt, (0, 0))
                asked[hold.attempt] = money + hold.amount.nano_usd, tokens + hold.amount.tokens
        return asked


def attempt_key(run: str, node: str, attempt: int) -> str:
    """What an attempt is called where money is set aside for it."""
    return f"{run}/{node}/{attempt}"


def plus(one: Amount, other: Amount) -> Amount:
    """Both together."""
    return Amount(nano_usd=one.nano_usd + other.nano_usd, tokens=one.tokens + other.tokens)


def minus(one: Amount, other: Amount) -> Amount:
    """What is left of the one; never less than nothing."""
    return Amount(nano_usd=max(one.nano_usd - other.nano_usd, 0), tokens=max(one.tokens - other.tokens, 0))
