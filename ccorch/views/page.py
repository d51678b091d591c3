"""A document as one HTML file that needs nothing else: no script, nothing from elsewhere, light and dark."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from ccorch.views.document import Heading, Part, Picture, Points, Table, Words, short

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""What the page may load: nothing."""

STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #ffffff; --soft: #59636e; --line: #d1d9e0;
 --bar: #2f6feb; --good: #1a7f37; --bad: #cf222e; --still: #9a6700; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --paper: #0d1117; --soft: #9198a1; --line: #30363d;
 --bar: #4c8dff; --good: #3fb950; --bad: #f85149; --still: #d29922; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 2rem auto;
 max-width: 72rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; border-bottom: 1px solid var(--line); }
h3 { font-size: 1rem; } li, p, td { overflow-wrap: anywhere; }
div.wide { overflow-x: auto; } div.wide + div.wide { margin-top: 1.2rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; }
tr { border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 600; white-space: nowrap; } td.number { white-space: nowrap; }
svg { max-width: 100%; height: auto; } svg text { fill: var(--ink); font: 12px system-ui, sans-serif; }
svg .soft { fill: var(--soft); } svg .axis { stroke: var(--line); } svg .bar { fill: var(--bar); }
svg .good { fill: var(--good); } svg .bad { fill: var(--bad); } svg .still { fill: var(--still); opacity: .6; }
figure { margin: 1rem 0; } figcaption { color: var(--soft); font-size: .85rem; }
"""


def page(parts: Sequence[Part]) -> str:
    """The whole page; every text in it is text."""
    title = next((part.text for part in parts if isinstance(part, Heading)), "ccorch")
    body = "\n".join(text for part in parts for text in _written(part))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_text(title)}</title>\n<style>{STYLE}</style></head>\n<body><main>\n{body}\n</main></body></html>\n"
    )


def _written(part: Part) -> Iterator[str]:
    match part:
        case Heading(text, level):
            yield f"<h{level}>{_text(text)}</h{level}>"
        case Words(text, strong):
            yield f"<p><strong>{_text(text)}</strong></p>" if strong else f"<p>{_text(text)}</p>"
        case Points(items):
            yield f"<ul>{''.join(f'<li>{_text(item)}</li>' for item in items)}</ul>"
        case Table(heads):
            head = "".join(f"<th>{_text(name)}</th>" for name in heads)
            yield f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>'
            yield from (f"<tr>{''.join(map(_cell, row))}</tr>" for row in part.shown)
            yield "</tbody></table></div>"
        case Picture(svg, says):
            yield f"<figure>{svg}<figcaption>{_text(says)}</figcaption></figure>"


def _cell(text: str) -> str:
    kind = ' class="number"' if text[:1] in "$0123456789-~" and len(text) < 24 else ""
    return f"<td{kind}>{_text(text)}</td>"


def _text(text: str) -> str:
    return escape(short(text), quote=True)
