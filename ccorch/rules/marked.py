"""A section between two marker lines in somebody else's file: found, replaced, and nothing beside it touched."""

import hashlib
import re
from dataclasses import dataclass

BEGIN, END = "<!-- ccorch:begin", "<!-- ccorch:end"

_BEGIN = re.compile(r"<!-- ccorch:begin sha256=([0-9a-f]{12}) -->")
_END = "<!-- ccorch:end -->"


@dataclass(frozen=True)
class Section:
    """Where the section stands, its marker lines included."""

    start: int
    end: int
    line: int
    """Line of the first marker, from 1."""
    is_ours: bool
    """Whether it is as it was written; false when somebody has edited it since."""


class Broken(Exception):
    """The markers are no pair."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


def section(text: str) -> Section | None:
    """The section of a text; raises Broken with the line where markers are no single pair."""
    begun: tuple[int, int, str] | None = None
    found: Section | None = None
    place = 0
    for number, raw in enumerate(text.splitlines(keepends=True), 1):
        said = raw.strip()
        if said.startswith(BEGIN):
            if begun is not None:
                raise Broken(number, f"the section of line {begun[1]} is not ended before another begins")
            if found is not None:
                raise Broken(number, f"there is a section already, in line {found.line}")
            begun = (place, number, said)
        elif said.startswith(END):
            if begun is None:
                raise Broken(number, "a section is ended that was not begun")
            found = _section(text, begun, place + len(raw), number, said)
            begun = None
        place += len(raw)
    if begun is not None:
        raise Broken(begun[1], "the section that begins here is never ended")
    return found


def _section(text: str, begun: tuple[int, int, str], end: int, number: int, said: str) -> Section:
    start, line, first = begun
    marker = _BEGIN.fullmatch(first)
    if marker is None:
        raise Broken(line, f"{first[:80]!r} is no marker of ours")
    if said != _END:
        raise Broken(number, f"{said[:80]!r} is no marker of ours")
    body = "".join(text[start:end].splitlines(keepends=True)[1:-1])
    return Section(start, end, line, marker[1] == _digest(body))


def rendered(body: str) -> str:
    """A section with its markers; the first tells by a hash whether somebody has edited it."""
    whole = body.rstrip("\n") + "\n"
    return f"<!-- ccorch:begin sha256={_digest(whole)} -->\n{whole}{_END}\n"


def replaced(text: str, old: Section | None, body: str) -> str:
    """The text with this section in the place of the old one, or at its end; its line ends are kept as they are."""
    new = rendered(body)
    if "\r\n" in text:
        new = new.replace("\n", "\r\n")
    if old is not None:
        return text[: old.start] + new + text[old.end :]
    line = "\r\n" if "\r\n" in text else "\n"
    if not text:
        return new
    gap = "" if text.endswith(line * 2) else line if text.endswith(line) else line * 2
    return text + gap + new


def _digest(body: str) -> str:
    return hashlib.sha256(body.replace("\r\n", "\n").encode("utf-8", "surrogatepass")).hexdigest()[:12]
