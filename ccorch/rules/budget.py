"""Budgets: what is left of each, what a request may take of them, and how far ahead a stream is booked."""

import math
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Literal

from ccorch.rules import amounts
from ccorch.rules.pricing import cost, exact_cost, worst_input
from ccorch.schema.base import Value
from ccorch.schema.ledger import NANO, Count, Usage
from ccorch.schema.price import ModelPrice

SMALLEST_ANSWER = 256
"""Output tokens below which an answer is not worth its input: the request is refused instead of shortened."""

COMFORTABLE_ANSWER = 8192
"""Output tokens above which an answer is not held back for others to give back what they reserved."""

BYTES_PER_TOKEN = 4
STEP = 64
STEP_SHARE = 20  # a twentieth

ON_ITS_WAY = 48
"""Least output tokens to reckon with that a provider has sent when its stream is closed here."""


class Pool(Value):
    """A budget in money, tokens or both; `{day}` or `{month}` in its id makes one per local day or month."""

    id: str
    """Name under which the ledger books, such as `run:…` or `day:{day}`."""
    scope: str
    """What it limits, in a reader's words: run, day, profile glm."""
    limit_usd: float | None = None
    """Most US dollars; null for no limit in money."""
    limit_tokens: Count | None = None
    """Most tokens of all kinds together; null for no limit in tokens."""
    key: str = ""
    """Config key that raises it."""
    counts: str = ""
    """Id under which the ledger books what counts against it; empty is its own."""
    kept: float = 0.0
    """Part of its limits that only a handoff may use."""

    @property
    def booked_as(self) -> str:
        """Id under which the ledger books what counts against it."""
        return self.counts or self.id


class Amount(Value):
    """Money and tokens together."""

    nano_usd: Count = 0
    """Billionths of a US dollar."""
    tokens: Count = 0
    """Tokens of all kinds."""


class Balance(Value):
    """A pool at one moment."""

    pool: Pool
    """The pool, its id dated."""
    spent: Amount = Amount()
    """Booked in the ledger by requests that are over."""
    reserved: Amount = Amount()
    """Set aside for others: requests under way, and workers that were promised more than they have used."""
    promised: Amount = Amount()
    """The part of it that stays set aside when all requests under way are over."""

    @property
    def kept(self) -> Amount:
        """The part of the limits that only a handoff may use."""
        limit, share = self.pool, self.pool.kept
        money = 0 if limit.limit_usd is None else int(nano(limit.limit_usd) * share)
        return Amount(nano_usd=money, tokens=int((limit.limit_tokens or 0) * share))

    @property
    def left_nano(self) -> int | None:
        """Money neither spent, reserved nor kept; negative when overdrawn, None without a limit."""
        if self.pool.limit_usd is None:
            return None
        return nano(self.pool.limit_usd) - self.spent.nano_usd - self.reserved.nano_usd - self.kept.nano_usd

    @property
    def left_tokens(self) -> int | None:
        """Tokens neither spent, reserved nor kept; negative when overdrawn, None without a limit."""
        if self.pool.limit_tokens is None:
            return None
        return self.pool.limit_tokens - self.spent.tokens - self.reserved.tokens - self.kept.tokens

    def when_alone(self) -> "Balance":
        """The same once all requests under way are over."""
        return self.model_copy(update={"reserved": self.promised})

    @property
    def used_share(self) -> float:
        """The larger share of its limits that is spent; 0 without limits."""
        shares = [0.0]
        if self.pool.limit_usd is not None:
            shares.append(self.spent.nano_usd / max(nano(self.pool.limit_usd), 1))
        if self.pool.limit_tokens is not None:
            shares.append(self.spent.tokens / max(self.pool.limit_tokens, 1))
        return max(shares)


class Need(Value):
    """What a request may use at most."""

    input_tokens: Count
    """Input, estimated high."""
    max_tokens: Count
    """Most output it asks for."""
    price: ModelPrice | None
    """Price of its model; None when unknown."""
    multiplier: float = 1.0
    """Factor on the whole cost."""

    def amount(self, max_tokens: int) -> Amount:
        """Everything at its dearest, with that much output; money 0 without a price."""
        usage = Usage(input=self.input_tokens, output=max_tokens)
        money = cost(worst_input(self.price), usage, self.multiplier) if self.price else 0
        return Amount(nano_usd=money, tokens=usage.tokens)


class Reservation(Value):
    """Set aside in every pool of a request."""

    amount: Amount
    """The most that the request can use."""
    max_tokens: Count
    """Most output it may ask for, perhaps less than it wanted."""


class Wait(Value):
    """The request is covered as soon as others have given back what they reserved and did not use."""


class Refusal(Value):
    """A pool does not cover a request."""

    balance: Balance
    """The pool as it was."""
    unit: Literal["usd", "tokens"]
    """Which of its limits is in the way."""
    needed: Count
    """Least that the request needs, in nano-dollars or tokens."""
    missing: Count
    """How much of that the pool lacks."""
    what: str = "this request"
    """What is refused, in a reader's words."""

    @property
    def message(self) -> str:
        """What is short, by how much, and what raises it."""
        pool = self.balance.pool
        kind = f"{pool.scope} budget {pool.id!r}"
        show = usd_text if self.unit == "usd" else tokens_text
        limit = nano(pool.limit_usd or 0.0) if self.unit == "usd" else pool.limit_tokens or 0
        spent, reserved = (
            (self.balance.spent.nano_usd, self.balance.reserved.nano_usd)
            if self.unit == "usd"
            else (self.balance.spent.tokens, self.balance.reserved.tokens)
        )
        held = f" and {show(reserved)} reserved for others at work" if reserved else ""
        kept_back = self.balance.kept.nano_usd if self.unit == "usd" else self.balance.kept.tokens
        kept = f", {show(kept_back)} kept for the handoff" if kept_back else ""
        return (
            f"The {kind} does not cover {self.what}: {show(spent)} of {show(limit)} spent{held}{kept}, "
            f"at least {show(self.needed)} needed, {show(self.missing)} missing{_raise(pool.key)}."
        )


