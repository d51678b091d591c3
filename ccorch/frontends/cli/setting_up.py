"""`ccorch init` at a terminal: a few questions, what would be written, and then the writing."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from pydantic import ValidationError

from ccorch.errors import ArgumentInvalid
from ccorch.frontends.cli.knowledge import prepared
from ccorch.frontends.cli.screen import Screen
from ccorch.operations.upkeep import init

if TYPE_CHECKING:
    from ccorch.operations.house import House
    from ccorch.schema.keeping import InitRequest

YES = ("y", "yes")


def run(house: House, request: InitRequest, stdin: BinaryIO, screen: Screen) -> int:
    """Ask, show and write; an empty answer takes what stands in brackets. Nothing is written before."""
    chosen = _asked(house, request, stdin, screen)
    screen.show(prepared(init(house, chosen.model_copy(update={"dry_run": True})), screen))
    if _answer("Write these? [Y/n]", stdin, screen).lower() not in ("", *YES):
        screen.note("nothing was written")
        return 0
    screen.show(prepared(init(house, chosen), screen))
    return 0


def _asked(house: House, request: InitRequest, stdin: BinaryIO, screen: Screen) -> InitRequest:
    role = _answer("Role that works where none is named, such as review or development [none]:", stdin, screen)
    usd = _answer("Most US dollars for one run [the packaged limit]:", stdin, screen)
    persona = _answer("A section for agents in CLAUDE.md and AGENTS.md? [y/N]", stdin, screen)
    mcp = _answer("Let Claude Code in this project control runs (.mcp.json)? [y/N]", stdin, screen)
    chosen = {
        "role": role or None,
        "usd": _dollars(usd),
        "persona": persona.lower() in YES,
        "mcp": mcp.lower() in YES,
    }
    try:
        made = type(request)(**{**request.model_dump(), **chosen})
    except ValidationError as problem:
        first = problem.errors(include_url=False)[0]
        said = f"{first['input']!r}: {first['msg'][:1].lower()}{first['msg'][1:]}"
        raise ArgumentInvalid(said, hint="nothing was written") from None
    init(house, made.model_copy(update={"dry_run": True}))  # a wrong choice is told before anything else
    return made


def _dollars(said: str) -> float | None:
    try:
        return float(said.lstrip("$")) if said else None
    except ValueError:
        raise ArgumentInvalid(f"{said!r} is no amount", hint="such as 1.50; nothing was written") from None


def _answer(question: str, stdin: BinaryIO, screen: Screen) -> str:
    screen.note(question)
    said = stdin.readline()
    if not said:
        raise ArgumentInvalid("the answers ended before the questions did", hint="nothing was written")
    return said.decode("utf-8", "replace").strip()
