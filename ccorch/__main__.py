"""The front door: `ccorch …` and `python -m ccorch …`."""

import os
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from ccorch.frontends.cli.main import Doors
from ccorch.frontends.cli.main import main as command_line
from ccorch.frontends.cli.screen import of_process
from ccorch.operations.house import House
from ccorch.schema.event import Caller


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; gives the exit status."""
    doors = Doors(
        house=lambda project: _house(project, "terminal"),
        serve=_serve,
        foreground=_foreground,
        serve_mcp=_serve_mcp,
        environment=os.environ,
        stdin=sys.stdin.buffer,
    )
    return command_line(list(sys.argv[1:] if argv is None else argv), doors, of_process())


def _house(project: Path, by: Caller) -> House:
    from ccorch.wiring import open_house

    return open_house(Path(os.path.abspath(project)), by, os.environ)


def _serve(request: Any) -> int:
    from ccorch import wiring

    return wiring.serve(request, os.environ)


def _foreground() -> AbstractContextManager[None]:
    from ccorch import wiring

    return wiring.in_foreground(os.environ)


def _serve_mcp(project: Path) -> int:
    from ccorch.frontends.mcp.server import serve

    return serve(lambda: _house(project, "mcp"))


if __name__ == "__main__":
    sys.exit(main())
