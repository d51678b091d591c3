"""Values that are known to be secret, in every spelling in which they can turn up."""

import base64
import json
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

SHORTEST = 6
"""Shorter values are not matched: they would eat ordinary text."""

_SHORTEST_BASE64 = 8


def forms_of(secrets: Iterable[str]) -> tuple[bytes, ...]:
    """All spellings of the values, longest first."""
    forms = {form for secret in secrets if len(secret) >= SHORTEST for form in spellings(secret)}
    return tuple(sorted(forms, key=lambda form: (-len(form), form)))


def spellings(secret: str) -> frozenset[bytes]:
    """How a value looks raw, inside JSON, inside JSON inside JSON, in base64, in hex and in a URL."""
    raw = secret.encode("utf-8", "surrogatepass")
    texts = {secret, quote(raw, safe=""), quote(raw), quote_plus(raw), raw.hex(), raw.hex().upper()}
    for ascii_only in (True, False):
        once = json.dumps(secret, ensure_ascii=ascii_only)[1:-1]
        texts |= {once, json.dumps(once, ensure_ascii=ascii_only)[1:-1]}
    return frozenset(text.encode("utf-8", "surrogatepass") for text in texts) | frozenset(_base64(raw))


def literals(line: bytes, forms: Iterable[bytes]) -> Iterator[tuple[int, int]]:
    """Where one of the spellings stands."""
    for form in forms:
        at = line.find(form)
        while at >= 0:
            yield at, at + len(form)
            at = line.find(form, at + len(form))


def _base64(raw: bytes) -> Iterator[bytes]:
    """The letters that are the same whatever stands before and after the value, for each of three places."""
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + raw)
        first = (before * 8 + 5) // 6
        last = (before + len(raw)) * 8 // 6
        inner = encoded[first:last]
        if len(inner) >= _SHORTEST_BASE64:
            yield inner
            yield inner.translate(bytes.maketrans(b"+/", b"-_"))
