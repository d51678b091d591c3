"""Where words go: two streams, their width, and whether they may be coloured."""

import json
import os
import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, TextIO

Style = Literal["bold", "dim", "red", "green", "yellow", "cyan"]

NARROW = 40
"""Fewest columns that are laid out for."""

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

    def show(self, lines: Iterable[str]) -> None:
        """Print lines of the result."""
        for text in lines:
            print(text, file=self.out)
        self.out.flush()

    def note(self, text: str) -> None:
        """Print a line that is not the result."""
        print(text, file=self.err, flush=True)

    def ring(self) -> None:
        """Ring the bell of a terminal that somebody looks at."""
        if self.live:
            print("\a", end="", file=self.out, flush=True)

    def data(self, data: Any) -> None:
        """Print JSON on one line."""
        self.show([as_json(data, self.out)])

    def styled(self, text: str, *styles: Style) -> str:
        """The text in these styles, where colours may be used."""
        if not self.colour or not text:
            return text
        return "".join(f"\x1b[{_CODES[style]}m" for style in styles) + text + "\x1b[0m"


def of_process() -> Screen:
    """The streams of this process."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # an unknown letter or half a surrogate pair must not end a command
            stream.reconfigure(errors="backslashreplace")
    plain = "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb" or not sys.stdout.isatty()
    width = max(NARROW, shutil.get_terminal_size((100, 24)).columns)
    return Screen(sys.stdout, sys.stderr, width, colour=not plain, live=sys.stdout.isatty())


def as_json(data: Any, stream: TextIO) -> str:
    """JSON on one line in letters that the stream can carry."""
    wide = (getattr(stream, "encoding", None) or "utf-8").lower().replace("-", "") == "utf8"
    return json.dumps(data, ensure_ascii=not wide, separators=(",", ":"))
