"""The routing strategy as a Markdown page: who gets what, why, and what would change it."""

from collections.abc import Iterator
from datetime import UTC, datetime

from ccorch.operations.look import Look
from ccorch.operations.role_routes import RoleRoute, RoutesReply
from ccorch.rules.plain import line

MARK = "<!-- routing strategy report, written by `ccorch routes --out`; replaced when written again -->"
"""First line of a report; a file that begins otherwise is not replaced."""


def report(reply: RoutesReply, seen: Look, at: float) -> str:
    """The page."""
    return "\n".join(_lines(reply, seen, at)) + "\n"


def _lines(reply: RoutesReply, seen: Look, at: float) -> Iterator[str]:
    moment = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")
    yield from (MARK, "# Routing strategy", "")
    yield f"Made {moment} for strategy `{reply.strategy}`: {reply.usable} of {reply.known} profiles can be used;"
    yield f"{reply.benched} benchmark results and {reply.judged} judgements are on record;"
    yield f"the recorded calibration: {_cell(reply.calibration or 'none')}. Prices of {seen.config.prices.dated}."
    yield ""
    yield from (
        "| role | tier | route | fit | $ per million tokens in / out | fallbacks |",
        "|---|---|---|---|---|---|",
    )
    yield from (_row(route) for route in reply.routes)
    for route in reply.routes:
        yield from ("", f"## {_cell(route.role)}", "", _sentence(route))
        yield from (f"* {_cell(said)}" for said in route.would_change)
    if reply.notes:
        yield from (
            "",
            "## Sources that could not be read whole",
            "",
            *(f"* {_cell(said)}" for said in reply.notes),
        )
    out = [profile for profile in seen.market.profiles if profile.unusable]
    if out:
        yield from ("", "## Profiles that cannot be used", "")
        yield from (f"* {_cell(profile.name)}: {_cell(profile.unusable or '')}" for profile in out)


def _row(route: RoleRoute) -> str:
    ways = ", ".join(f"{way.on}: {way.profile} · {way.model}" for way in route.fallbacks) or "none"
    chosen = "**no route**" if route.error else f"{route.profile} · {route.model}"
    fit = "not weighed" if route.score is None else f"{route.score:g}"
    unknown = "a plan" if route.kind == "subscription" else "unknown"
    money = unknown if route.usd_input is None else f"{route.usd_input:g} / {route.usd_output:g}"
    cells = (route.role, route.tier or "unknown", chosen, fit, money, ways)
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _sentence(route: RoleRoute) -> str:
    return f"{'**No route**: ' if route.error else ''}{_cell(route.reason)}"


def _cell(text: str) -> str:
    """One line that no table, heading or tag is broken by."""
    plain = line(text).replace("\\", "\\\\").replace("<", "&lt;")
    return plain.replace("|", "\\|").replace("`", "\\`")
