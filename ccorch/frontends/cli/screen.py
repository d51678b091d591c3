"""Where words go: two streams, their width, and whether they may be coloured."""

import errno
import io
import json
import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, TextIO

from ccorch.errors import WorkspaceUnwritable

Style = Literal["bold", "dim", "red", "green", "yellow", "cyan"]

NARROW = 40
"""Fewest columns that are laid out for."""

ENDLESS = 1 << 20
"""Cells of a line where nothing bounds it."""

UNABLE = ("", "dumb", "unknown")
"""Terminals on which nothing can be drawn."""

_CODES: dict[Style, int] = {"bold": 1, "dim": 2, "red": 31, "green": 32, "yellow": 33, "cyan": 36}


@dataclass(frozen=True)
class Screen:
    """Results go to `out`, everything about them to `err`."""

    out: TextIO
    err: TextIO
    width: int = 100
    colour: bool = False
    live: bool = False
    """Whether a person looks at it now."""
    draws: bool = False
    """Whether lines may be drawn over others."""
    bounded: bool = True
    """Whether tables must fit into the width; in a file or a pipe nothing is cut."""

    @property
    def room(self) -> int:
        """Cells that a table may take."""
        return self.width if self.bounded else ENDLESS

    def room_now(self) -> int:
        """Cells of a line now, where the terminal's size can have changed."""
        try:
            return max(os.get_terminal_size(self.out.fileno()).columns, 1)
        except (OSError, ValueError):
            return self.width

    def show(self, lines: Iterable[str]) -> None:
        """Print lines of the result."""
        for text in lines:
            self._write(text + "\n")
        self._write("")

    def note(self, text: str) -> None:
        """Print a line that is not the result."""
        print(text, file=self.err, flush=True)

    def draw(self, text: str) -> None:
        """Write at once, as it is, for a terminal that moves its cursor."""
        self._write(text)
        self._write("")

    def ring(self) -> None:
        """Ring the bell of a terminal that somebody looks at."""
        if self.live:
            self._write("\a")

    def data(self, data: Any) -> None:
        """Print JSON on one line."""
        self.show([as_json(data, self.out)])

    def _write(self, text: str) -> None:
        try:
            self.out.write(text)
            if not text.endswith("\n"):
                self.out.flush()
        except BrokenPipeError:
            raise
        except OSError as problem:
            forget(self.out)
            raise WorkspaceUnwritable(
                f"standard output cannot be written: {problem.strerror}", hint="what was started goes on"
            ) from problem

    def styled(self, text: str, *styles: Style) -> str:
        """The text in these styles, where colours may be used."""
        if not (self.colour and text and styles):
            return text
        return "".join(f"\x1b[{_CODES[style]}m" for style in styles) + text + "\x1b[0m"

    def titled(self, name: str, rest: str, *styles: Style) -> Iterator[str]:
        """The same with a name that it begins with, which alone is in these styles."""
        first, *others = self.told(f"{name}{rest}")
        yield self.styled(name, *styles) + first.removeprefix(name)
        yield from others

    def told(self, text: str, *styles: Style, indent: str = "") -> Iterator[str]:
        """A sentence in these styles, folded at words where a terminal bounds it."""
        from ccorch.frontends.cli.layout import wrapped

        yield from (self.styled(part, *styles) for part in wrapped(text, self.room, indent))


def of_process() -> Screen:
    """The streams of this process; what stands for one that was closed says so when it is written to."""
    out: TextIO = sys.stdout or _Closed()
    err: TextIO = sys.stderr or io.StringIO()
    for stream in (out, err):
        if hasattr(stream, "reconfigure"):
            # an unknown letter or half a surrogate pair must not end a command
            stream.reconfigure(errors="backslashreplace")
    live = out.isatty()
    term = os.environ.get("TERM", "")
    plain = "NO_COLOR" in os.environ or term == "dumb" or not live
    width = max(NARROW, shutil.get_terminal_size((100, 24)).columns)
    return Screen(
        out,
        err,
        width,
        colour=not plain,
        live=live,
        draws=live and term not in UNABLE,
        bounded=live or "COLUMNS" in os.environ,
    )


def as_json(data: Any, stream: TextIO) -> str:
    """JSON on one line in letters that the stream can carry."""
    wide = (getattr(stream, "encoding", None) or "utf-8").lower().replace("-", "") == "utf8"
    return json.dumps(data, ensure_ascii=not wide, separators=(",", ":"))


def forget(stream: TextIO) -> None:
    """Let what is still buffered go nowhere; without this the interpreter complains at its end."""
    if stream is sys.stdout:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


class _Closed(io.StringIO):
    """A stream that was closed before the process began."""

    def write(self, text: str) -> int:
        raise OSError(errno.EBADF, "it is closed")
