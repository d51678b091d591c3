"""Opaque marks from which a long list goes on; each belongs to the question it was given for."""

import base64
import json
from typing import Any

from ccorch.errors import ArgumentInvalid
from ccorch.schema.base import fingerprint

LONGEST = 2_000
"""Letters of a mark that are looked at."""


def mark(after: list[Any], question: Any) -> str:
    """The mark behind an entry, by whatever orders the list."""
    told = json.dumps([after, fingerprint(question)[:12]], separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(told.encode("utf-8", "surrogatepass")).decode("ascii").rstrip("=")


def after(said: str, question: Any, like: list[Any]) -> list[Any]:
    """What a mark stands for, of the same kinds as `like`; raises ArgumentInvalid for one of another question."""
    try:
        padded = said[:LONGEST].encode("ascii") + b"=" * (-len(said) % 4)
        found, asked = json.loads(base64.urlsafe_b64decode(padded))
        fits = asked == fingerprint(question)[:12] and list(map(type, found)) == list(map(type, like))
    except (ValueError, TypeError, RecursionError):
        fits = False
    if not fits:
        raise ArgumentInvalid(
            f"cursor {said[:60]!r} does not belong to this question",
            hint="give next_cursor of the same call with the same arguments, or none to begin anew",
        )
    return list(found)
