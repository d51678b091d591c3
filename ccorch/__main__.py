"""The front door: `ccorch …` and `python -m ccorch …`."""

from __future__ import annotations

import gc
import io
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path
    from types import FrameType

    from ccorch.operations.house import House
    from ccorch.schema.event import Caller

INTERRUPTED = 130
LOADER = "<frozen importlib._bootstrap>"

SHORT_LIVED, LONG_LIVED = (500_000, 20, 50), gc.get_threshold()
"""How often the collector looks for circles: a command makes few, and looking costs a quarter of its time."""


def program() -> NoReturn:
    """Run the command line and end; the entry of the process."""
    status = main()
    if _is_written() and threading.active_count() == 1:
        # taking a loaded house down piece by piece takes longer than most commands
        os._exit(status)
    sys.exit(status)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; gives the exit status."""
    _settle()
    from ccorch.frontends.cli.main import Doors
    from ccorch.frontends.cli.main import main as command_line
    from ccorch.frontends.cli.screen import of_process

    doors = Doors(
        house=lambda project: _house(project, "terminal"),
        serve=_serve,
        foreground=_foreground,
        serve_mcp=_serve_mcp,
        board=_board,
        environment=os.environ,
        stdin=sys.stdin.buffer if sys.stdin else io.BytesIO(),
    )
    screen = of_process()
    _listen()
    return command_line(list(sys.argv[1:] if argv is None else argv), doors, screen)


def _settle() -> None:
    """While modules are loaded, Ctrl-C just ends; and no file that is opened takes the place of a closed stream."""
    # models need no plugins, and looking through all that is installed for some takes longer than most verbs
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
    gc.set_threshold(*SHORT_LIVED)
    for stream in range(3):
        try:
            os.fstat(stream)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def _listen() -> None:
    """From here on Ctrl-C is an exception, which each verb answers in its own way."""
    if signal.getsignal(signal.SIGINT) not in (signal.SIG_IGN, signal.SIG_DFL):
        signal.signal(signal.SIGINT, _interrupt)


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Raise; while modules are loaded, where whoever wants them goes on, unless it is the second time.

    What is raised where a class is made comes out as another error.
    """
    importer = None
    while frame is not None:
        if frame.f_code.co_filename == LOADER:
            importer = frame.f_back
        frame = frame.f_back
    if importer is None or sys.gettrace() is not None:
        sys.settrace(None)
        raise KeyboardInterrupt
    importer.f_trace = _raise
    sys.settrace(lambda *_: None)


def _raise(frame: FrameType, event: str, argument: Any) -> NoReturn:
    """Called at the next line of the frame that it was hung into."""
    sys.settrace(None)
    raise KeyboardInterrupt


def _is_written() -> bool:
    """Whether all that was printed has arrived; where it cannot, the interpreter's own end says so."""
    try:
        for stream in filter(None, (sys.stdout, sys.stderr)):
            stream.flush()
    except OSError:
        return False
    return True


def _house(project: Path, by: Caller, who: str = "") -> House:
    from pathlib import Path

    from ccorch.wiring import open_house

    return open_house(Path(os.path.abspath(project)), by, os.environ, who)


def _serve(request: Any) -> int:
    from ccorch import wiring

    return wiring.serve(request, os.environ, _stay)


def _stay() -> None:
    """From here on this process lives long: what was loaded so far stays, and circles are looked for as usual."""
    gc.freeze()
    gc.set_threshold(*LONG_LIVED)
    if signal.getsignal(signal.SIGINT) is _interrupt:
        signal.signal(signal.SIGINT, signal.default_int_handler)  # which a loop takes for its own


def _foreground() -> AbstractContextManager[None]:
    from ccorch import wiring

    return wiring.in_foreground(os.environ)


def _serve_mcp(project: Path, request: Any) -> int:
    from ccorch import wiring

    # a port that is taken is told at once, not after all of the server was loaded
    listening = wiring.listening(request.port) if request.http else None
    from ccorch.frontends.mcp.server import Server

    server = Server(
        lambda who: _house(project, "mcp", who),
        wiring.mcp_settings(),
        lambda call: wiring.note_call(call, os.environ),
    )
    _stay()
    if listening is None:
        server.run("stdio")
        return 0
    from ccorch.frontends.mcp.http import serve

    return serve(server, listening, lambda address, token: wiring.tell_http(address, token, os.environ))


def _board(project: Path, request: Any, tell: Callable[[str], None]) -> int:
    if request.export is not None:
        from ccorch.frontends.board.export import export

        tell(export(_house(project, "board"), request))
        return 0
    from ccorch import wiring
    from ccorch.frontends.board.server import serve

    _stay()
    return serve(lambda: _house(project, "board"), wiring.listening(request.port), tell)


if __name__ == "__main__":
    program()
