"""Routes and models on the screen: who gets what and why, the registry, and what was calibrated."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ccorch.frontends.cli.clock import moment
from ccorch.frontends.cli.layout import table, wrapped
from ccorch.frontends.cli.screen import Screen
from ccorch.rules.amounts import money
from ccorch.rules.plain import line

if TYPE_CHECKING:
    from ccorch.operations.models import CalibratedRole, CalibrateReply, ModelRow, ModelsReply
    from ccorch.operations.role_routes import RoleRoute, RoutesReply
    from ccorch.schema.route import FallbackRoute

FEW = 3
"""With more roles than this, what would change a route is left to --role and --json."""

SHORT = {"long_context": "long", "reasoning": "reason", "stability": "stable", "multimodal": "images"}
"""Heads of narrow columns."""


def routes(reply: RoutesReply, screen: Screen) -> Iterator[str]:
    """One line for each role, then the fallbacks, then what would change a route."""
    heads = ("role", "tier", "profile/model", "fit", "in/out per Mtok", "why")
    rows = [_route(route) for route in reply.routes]
    lines = table(heads, rows, screen.room, "why", ("tier", "in/out per Mtok"))
    yield screen.styled(lines[0], "dim")
    yield from lines[1:]
    for route in reply.routes:
        for text in fallbacks(route.role, route.fallbacks):
            yield from wrapped(text, screen.width)
    yield ""
    few = len(reply.routes) <= FEW
    for route in (one for one in reply.routes if few and not one.error):
        yield from _changes(route, screen)
    if not few and any(not route.error for route in reply.routes):
        yield "`ccorch routes --role ROLE` tells what would change a route"
    yield from wrapped(_basis(reply), screen.width)
    failed = [route.role for route in reply.routes if route.error]
    if failed:
        yield from (
            screen.styled(text, "red") for text in wrapped(f"! no route for {', '.join(failed)}", screen.width)
        )
    told = [*reply.notes]
    if failed and reply.advice:
        told.append(f"no profile but the scripted model can be launched; {reply.advice}")
    for said in told:
        yield from (screen.styled(text, "yellow") for text in wrapped(f"! {line(said)}", screen.width))
    if reply.out:
        yield f"written to {line(reply.out)}"


def fallbacks(where: str, ways: tuple[FallbackRoute, ...], limit: float | None = None) -> Iterator[str]:
    """Where a node or role falls back to, each target once with the errors that lead there and its worst case."""
    targets: dict[tuple[str, str, float | None], list[str]] = {}
    for way in ways:
        targets.setdefault((way.profile, way.model, way.worst_usd), []).append(way.on)
    for (profile, model, usd), errors in targets.items():
        most = "price unknown" if usd is None else f"≤ {money(usd if limit is None else min(usd, limit))}"
        yield line(f"{where} falls back on {', '.join(errors)} to {profile} · {model} ({most})")


def models(reply: ModelsReply, screen: Screen) -> Iterator[str]:
    """The registry: scores by capability, then history and quality where there are any."""
    if not reply.models:
        yield "no profile that can be used names a model; `ccorch profiles` tells why"
        return
    names = [score.capability for score in reply.models[0].scores]
    heads = ("profile/model", "tiers", "family", *(SHORT.get(name, name) for name in names), "in/out per Mtok")
    rows = [_model(row) for row in reply.models]
    drops = ("tiers", "in/out per Mtok", "family")
    first, *lines = table(heads, rows, screen.room, drops=drops)
    yield screen.styled(first, "dim")
    yield from lines
    yield ""
    for row in reply.models:
        yield from _measured(row, screen)
    dated = f"prices of {reply.prices_dated} and of the profiles' sources"
    yield from wrapped(f"scores are 0 to 10, * is moved by measurements; {dated}", screen.width)
    yield from wrapped(f"calibration: {line(reply.calibration or 'none recorded')}", screen.width)


def calibrated(reply: CalibrateReply, screen: Screen) -> Iterator[str]:
    """What was measured enough, and whether it counts from now on."""
    if reply.forgotten:
        yield "the recorded calibration was taken back"
        return
    if not reply.roles:
        said = f"no model that routes may choose was measured {reply.min_samples} times or more"
        yield from wrapped(f"{said}, so nothing is recorded; `ccorch models bench --run` measures", screen.width)
        return
    rows = [_calibrated(row) for row in reply.roles]
    yield from table(("role", "prefers", "fit", "rests on", "now"), rows, screen.room, drops=("now", "rests on"))
    if reply.without:
        left = f"nothing measured enough for {', '.join(reply.without)}; these stay as they are"
        yield from wrapped(left, screen.width)
    yield from wrapped(f"rests on {line(reply.basis)}", screen.width)
    yield "recorded; `--forget` takes it back" if reply.recorded else "not recorded; `--apply` records it"


def _route(route: RoleRoute) -> tuple[str, ...]:
    chosen = "NO ROUTE" if route.error else f"{route.profile}/{route.model}"
    fit = "-" if route.score is None else f"{route.score:g}"
    usd = "-" if route.error else _money(route.kind, route.usd_input, route.usd_output)
    return (route.role, route.tier or "-", chosen, fit, usd, route.reason)


def _changes(route: RoleRoute, screen: Screen) -> Iterator[str]:
    yield screen.styled(f"what would change {line(route.role)}", "bold")
    for said in route.would_change:
        yield from wrapped(f"- {line(said)}", screen.width, "  ")
    if not route.would_change:
        yield "  nothing that is configured or measured here"


def _basis(reply: RoutesReply) -> str:
    record = f"calibration of {line(reply.calibration)}" if reply.calibration else "no calibration"
    can = f"{reply.usable} of {reply.known} profiles can be used{_scripted(reply)}"
    return (
        f"routing={reply.strategy}; {can}; on record: "
        f"{reply.benched} benchmark results, {_judgements(reply.judged)}, {record}"
    )


def _scripted(reply: RoutesReply) -> str:
    """No role is routed to the scripted model unless it is named, so one that is usable alone gives no route."""
    return " (scripted, when it is named)" if reply.advice and reply.usable == 1 else ""


def _judgements(count: int) -> str:
    return "1 judgement" if count == 1 else f"{count} judgements"


def _model(row: ModelRow) -> tuple[str, ...]:
    scores = (f"{one.score:.1f}".removesuffix(".0") + "*" * (one.measured > 0) for one in row.scores)
    tiers = ", ".join(row.tiers)
    return (
        f"{row.profile}/{row.model}",
        tiers,
        row.family or "-",
        *scores,
        _money(row.kind, row.usd_input, row.usd_output),
    )


def _measured(row: ModelRow, screen: Screen) -> Iterator[str]:
    cases = [f"{one.case} {one.right:.0%} of {one.results}, last {moment(one.last_at)}" for one in row.bench]
    work = [f"{one.role} {one.mean:g} of 100 in {one.judgements}" for one in row.quality]
    for head, told in (("benchmarks", cases), ("real work", work)):
        if told:
            yield from wrapped(f"{line(row.profile)}/{line(row.model)} {head}: {'; '.join(told)}", screen.width)


def _calibrated(row: CalibratedRole) -> tuple[str, ...]:
    rests = f"{row.benched} benchmark results, {_judgements(row.judged)}"
    return (row.role, f"{row.profile}/{row.model}", f"{row.score:g}", rests, row.now or "no route")


def _money(kind: str | None, usd_input: float | None, usd_output: float | None) -> str:
    if kind == "subscription":
        return "plan"
    return "unknown" if usd_input is None else f"{money(usd_input)}/{money(usd_output)}"
