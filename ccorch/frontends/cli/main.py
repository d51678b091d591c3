"""The command line: words in, lines and an exit status out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from ccorch import __version__
from ccorch.errors import CcorchError, ConfirmationNeeded
from ccorch.frontends.cli import problems
from ccorch.frontends.cli.command import Command, command
from ccorch.frontends.cli.screen import Screen

if TYPE_CHECKING:
    from ccorch.operations.house import House
    from ccorch.operations.registry import Verb
    from ccorch.schema.base import Value
    from ccorch.schema.planning import RunRequest

COMPLETE = "_complete"
"""What the shell's completion asks with."""

SHORT = (
    "ccorch: plans, runs and records Claude Code workers from composable configs",
    "",
    '  ccorch plan role=review task="look at src/cart.py"    what would run, and the most it can cost',
    '  ccorch role=review task="look at src/cart.py"         run it and follow it',
    "  ccorch list                                           runs, newest first",
    "",
    "`ccorch --help` lists all verbs, `ccorch VERB --help` explains one.",
)
"""What the bare command prints."""

EXITS = {"done": 0, "failed": 1, "timed_out": 1, "cancelled": 1}
"""Exit status of `wait` by how the run ended."""

NEEDED = 3
"""Exit status of `wait` for an end that does not come before somebody answers, or resumes the run."""


@dataclass(frozen=True)
class Doors:
    """What lies behind the command line; each is opened only when it is needed."""

    house: Callable[[Path], House]
    """The house, for a caller at a terminal."""
    serve: Callable[[Any], int]
    """Be the daemon, as a ServeRequest asks."""
    foreground: Callable[[], AbstractContextManager[None]]
    """Host the daemon in this process meanwhile, when none lives."""
    serve_mcp: Callable[[Path, Any], int]
    """Serve MCP for a project, as an McpServeRequest asks."""
    board: Callable[[Path, Any, Callable[[str], None]], int]
    """Show runs on a web page as a BoardRequest asks; the address or the file is told."""
    environment: Mapping[str, str]
    stdin: BinaryIO


def main(argv: Sequence[str], doors: Doors, screen: Screen) -> int:
    """Do what the words ask for; every problem ends here, as words and an exit status."""
    wants_json = "--json" in argv[: argv.index("--") if "--" in argv else len(argv)]
    try:
        return _done(argv, doors, screen)
    except CcorchError as problem:
        return problems.tell(problem, screen, wants_json)
    except KeyboardInterrupt:
        return problems.INTERRUPTED
    except BrokenPipeError:
        return problems.nobody_reads(screen)
    except OSError as problem:
        told = problems.of_the_system(problem)
        if told is None:
            return problems.tell_bug(problem, screen, wants_json)
        return problems.tell(told, screen, wants_json)
    except Exception as bug:
        return problems.tell_bug(bug, screen, wants_json)


def _done(argv: Sequence[str], doors: Doors, screen: Screen) -> int:
    if argv and argv[0] == COMPLETE:
        from ccorch.frontends.cli import inspection

        return inspection.complete(" ".join(argv[1:]), Path(), screen, doors.house)
    found = command(argv)
    if found.asks == "version":
        screen.show([f"ccorch {__version__}"])
        return 0
    if found.asks == "help":
        screen.show(_help(found, screen.width))
        return 0
    if found.verb is None:
        screen.show(SHORT)
        return 0
    if found.verb.name in ("run", "plan"):
        from ccorch.frontends.cli import inspection

        if inspection.is_asked(found):
            return inspection.show(found, screen, doors.environment, doors.house)
    return _answered(found, found.verb, doors, screen)


def _help(found: Command, width: int) -> list[str]:
    from ccorch.frontends.cli import help as helping

    if found.verb is not None:
        return helping.about(found.verb, width)
    return helping.group(found.words[0], width) if found.words else helping.overview(width)