def reserve(balances: Sequence[Balance], need: Need) -> Reservation | Wait | Refusal:
    """Set aside in every pool what a request can use at most, its answer cut to what the tightest covers.

    Requests reserve far more than they use, so one that is short only for the others' reservations waits.
    """
    now = _grant(balances, need)
    if now < min(need.max_tokens, COMFORTABLE_ANSWER):
        alone = [balance.when_alone() for balance in balances]
        if _grant(alone, need) > max(now, _least(need) - 1):
            return Wait()
    if now < _least(need):
        tightest = next(balance for balance in balances if _grant([balance], need) < _least(need))
        return _refusal(tightest, need)
    # what is on its way when a stream is cut has to fit as well
    most = now if now == need.max_tokens else now - ON_ITS_WAY
    return Reservation(amount=need.amount(now), max_tokens=most)


def output_limit(room: int, granted: int) -> int:
    """Output at which a stream is cut that has so much room and was asked to end at `granted`."""
    return max(min(granted, room), room - ON_ITS_WAY)


def output_room(
    balances: Iterable[Balance], usage: Usage, price: ModelPrice | None, multiplier: float
) -> int | None:
    """Output tokens that the tightest pool still covers after a known input; None without a limit."""
    rooms = [_room(balance, usage, price, multiplier) for balance in balances]
    return min((room for room in rooms if room is not None), default=None)


def tokens_of(size: int) -> int:
    """Tokens in so many bytes of text, reckoned at four bytes each, rounded up."""
    return -(-size // BYTES_PER_TOKEN)


DOUBTED_OUTPUT, DOUBTED_INPUT = 256, 4096
"""Tokens that a count has to lack before it is doubted; what documents cost is not told by their bytes."""


def is_doubtful(told: int, seen: int, least: int) -> bool:
    """Whether a count is too small for what was seen: below a third of what that is reckoned at.

    Twelve bytes a token is more than any text of words has; fewer than `least` tokens prove nothing.
    """
    return 3 * told < seen and seen - told >= least


def booked_ahead(output: int) -> int:
    """The output to book for a stream that is at `output`: as far as it may come before its next line."""
    return output + max(STEP, math.ceil(output / STEP_SHARE))


def is_line_due(output: int, booked: int) -> bool:
    """Whether less than half a step is left of what is booked, the rest being for text already on its way."""
    return booked - output < (booked_ahead(output) - output) // 2


def in_flight(largest: int) -> int:
    """Output to add when we close a stream ourselves: text that was sent but never arrived here.

    `largest` is the output of the largest event so far; a provider notices within a few.
    """
    return max(ON_ITS_WAY, 4 * largest)


def dated(pool_id: str, at: float, utc_offset: int) -> str:
    """A pool's id on that moment's day, where clocks are `utc_offset` seconds ahead of UTC at that moment."""
    if "{" not in pool_id:
        return pool_id
    day = datetime.fromtimestamp(at, timezone(timedelta(seconds=utc_offset))).strftime("%Y-%m-%d")
    return pool_id.replace("{day}", day).replace("{month}", day[:7])


def nano(usd: float) -> int:
    """US dollars as whole nano-dollars."""
    return int(Decimal(repr(usd)) * NANO)


def usd_text(amount: int) -> str:
    """Nano-dollars for a reader."""
    return amounts.money(amount / NANO)


def tokens_text(amount: int) -> str:
    """Tokens for a reader."""
    return f"{amounts.tokens(amount)} tokens"


def _raise(key: str) -> str:
    """What raises a limit, as the end of a sentence."""
    if key.startswith("ceiling."):
        return f"; the owner can raise {key.removeprefix('ceiling.')} in ceiling.yaml"
    return f"; raise {key} and run again" if key else ""


def _least(need: Need) -> int:
    return min(need.max_tokens, SMALLEST_ANSWER + ON_ITS_WAY)


def _grant(balances: Sequence[Balance], need: Need) -> int:
    """Output tokens that every pool covers, at most what is asked for; negative when the input is not covered."""
    dearest = worst_input(need.price) if need.price else None
    room = output_room(balances, Usage(input=need.input_tokens), dearest, need.multiplier)
    return need.max_tokens if room is None else min(room, need.max_tokens)


def _room(balance: Balance, usage: Usage, price: ModelPrice | None, multiplier: float) -> int | None:
    """Output tokens after a known input; -1 when not even the input is covered."""
    rooms = []
    if balance.left_tokens is not None:
        rooms.append(balance.left_tokens - usage.tokens)
    if balance.left_nano is not None and price is not None:
        left = balance.left_nano - exact_cost(price, usage, multiplier)
        rate = exact_cost(price, Usage(output=1), multiplier)
        if left < 0 or rate:
            rooms.append(int(left // rate) if left >= 0 else -1)
    return max(min(rooms), -1) if rooms else None


def _refusal(balance: Balance, need: Need) -> Refusal:
    wanted = need.amount(_least(need))
    left = balance.left_nano
    if left is not None and need.price is not None and wanted.nano_usd > left:
        return Refusal(balance=balance, unit="usd", needed=wanted.nano_usd, missing=wanted.nano_usd - left)
    short = wanted.tokens - (balance.left_tokens or 0)
    return Refusal(balance=balance, unit="tokens", needed=wanted.tokens, missing=max(short, 0))
