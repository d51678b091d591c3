"""A secret of the profile that a worker prints: how it is spelled, and in which pieces it comes."""

import base64
import codecs
import json
from collections.abc import Callable
from dataclasses import dataclass

VALUE = "correct-Horse/battery+77-staple"
"""The secret; no shape gives it away."""

_BASE64 = "MITRE ATT&CK T1132.001, standard encodings"
_PIECES = "MITRE ATT&CK T1030, pieces of limited size"


@dataclass(frozen=True)
class Print:
    """One way to print it."""

    name: str
    spelled: Callable[[str], tuple[str, ...]]
    """What the messages say, one after the other."""
    source: str = "own"
    piece: int | None = None
    """Bytes of the stream that arrive together; null is all of it."""
    why_not: str = ""
    """Why nothing can find it; then it is no fault that it is not found."""


def _raw(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


PRINTS = (
    Print("as it is", lambda value: (value,)),
    Print("in pieces of 7 bytes", lambda value: (value,), _PIECES, piece=7),
    Print("in pieces of 1 byte", lambda value: (value,), _PIECES, piece=1),
    Print("in base64", lambda value: (_raw(value),), _BASE64),
    Print("in base64 with something before it", lambda value: (_raw(f"k={value};"),), _BASE64),
    Print("in base64 and in pieces of 5 bytes", lambda value: (_raw(value),), _BASE64, piece=5),
    Print("in base64 for addresses", lambda value: (base64.urlsafe_b64encode(value.encode()).decode(),), _BASE64),
    Print("in hex", lambda value: (value.encode().hex(),), _BASE64),
    Print("in an address", lambda value: ("correct-Horse%2Fbattery%2B77-staple",), _BASE64),
    Print("in JSON in JSON", lambda value: (json.dumps({"k": json.dumps(value)}),)),
    Print("in two messages", lambda value: (value[:15], value[15:]), _PIECES, why_not="neither message holds it"),
    Print("backwards", lambda value: (value[::-1],), "MITRE ATT&CK T1027", why_not="no spelling that is known"),
    Print("in rot13", lambda value: (codecs.encode(value, "rot13"),), "MITRE ATT&CK T1027",
          why_not="no spelling that is known"),
)  # fmt: skip
