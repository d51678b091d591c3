"""Takes out of a worker's text whatever could steer a terminal or hide from its reader."""

import re
from collections.abc import Iterable

_SEQUENCE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"  # colours, movements, modes
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)?"  # titles, links, device strings
    r"|\x1b[ -/]*[0-~]?"
)

_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"
    "\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f"  # direction, tags, no width
    "\ud800-\udfff]"
)

_NOT_PLAIN = re.compile(f"{_UNSEEN.pattern[:-1]}\u2028\u2029]")

_BREAK = re.compile("\r\n?|[\u2028\u2029\x85]")


def plain(text: str) -> str:
    """The text with line breaks and tabs, but without control signs, escapes and unseen letters."""
    if text.isascii() and text.isprintable():
        return text
    return _UNSEEN.sub("", _SEQUENCE.sub("", _BREAK.sub("\n", text)))


def is_plain(text: str) -> bool:
    """Whether `plain` leaves the text as it is."""
    return (text.isascii() and text.isprintable()) or not _NOT_PLAIN.search(text)


def line(text: str) -> str:
    """The same on one line, every run of white space a single space."""
    return " ".join(plain(text).split())


def short(text: str, most: int) -> str:
    """The same on one line, cut where it has more than so many letters."""
    return beginning(line(text), most)


def beginning(text: str, most: int) -> str:
    """The text itself where it has no more than so many letters, else its beginning, and that it was cut."""
    return text if len(text) <= most else text[: most - 1] + "…"


def few(said: Iterable[str], most: int, longest: int) -> tuple[str, ...]:
    """Sentences, each short and on one line; of many the first ones, and how many more there are."""
    told = tuple(said)
    more = (f"and {len(told) - most} more",) if len(told) > most else ()
    return (*(short(one, longest) for one in told[:most]), *more)


def whole_letters(content: bytes) -> bytes:
    """A beginning of UTF-8 without a letter that was cut at its end; other bytes stay."""
    for back in range(1, min(4, len(content))):
        lead = content[-back]
        if lead >= 0xC0:
            needs = 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
            return content[:-back] if needs > back else content
        if lead < 0x80:
            break
    return content
