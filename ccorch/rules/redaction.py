"""Takes secrets out of what is stored: the known values in every spelling, and what has a key's shape."""

import base64
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote, quote_plus, unquote

from ccorch.rules.escapes import whole_escapes, word_begins

SHORTEST = 6
"""Shorter values are not matched: they would eat ordinary text."""

Span = tuple[int, int, bytes]
"""From, to, and the kind that is named in its place."""

_SHORTEST_BASE64 = 8


class Redactor:
    """Replaces secrets by `[redacted:kind]`; JSON stays JSON, and the time grows with the length only."""

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {form for secret in secrets if len(secret) >= SHORTEST for form in spellings(secret)}
        self._forms = tuple(sorted(forms, key=len, reverse=True))

    def line(self, line: bytes) -> bytes:
        """The line without secrets; the very same object when it holds none."""
        forms = [form for form in self._forms if form in line]
        shapes = [shape for marker, shape in _BY_MARKER if marker in line]
        if not forms and not shapes:
            return line
        spans = [span for form in forms for span in _literals(line, form)]
        spans += [span for shape in shapes for span in shape.spans(line)]
        return _replaced(line, spans) if spans else line

    def text(self, text: str) -> str:
        """The text without secrets."""
        raw = text.encode("utf-8", "surrogatepass")
        clean = self.line(raw)
        return text if clean is raw else clean.decode("utf-8", "surrogatepass")


def passwords_in(values: Iterable[str]) -> tuple[str, ...]:
    """Passwords inside URLs such as a proxy's, as written and as meant; a name without a password is one itself."""
    users = [user[1] for value in values if (user := _USER.match(value.strip()))]
    secrets = [password or name for name, _, password in (user.partition(":") for user in users)]
    return tuple(dict.fromkeys(form for secret in secrets for form in (secret, unquote(secret))))


def spellings(secret: str) -> frozenset[bytes]:
    """How a value looks raw, inside JSON, inside JSON inside JSON, in base64 and in a URL."""
    raw = secret.encode("utf-8", "surrogatepass")
    texts = {secret, quote(raw, safe=""), quote(raw), quote_plus(raw)}
    for ascii_only in (True, False):
        once = json.dumps(secret, ensure_ascii=ascii_only)[1:-1]
        texts |= {once, json.dumps(once, ensure_ascii=ascii_only)[1:-1]}
    return frozenset(text.encode("utf-8", "surrogatepass") for text in texts) | frozenset(_base64(raw))


@dataclass(frozen=True)
class Shape:
    """What a kind of key looks like: rare bytes to look for first, the whole pattern, and a last doubt."""

    kind: bytes
    marker: bytes
    pattern: re.Pattern[bytes]
    """Anchored where the marker begins; its group `key`, or all of it, is taken out."""
    finder: re.Pattern[bytes]
    """The marker, with no more of the pattern than bounded time can look at."""
    is_key: Callable[[bytes], bool] = lambda found: True
    """Whether what was found is one after all."""

    def spans(self, line: bytes) -> Iterator[Span]:
        """Where keys of this shape stand; each byte is looked at a bounded number of times."""
        begun = self.finder.search(line)
        while begun:
            at, end = begun.span()
            if word_begins(line, at):
                found = self.pattern.match(line, at)
                if found and self.is_key(found["key"]):
                    yield found.start("key"), found.end("key"), self.kind
                # a refused run of key letters is not tried again from its middle
                end = max(end, found.end() if found else _end_of_run(line, end))
            begun = self.finder.search(line, end)


def _shape(
    kind: str, marker: str, pattern: str, is_key: Callable[[bytes], bool] = lambda found: True, ahead: str = ""
) -> Shape:
    whole = pattern if "(?P<key>" in pattern else f"(?P<key>{pattern})"
    finder = re.compile(re.escape(marker.encode()) + ahead.encode())
    return Shape(kind.encode(), marker.encode(), re.compile(whole.encode()), finder, is_key)


