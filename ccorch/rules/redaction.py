"""Takes secrets out of what is stored: known values in every spelling, and what is a key by all signs."""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import unquote

from ccorch.rules.escapes import whole_escapes
from ccorch.rules.secrets.literals import forms_of, literals
from ccorch.rules.secrets.names import named
from ccorch.rules.secrets.scan import KNOWN, look, sighting
from ccorch.rules.secrets.shapes import places
from ccorch.schema.finding import Sighting

Span = tuple[int, int, bytes]
"""From, to, and the kind that is named in its place."""


class Redactor:
    """Replaces secrets by `[redacted:kind]`; JSON stays JSON, and the time grows with the length only."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._forms = forms_of(secrets)

    def line(self, line: bytes) -> bytes:
        """The line without secrets; the very same object when it holds none."""
        spans = list(self._spans(line))
        return _replaced(line, spans) if spans else line

    def text(self, text: str) -> str:
        """The text without secrets."""
        raw = text.encode("utf-8", "surrogatepass")
        clean = self.line(raw)
        return text if clean is raw else clean.decode("utf-8", "surrogatepass")

    def leaks(self, line: bytes, place: str) -> tuple[Sighting, ...]:
        """What of the secrets in a line is a leak; stand-ins are taken out too, but nobody need hear of them."""
        return tuple(sighting(line, seen, place) for seen in look(line, self._forms) if seen.sure == "leak")

    def _spans(self, line: bytes) -> Iterator[Span]:
        for start, end in literals(line, self._forms):
            yield start, end, KNOWN
        yield from places(line)
        for one in named(line):
            if one.sure == "leak":
                yield one.start, one.end, one.kind


def passwords_in(values: Iterable[str]) -> tuple[str, ...]:
    """Passwords inside URLs such as a proxy's, as written and as meant; a name without a password is one itself."""
    users = [user[1] for value in values if (user := _USER.match(value.strip()))]
    secrets = [password or name for name, _, password in (user.partition(":") for user in users)]
    return tuple(dict.fromkeys(form for secret in secrets for form in (secret, unquote(secret))))


_USER = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*://)?(\S+)@")
"""What stands before a host; a proxy may be named without `http://`."""


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
