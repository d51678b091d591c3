"""`ccorch top`: all runs of the machine on a whole screen, or one look at them in plain lines."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from ccorch.frontends.cli.screen import Screen
from ccorch.operations.registry import BY_NAME

if TYPE_CHECKING:
    from ccorch.frontends.cli.screen import Style
    from ccorch.frontends.cli.top_rows import Line
    from ccorch.frontends.cli.top_state import Top
    from ccorch.operations.house import House
    from ccorch.schema.following import TopRequest

TICK = 1.0
"""Seconds between two looks."""


def run(house: House, request: TopRequest, screen: Screen, wants_json: bool) -> int:
    """Watch until somebody leaves; one look where nobody can watch."""
    if wants_json or request.once or not _can_draw(screen):
        return _once(house, request, screen, wants_json)
    from ccorch.frontends.cli.top_state import Top

    _watched(Top(house, request), house, screen.colour)
    return 0


def _can_draw(screen: Screen) -> bool:
    return screen.draws and sys.stdin is not None and sys.stdin.isatty()


def _once(house: House, request: TopRequest, screen: Screen, wants_json: bool) -> int:
    reply = BY_NAME["top"].do(house, request)
    if wants_json:
        screen.data(reply.model_dump(mode="json"))
        return 0
    from ccorch.frontends.cli.top_rows import once
    from ccorch.rules.plain import line

    screen.show(once(reply, screen, request.match))
    if reply.note:
        screen.note(f"note: {line(reply.note)}")
    return 0


def _watched(top: Top, house: House, colour: bool) -> None:
    """Draw and obey until somebody leaves; the terminal is as it was afterwards, whatever happens."""
    import curses
    import locale

    locale.setlocale(locale.LC_CTYPE, "")
    os.environ.setdefault("ESCDELAY", "25")
    for name in ("COLUMNS", "LINES"):  # curses would believe them more than the terminal
        os.environ.pop(name, None)
    curses.wrapper(lambda window: _Drawing(window, top, colour).follow(house))


class _Drawing:
    """A terminal that shows frames and gives keys."""

    def __init__(self, window: object, top: Top, colour: bool) -> None:
        import curses

        self._window: curses.window = window  # type: ignore[assignment]
        self._top = top
        self._looks: dict[Style, int] = {"bold": curses.A_BOLD, "dim": curses.A_DIM}
        curses.curs_set(0) if curses.tigetstr("civis") else None
        if curses.has_colors():
            curses.use_default_colors()
        if colour and curses.has_colors():
            colours = (curses.COLOR_RED, curses.COLOR_GREEN, curses.COLOR_YELLOW, curses.COLOR_CYAN)
            names: tuple[Style, ...] = ("red", "green", "yellow", "cyan")
            for pair, (name, value) in enumerate(zip(names, colours, strict=True), 1):
                curses.init_pair(pair, value, -1)
                self._looks[name] = curses.color_pair(pair)

    def follow(self, house: House) -> None:
        """Until somebody leaves."""
        due = house.clock.now()
        while True:
            now = house.clock.now()
            if not 0 < due - now <= TICK:  # a clock that was set back must not stop the looks
                self._top.renew()
                due = house.clock.now() + TICK
            self._draw()
            self._window.timeout(max(int((due - house.clock.now()) * 1000), 1))
            try:
                key = self._key()
            except KeyboardInterrupt:
                return
            if key and not self._top.key(key):
                return

    def _draw(self) -> None:
        import curses

        height, width = self._window.getmaxyx()
        self._window.erase()
        for row, shown in enumerate(self._top.frame(width - 1, height)):
            try:
                self._window.addstr(row, 0, shown.text, self._look(shown))
            except curses.error:  # the screen has shrunk meanwhile; the next frame fits it
                continue
        self._window.refresh()

    def _look(self, shown: Line) -> int:
        import curses

        found = curses.A_REVERSE if shown.chosen else 0
        for style in shown.styles:
            found |= self._looks.get(style, 0)
        return found

    def _key(self) -> str:
        """The name of the key that was hit; nothing when none was, or one that means nothing."""
        import curses

        try:
            key = self._window.get_wch()
        except curses.error:
            return ""
        named = {
            curses.KEY_UP: "up",
            curses.KEY_DOWN: "down",
            curses.KEY_PPAGE: "pgup",
            curses.KEY_NPAGE: "pgdn",
            curses.KEY_HOME: "home",
            curses.KEY_END: "end",
            curses.KEY_ENTER: "enter",
            curses.KEY_BACKSPACE: "backspace",
            "\n": "enter",
            "\r": "enter",
            "\x1b": "esc",
            "\x7f": "backspace",
            "\b": "backspace",
        }
        return named.get(key, key if isinstance(key, str) else "")
