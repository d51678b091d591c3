"""Profiles on the screen: the list, one in full, and a check while it runs."""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote
from typing import TYPE_CHECKING

from ccorch.frontends.cli.clock import moment
from ccorch.frontends.cli.layout import cut, wrapped
from ccorch.frontends.cli.screen import Screen
from ccorch.rules.amounts import money, span
from ccorch.rules.plain import line

if TYPE_CHECKING:
    from ccorch.operations.house import House
    from ccorch.operations.profile_verdict import ProfileCheckReply
    from ccorch.operations.profiles import EffectivePrice, ProfileReply, ProfileRow, ProfilesReply
    from ccorch.schema.experience import ProfileCheck
    from ccorch.schema.measuring import ProfileCheckRequest
    from ccorch.schema.profile import Hint, ProfileModels

INDENT = "    "


def check(house: House, request: ProfileCheckRequest, screen: Screen, wants_json: bool) -> int:
    """Check a profile, telling what happens meanwhile; 1 when it did not work."""
    from ccorch.operations.profile_check import check as checked

    reply = checked(house, request, lambda words: screen.note(line(words)))
    if wants_json:
        screen.data(reply.model_dump(mode="json"))
    else:
        screen.show(verdict(reply, screen))
    return 0 if reply.check.ok else 1


def listing(reply: ProfilesReply, screen: Screen) -> Iterator[str]:
    """One line for each profile; beneath it what is known of it today, or why it cannot be launched."""
    if reply.profiles:
        heads = ("profile", "source", "endpoint", "models", "in/out per Mtok")
        rows = [_row(row) for row in reply.profiles]
        first, *lines = cut(heads, rows, screen.room, "models", ("source", "endpoint"))
        yield screen.styled(first, "dim")
        for row, text in zip(reply.profiles, lines, strict=True):
            yield screen.styled(text, "bold") if row.current else text
            yield from _beneath(row, screen)
    else:
        yield "no such profile"
    for note in reply.notes:
        yield from _told(f"! {note}", screen, "")
    if reply.advice:
        yield from wrapped(f"! no profile but the scripted model can be launched; {reply.advice}", screen.width)


def profile(reply: ProfileReply, screen: Screen) -> Iterator[str]:
    """One profile in full."""
    name = line(reply.name) or line(reply.profile)
    yield screen.styled(name, "bold") + (" · the current one" if reply.current else "")
    for head, text in _facts(reply):
        first, *more = wrapped(line(text), max(screen.width - 14, 20)) or [""]
        yield f"  {head:<12}{first}"
        yield from (f"{'':14}{part}" for part in more)
    for tier in reply.models:
        yield f"  {tier.tier:<12}{line(tier.model)} · {_price(tier.price, reply.kind)}{_dated(tier.price)}"
    for name, value in reply.tuning.items():
        yield f"  {'sets':<12}{line(name)}={line(value)}"
    for warning in reply.hint.warnings if reply.hint else ():
        yield from _told(f"! {warning}", screen, "  ")
    for found in reply.checks:
        yield from wrapped(f"  {'checked':<12}{moment(found.at)}: {_outcome(found)}", screen.width)
    if reply.reason:
        yield from _told(f"! cannot be launched: {reply.reason}", screen, "  ")
    elif not reply.checks:
        dashed = "-- " if reply.profile.startswith("-") else ""
        command = f"ccorch profiles check {dashed}{line(quote(reply.profile))}"
        yield f"  {'checked':<12}never; `{command}` costs a few cents at most"


def verdict(reply: ProfileCheckReply, screen: Screen) -> Iterator[str]:
    """What a check found, what it cost, and what to do next."""
    found = reply.check
    mark = screen.styled("ok", "green") if found.ok else screen.styled("failed", "red")
    yield from wrapped(f"{line(reply.profile)} {mark}: {_outcome(found)}", screen.width)
    if reply.refused:
        yield from wrapped(f"its endpoint does not know: {', '.join(reply.refused)}", screen.width)
    if reply.advice:
        yield from wrapped(f"! {line(reply.advice)}", screen.width)
    yield f"cost: {money(reply.usd)} · run {', '.join(reply.runs)}"


def _row(row: ProfileRow) -> tuple[str, ...]:
    told = [*([f"id {row.profile}"] if row.profile != row.name else []), *(["current"] if row.current else [])]
    name = f"{row.name} ({', '.join(told)})" if told else row.name
    return (name, row.source, row.host, _models(row.models), _price(row.price, row.kind))


def _models(models: ProfileModels) -> str:
    """The balanced model, and those of other tiers where they differ."""
    usual = models.balanced or models.strong or models.fast
    if usual is None:
        return "none named"
    tiers = (("strong", models.strong), ("fast", models.fast))
    return ", ".join([usual, *(f"{tier} {name}" for tier, name in tiers if name and name != usual)])


def _price(price: EffectivePrice | None, kind: str) -> str:
    if kind == "subscription":
        return "plan"
    return "unknown" if price is None else f"{money(price.input)}/{money(price.output)}"


def _dated(price: EffectivePrice | None) -> str:
    return "" if price is None else f" per million tokens in/out, as of {price.dated}"


def _beneath(row: ProfileRow, screen: Screen) -> Iterator[str]:
    if row.reason:
        yield from _told(f"! {row.reason}", screen, INDENT)
    if row.hint and (words := "; ".join(_known(row.hint))):
        yield from (screen.styled(text, "dim") for text in wrapped(line(words), screen.width, INDENT))


def _told(text: str, screen: Screen, indent: str) -> Iterator[str]:
    for part in wrapped(line(text), screen.width, indent):
        yield screen.styled(part, "yellow")


def _known(hint: Hint) -> Iterator[str]:
    if hint.health:
        yield hint.health
    for when, spent, limit in (
        ("today", hint.spent_today_usd, hint.limit_daily_usd),
        ("this month", hint.spent_month_usd, hint.limit_monthly_usd),
    ):
        if spent or limit is not None:
            yield f"spent {when} {money(spent)}" + (f" of {money(limit)}" if limit is not None else "")


def _facts(reply: ProfileReply) -> Iterator[tuple[str, str]]:
    yield (
        "selected by",
        ", ".join(dict.fromkeys([reply.profile, *([reply.id] if reply.id else []), *reply.aliases])),
    )
    yield "source", f"{reply.source}, {'a plan' if reply.kind == 'subscription' else 'paid by the token'}"
    yield "endpoint", reply.endpoint or _no_endpoint(reply)
    yield "credential", reply.credential + (f", sent as {reply.auth_header}" if reply.endpoint else "")
    if reply.multiplier != 1:
        yield "multiplier", f"{reply.multiplier:g} of list prices, in the prices below"
    if reply.priced_by == "request":
        yield "billed as", "the model that was asked, whichever answers"
    if reply.passes:
        yield "passes on", ", ".join(reply.passes)
    if reply.capabilities_off:
        yield "without", ", ".join(reply.capabilities_off)
    if reply.hint and (words := "; ".join(_known(reply.hint))):
        yield "known", words


def _no_endpoint(reply: ProfileReply) -> str:
    if reply.source == "scripted":
        return "in ccorch itself"
    return "where the login leads" if reply.kind == "subscription" else "not known"


def _outcome(found: ProfileCheck) -> str:
    if not found.ok:
        return line(found.reason)
    took = "" if found.seconds is None else f" in {span(found.seconds)}"
    off = f", without {', '.join(found.capabilities_off)}" if found.capabilities_off else ""
    return f"{line(found.served or found.model)} called a tool and answered{took}{off}"