def _answered(found: Command, verb: Verb, doors: Doors, screen: Screen) -> int:
    from ccorch.frontends.cli.asking import asked

    request: Any
    request, own = asked(found, doors.stdin.read)
    match verb.name:
        case "serve":
            return doors.serve(request)
        case "mcp serve":
            return doors.serve_mcp(found.project, request)
        case "board":
            tell = _told_as_data if found.as_json else _told
            return doors.board(found.project, request, lambda where: tell(request, where, screen))
    house = doors.house(found.project)
    match verb.name:
        case "scan" if request.stdin:
            from ccorch.operations.inspecting import scan_text

            return _printed(verb, scan_text(doors.stdin.read(), request.all), found.as_json, screen)
        case "run":
            with doors.foreground() if request.foreground else nullcontext():
                return _run(house, request, doors.stdin, screen, found.as_json)
        case "profiles check":
            from ccorch.frontends.cli import profiles

            return profiles.check(house, request, screen, found.as_json)
        case "models bench":
            from ccorch.frontends.cli import bench

            return bench.run(house, request, screen, found.as_json)
        case "usage" if request.csv and not found.as_json:
            from ccorch.frontends.cli.usage import values

            screen.show(values(verb.do(house, request)).splitlines())
            return 0
        case "init" if not found.words and not found.as_json and doors.stdin.isatty():
            from ccorch.frontends.cli import setting_up

            return setting_up.run(house, request, doors.stdin, screen)
        case "top":
            from ccorch.frontends.cli import top

            return top.run(house, request, screen, found.as_json)
        case "show" if "stream" in own:
            from ccorch.frontends.cli import stream

            return stream.run(house, request, screen, found.as_json, "follow" in own, "hold" in own)
        case "show" if "log" in own:
            request = request.model_copy(update={"view": "log"})
    match verb.name:
        case "show" if "follow" in own:
            from ccorch.frontends.cli import follow

            return follow.log(house, request, screen, found.as_json)
        case "show" if request.view == "log":
            from ccorch.frontends.cli import follow

            return (follow.written_as_data if found.as_json else follow.written)(house, request, screen)
        case "wait":
            reply = verb.do(house, request)
            status = _printed(verb, reply, found.as_json, screen)
            return NEEDED if status == 0 and request.until == "done" and not reply.is_over else status
    return _printed(verb, verb.do(house, request), found.as_json, screen)


def _told(request: Any, where: str, screen: Screen) -> None:
    screen.show([f"written to {where}" if request.export else where])
    if not request.export:
        screen.note("open it in a browser of this machine; Ctrl-C ends the board, runs go on")


def _told_as_data(request: Any, where: str, screen: Screen) -> None:
    screen.data({"file" if request.export else "address": where})


def _run(house: House, request: RunRequest, stdin: BinaryIO, screen: Screen, as_json: bool) -> int:
    from ccorch.frontends.cli import follow

    try:
        return follow.run(house, request, screen, as_json)
    except ConfirmationNeeded as problem:
        if not _agrees(problem, stdin, screen):
            raise
        return follow.run(house, request.model_copy(update={"yes": True}), screen, as_json)


def _agrees(problem: ConfirmationNeeded, stdin: BinaryIO, screen: Screen) -> bool:
    """Ask somebody who sits at the terminal; False where nobody does."""
    if not stdin.isatty():
        return False
    screen.note(f"{problem.message}. Run it? [y/N]")
    return stdin.readline().strip().lower() in (b"y", b"yes")


def _printed(verb: Verb, reply: Value, as_json: bool, screen: Screen) -> int:
    if as_json:
        screen.data(reply.model_dump(mode="json"))
    else:
        from ccorch.frontends.cli.render import rendered

        screen.show(rendered(reply, screen))
        if note := getattr(reply, "note", None):
            from ccorch.rules.plain import line

            screen.note(f"note: {line(note)}")
    return _status(verb, reply)


def _status(verb: Verb, reply: Any) -> int:
    if verb.name in ("doctor", "upgrade-check"):
        return 0 if reply.is_well else 1
    if verb.name == "handoff validate":
        return 0 if reply.valid else 1
    if verb.name == "review":
        return 0 if reply.advice == "approve" else 1
    if verb.name == "scan":
        return 1 if reply.leaks else 0
    if verb.name == "plan":
        return 3 if reply.outside else 0
    if verb.name == "verify":
        return 0 if reply.judgement == "pass" else 1
    if verb.name != "wait":
        return 0
    return 6 if reply.timed_out else EXITS.get(reply.status, 0)
