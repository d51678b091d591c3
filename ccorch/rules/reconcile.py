"""Compares the ledger with what others have written down about the same requests, counting nothing twice."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ccorch.rules.invoice import Charge
from ccorch.rules.pricing import same_model
from ccorch.schema.ledger import NANO, LedgerLine, Usage
from ccorch.schema.reconciled import InvoiceRow, SwitchCompared, SwitchOnly

CLOSE = 0.01
"""Part by which sums may differ and still match: providers round each request."""
LEAST_NANO = NANO // 100
WINDOW = 600.0
"""Seconds between the two sides' times of one request."""


@dataclass(frozen=True)
class Logged:
    """A request as another program has logged it."""

    at: float
    provider: str
    session: str
    model: str
    usage: Usage
    nano_usd: int


@dataclass(frozen=True)
class SwitchLog:
    """What CC Switch knows of a time: single requests, and the days of which it keeps sums only."""

    requests: tuple[Logged, ...]
    rolled: tuple[tuple[str, int, int], ...]
    """Provider, requests and nano-dollars."""


def with_invoice(
    lines: Iterable[LedgerLine], charges: Iterable[Charge], day_of: Callable[[LedgerLine], str]
) -> tuple[InvoiceRow, ...]:
    """Each day and model of both sides, in order."""
    there: dict[tuple[str, str], list[Charge]] = defaultdict(list)
    for charge in charges:
        there[charge.day, charge.model].append(charge)
    days = {day for day, _ in there}
    here: dict[tuple[str, str], list[LedgerLine]] = defaultdict(list)
    for line in lines:
        day = day_of(line)
        if line.usage.tokens and min(days) <= day <= max(days):
            here[day, _called(line, day, there)].append(line)
    return tuple(_row(key, here.get(key, []), there.get(key, [])) for key in sorted({*here, *there}))


def with_switch(lines: Iterable[LedgerLine], log: SwitchLog) -> SwitchCompared:
    """Which requests both know: whole sessions first, then single requests by model, tokens and time."""
    ours = [line for line in lines if line.usage.tokens]
    sessions = {line.session_id for line in ours if line.session_id} & {one.session for one in log.requests}
    both = [line for line in ours if line.session_id in sessions]
    theirs = [one for one in log.requests if one.session in sessions]
    differing = sum(
        _tokens(line.usage for line in both if line.session_id == name)
        != _tokens(one.usage for one in theirs if one.session == name)
        for name in sessions
    )
    left = defaultdict(list)
    for one in log.requests:
        if one.session not in sessions:
            left[one.usage].append(one)
    only_here: list[LedgerLine] = []
    for line in (line for line in ours if line.session_id not in sessions):
        twin = next((one for one in left[line.usage] if _is_twin(line, one)), None)
        if twin is None:
            only_here.append(line)
            continue
        left[line.usage].remove(twin)
        both.append(line)
        theirs.append(twin)
    return SwitchCompared(
        both=len(theirs),
        both_here_usd=_usd(line.nano_usd or 0 for line in both),
        both_there_usd=_usd(one.nano_usd for one in theirs),
        differing_sessions=differing,
        only_here=len(only_here),
        only_here_usd=_usd(line.nano_usd or 0 for line in only_here),
        only_there=_by_provider((one.provider, 1, one.nano_usd) for found in left.values() for one in found),
        rolled=_by_provider(log.rolled),
    )


def _is_twin(line: LedgerLine, one: Logged) -> bool:
    name = line.served_model or line.declared_model
    return abs(line.at - one.at) <= WINDOW and (one.model.lower() == "unknown" or same_model(name, one.model))


def _called(line: LedgerLine, day: str, there: Iterable[tuple[str, str]]) -> str:
    """The line's model as the invoice calls it; an invoice without models has one name for all."""
    name = line.served_model or line.declared_model
    names = [model for of, model in there if of == day]
    return next((model for model in names if not model or same_model(model, name)), name)


def _row(key: tuple[str, str], here: list[LedgerLine], there: list[Charge]) -> InvoiceRow:
    money = [charge.nano_usd for charge in there if charge.nano_usd is not None]
    tokens = [charge.tokens for charge in there if charge.tokens is not None]
    ours, used = sum(line.nano_usd or 0 for line in here), _tokens(line.usage for line in here)
    unknown = sum(line.nano_usd is None and not line.is_plan for line in here)
    fits = not unknown and (not money or abs(ours - sum(money)) <= max(LEAST_NANO, CLOSE * abs(sum(money))))
    fits = fits and (not tokens or abs(used - sum(tokens)) <= CLOSE * sum(tokens))
    # what an invoice leaves blank matches nothing
    is_partly_blank = 0 < len(money) < len(there)
    fits = fits and bool(money or tokens) and not is_partly_blank
    return InvoiceRow(
        day=key[0],
        model=key[1],
        state="only there" if not here else "only here" if not there else "matches" if fits else "differs",
        here_usd=None if unknown else ours / NANO,
        there_usd=sum(money) / NANO if money and not is_partly_blank else None,
        here_tokens=used,
        there_tokens=sum(tokens) if tokens else None,
    )


def _by_provider(found: Iterable[tuple[str, int, int]]) -> tuple[SwitchOnly, ...]:
    requests, money = Counter[str](), Counter[str]()
    for provider, count, nano_usd in found:
        requests[provider] += count
        money[provider] += nano_usd
    return tuple(
        SwitchOnly(provider=name, requests=requests[name], usd=money[name] / NANO) for name in sorted(requests)
    )


def _tokens(parts: Iterable[Usage]) -> int:
    return sum(part.tokens for part in parts)


def _usd(parts: Iterable[int]) -> float:
    return sum(parts) / NANO
