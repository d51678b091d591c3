"""What a worker is promised before it starts, so that nobody starts on money that others will use."""

from collections.abc import Sequence

from ccorch.rules.budget import (
    COMFORTABLE_ANSWER,
    SMALLEST_ANSWER,
    Amount,
    Balance,
    Need,
    Refusal,
    nano,
    tokens_of,
    tokens_text,
    usd_text,
)
from ccorch.rules.pricing import Price
from ccorch.schema.base import Value
from ccorch.schema.plan import Plan, PlanNode


class Bound(Value):
    """What is set aside for an attempt before it starts."""

    wanted: Amount
    """The most that it can spend where its node has a limit, else a first request with a long answer."""
    least: Amount
    """A first request with the shortest answer that is worth it; with less it is not started."""


class Later(Value):
    """An attempt is covered as soon as workers at work have ended or used what they were promised."""

    balance: Balance
    """The pool that is short."""
    reason: str
    """What it waits for, in words."""


def bound(plan: Plan, node: PlanNode, price: Price | None, multiplier: float, spent: Amount) -> Bound:
    """What an attempt of a node is promised; `spent` is what earlier attempts of it have used."""
    words = (node.system_prompt, plan.task, plan.context or "", node.task or "")
    size = sum(len(text.encode("utf-8", "surrogatepass")) for text in words)
    first = Need(input_tokens=tokens_of(size), max_tokens=COMFORTABLE_ANSWER, price=price, multiplier=multiplier)
    least, long = first.amount(SMALLEST_ANSWER), first.amount(COMFORTABLE_ANSWER)
    usd, most = plan.usd_of(node), plan.tokens_of(node)
    money = [long.nano_usd] if usd is None else [nano(usd) - spent.nano_usd]
    money += [] if node.worst_usd is None else [nano(node.worst_usd)]
    tokens = long.tokens if most is None else most - spent.tokens
    wanted = Amount(
        nano_usd=max(min(money), least.nano_usd) if price else 0,
        tokens=max(tokens, least.tokens),
    )
    return Bound(wanted=wanted, least=least)


def promise(balances: Sequence[Balance], bound: Bound, node: str) -> Amount | Later | Refusal:
    """What is set aside in every pool: all that is wanted, or the least where no pool will ever cover more."""
    # what others were promised comes back when they end
    later = [balance.model_copy(update={"reserved": Amount()}) for balance in balances]
    for balance in later:
        if _lacks(balance, bound.least):
            return _refusal(balance, bound.least, f"a first request of {node}")
    for now, then in zip(balances, later, strict=True):
        if _lacks(now, bound.wanted) and not _lacks(then, bound.wanted):
            return Later(balance=now, reason=_waiting(now, bound.wanted))
        if _lacks(now, bound.least):
            return Later(balance=now, reason=_waiting(now, bound.least))
    return bound.least if any(_lacks(balance, bound.wanted) for balance in balances) else bound.wanted


def promised_anew(balances: Sequence[Balance], amount: Amount) -> Amount:
    """What an attempt at work keeps of a promise after a restart: never more than its pools still have."""
    money = [left for balance in balances if (left := balance.left_nano) is not None]
    tokens = [left for balance in balances if (left := balance.left_tokens) is not None]
    return Amount(
        nano_usd=max(min([amount.nano_usd, *money]), 0),
        tokens=max(min([amount.tokens, *tokens]), 0),
    )


def _lacks(balance: Balance, amount: Amount) -> bool:
    money, tokens = balance.left_nano, balance.left_tokens
    return (money is not None and amount.nano_usd > money) or (tokens is not None and amount.tokens > tokens)


def _refusal(balance: Balance, amount: Amount, what: str) -> Refusal:
    money = balance.left_nano
    if money is not None and amount.nano_usd > money:
        missing = amount.nano_usd - money
        return Refusal(balance=balance, unit="usd", needed=amount.nano_usd, missing=missing, what=what)
    missing = amount.tokens - (balance.left_tokens or 0)
    return Refusal(balance=balance, unit="tokens", needed=amount.tokens, missing=missing, what=what)


def _waiting(balance: Balance, amount: Amount) -> str:
    """What a node waits for, by how much its pool is short now."""
    short = _refusal(balance, amount, "")
    show = usd_text if short.unit == "usd" else tokens_text
    return (
        f"{show(short.needed)} of {balance.pool.key} are set aside before it starts, {show(short.missing)} of them "
        "are promised to workers at work"
    )
