"""A terminal's screen as SVG: the text that tmux shows, with its colours."""

import re
from html import escape

COLOURS = {31: "#f85149", 32: "#3fb950", 33: "#d29922", 36: "#39c5cf"}
INK, PAPER = "#e6edf3", "#0d1117"
CELL, LINE, EDGE = 8.4, 19, 12
_STYLE = re.compile(r"\x1b\[([0-9;]*)m")


def svg(screen: str, columns: int) -> str:
    """The picture of what `capture-pane -e` gives."""
    lines = screen.rstrip("\n").split("\n")
    width, height = columns * CELL + 2 * EDGE, len(lines) * LINE + 2 * EDGE
    style: dict[str, str] = {}
    rows = "".join(_row(text, EDGE + at * LINE, style) for at, text in enumerate(lines))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        f'height="{height:.0f}"><rect width="100%" height="100%" rx="8" fill="{PAPER}"/>'
        f'<g font-family="ui-monospace, DejaVu Sans Mono, monospace" font-size="14" fill="{INK}">{rows}</g></svg>\n'
    )


def _row(text: str, y: float, style: dict[str, str]) -> str:
    """One line; `style` goes on in the next one, as on a terminal."""
    found, column = "", 0
    for place, part in enumerate(_STYLE.split(text)):
        if place % 2:
            _change(style, part)
        elif part:
            x, wide = EDGE + column * CELL, len(part) * CELL
            look = "".join(f' {name}="{value}"' for name, value in style.items() if name != "chosen")
            if "chosen" in style:
                found += f'<rect x="{x:.1f}" y="{y}" width="{wide:.1f}" height="{LINE}" fill="{INK}"/>'
                look = f' fill="{PAPER}"'
            if part.strip():
                found += f'<text x="{x:.1f}" y="{y + 14}" textLength="{wide:.1f}" xml:space="preserve"{look}>'
                found += f"{escape(part)}</text>"
            column += len(part)
    return found


def _change(style: dict[str, str], codes: str) -> None:
    for code in (int(one or 0) for one in codes.split(";")):
        if code == 0:
            style.clear()
        elif code == 1:
            style["font-weight"] = "bold"
        elif code == 2:
            style["opacity"] = "0.6"
        elif code == 7:
            style["chosen"] = "yes"
        elif code in COLOURS:
            style["fill"] = COLOURS[code]
        elif code == 39:
            style.pop("fill", None)
