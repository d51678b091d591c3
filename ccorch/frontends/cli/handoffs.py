"""A handoff as a reader wants it: how it stands, the summary, what was found, then the rest."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ccorch.frontends.cli.layout import wrapped
from ccorch.rules.plain import line

SAID_APART = ("schema_version", "role", "status", "summary", "findings")
"""Fields with a place of their own, or of no interest to a reader."""

NAMES = ("title", "file", "command", "kind")
"""Fields that name what an entry is about; the first that it has comes first."""


def lines(handoff: Any, width: int) -> Iterator[str]:
    """A handoff of any contract; what is no object is shown as JSON."""
    if not isinstance(handoff, Mapping):
        yield from wrapped(json.dumps(handoff, ensure_ascii=False), width)
        return
    if "status" in handoff:
        yield f"status: {line(str(handoff['status']))}"
    if handoff.get("summary"):
        yield from wrapped(str(handoff["summary"]), width)
    yield from _findings(handoff.get("findings"), width)
    for name, value in handoff.items():
        if name not in SAID_APART and value not in (None, "", [], {}):
            yield from _field(line(str(name)).replace("_", " "), value, width)


def finding(entry: Any) -> str:
    """A finding on one line: severity, place, title and detail."""
    if not isinstance(entry, Mapping):
        return _told(entry)
    place = ":".join(str(entry[key]) for key in ("file", "line") if entry.get(key) is not None)
    head = " ".join(str(part) for part in (entry.get("severity"), place, entry.get("title")) if part)
    detail = entry.get("detail")
    return line(f"{head} — {detail}" if detail else head)


def _findings(found: Any, width: int) -> Iterator[str]:
    if isinstance(found, list):
        yield f"findings: {len(found) or 'none'}"
        for entry in found:
            yield from _bullet(finding(entry), width)
    elif found:
        yield from wrapped(f"findings: {_told(found)}", width)


def _field(name: str, value: Any, width: int) -> Iterator[str]:
    if isinstance(value, list):
        yield f"{name}:"
        for entry in value:
            yield from _bullet(_told(entry), width)
    else:
        yield from wrapped(f"{name}: {_told(value)}", width)


def _bullet(text: str, width: int) -> Iterator[str]:
    first, *rest = wrapped(text, width - 4)
    yield f"  - {first}"
    yield from (f"    {more}" for more in rest)


def _told(value: Any) -> str:
    if not isinstance(value, Mapping):
        return line(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
    names = [key for key in NAMES if key in value]
    rest = [key for key in value if key not in names]
    return " — ".join(_told(value[key]) for key in (*names[:1], *names[1:], *rest) if value[key] is not None)