def _looks_random(key: bytes) -> bool:
    """Long unbroken stretches of mixed letters and digits; words joined by dashes have none."""
    digits = sum(48 <= byte <= 57 for byte in key)
    letters = sum(65 <= (byte & 0xDF) <= 90 for byte in key)
    longest = max(len(stretch) for stretch in re.split(rb"[-_]", key[3:]))
    return digits >= 3 and letters >= 3 and longest >= 16 and len(set(key)) >= 10


def _has_digit(key: bytes) -> bool:
    return any(48 <= byte <= 57 for byte in key)


_PEM_BODY = r"(?:[A-Za-z0-9+/=:,. \t\r\n]|-(?!-)|\\+[nrt])*+"
_NOT_FURTHER = r"(?![A-Za-z0-9_])"

SHAPES = (
    _shape("anthropic_key", "sk-ant-", r"sk-ant-[A-Za-z0-9_-]{16,}+", _has_digit),
    _shape("api_key", "sk-", r"sk-[A-Za-z0-9_-]{20,}+", _looks_random, ahead=r"(?=[A-Za-z0-9_-]{20})"),
    *(_shape("github_token", f"gh{c}_", rf"gh{c}_[A-Za-z0-9]{{30,}}+", _has_digit) for c in "pousr"),
    _shape("github_token", "github_pat_", r"github_pat_[A-Za-z0-9_]{22,}+", _has_digit),
    _shape("npm_token", "npm_", r"npm_[A-Za-z0-9]{36,}+"),
    _shape("slack_token", "xox", r"xox[abeprs]-[A-Za-z0-9-]{10,}+", _has_digit),
    _shape("aws_key", "AKIA", rf"AKIA[0-9A-Z]{{16}}{_NOT_FURTHER}"),
    _shape("google_key", "AIza", rf"AIza[0-9A-Za-z_-]{{35}}{_NOT_FURTHER}"),
    _shape("jwt", "eyJ", r"eyJ[A-Za-z0-9_-]{8,}+\.eyJ[A-Za-z0-9_-]{4,}+\.[A-Za-z0-9_-]{10,}+"),
    *(
        _shape("bearer", word, rf"{word} {{1,4}}(?P<key>[A-Za-z0-9._~+/=-]{{20,}}+)", _has_digit)
        for word in ("Bearer", "bearer")
    ),
    _shape(
        "private_key",
        "-----BEGIN ",
        rf"-----BEGIN [A-Z0-9 ]{{0,40}}PRIVATE KEY(?: BLOCK)?-----{_PEM_BODY}"
        r"(?:-----END [A-Z0-9 ]{0,60}-----)?",
    ),
)
"""The kinds of keys that are told by their shape alone."""

_BY_MARKER = tuple((shape.marker, shape) for shape in SHAPES)

_RUN = re.compile(rb"[A-Za-z0-9_-]*+")


def _end_of_run(line: bytes, at: int) -> int:
    found = _RUN.match(line, at)
    assert found is not None
    return found.end()


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


_USER = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*://)?(\S+)@")
"""What stands before a host; a proxy may be named without `http://`."""


def _literals(line: bytes, form: bytes) -> Iterator[Span]:
    at = line.find(form)
    while at >= 0:
        yield at, at + len(form), b"secret"
        at = line.find(form, at + len(form))


def _replaced(line: bytes, spans: list[Span]) -> bytes:
    parts = []
    done = 0
    # merged first, so that a long run of backslashes is walked once
    whole = [whole_escapes(line, span) for span in _merged(sorted(spans))]
    for start, end, kind in _merged(whole):
        parts += [line[done:start], b"[redacted:", kind, b"]"]
        done = end
    return b"".join([*parts, line[done:]])


def _merged(spans: list[Span]) -> Iterator[Span]:
    """Spans that touch become one; what is a known secret is called so."""
    start, end, kind = spans[0]
    for next_start, next_end, next_kind in spans[1:]:
        if next_start > end:
            yield start, end, kind
            start, end, kind = next_start, next_end, next_kind
        else:
            end = max(end, next_end)
            kind = b"secret" if b"secret" in (kind, next_kind) else kind
    yield start, end, kind
