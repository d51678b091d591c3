"""Values of Kubernetes secrets: everything below `data:` is one, in base64, whatever it is called."""

import base64
import binascii
import re
from bisect import bisect
from collections.abc import Iterator

from ccorch.rules.secrets.values import of_name
from ccorch.schema.finding import Sureness

_BREAK = rb"(?:\r?\n|\\+r?\\*n)"
_KIND = re.compile(
    rb"(?:(?<![\w-])|(?<=\\n))kind:[ \t]{0,4}\\*[\"']?secret\\*[\"']?[ \t]{0,4}(?=%s|\Z)" % _BREAK, re.IGNORECASE
)
_DATA = re.compile(rb"(?:(?<![\w-])|(?<=\\n))data:[ \t]{0,4}(?=%s)" % _BREAK)
_ITEM = re.compile(
    rb"%s(?:[ ]|\t|\\+t){1,12}[\w.-]{1,80}:[ \t]{0,4}(?:[|>][-+]?%s(?:[ ]|\t|\\+t){1,16})?"
    rb"\\*[\"']?(?P<key>[A-Za-z0-9+/]{10,16384}+={0,2})(?![\w+/=])" % (_BREAK, _BREAK)
)
FAR = 4096
"""Bytes between what says that it is a secret and what is in it."""


def in_manifests(line: bytes) -> Iterator[tuple[int, int, Sureness]]:
    """From, to and how sure each value is that stands below `data:` of a secret."""
    if b"data:" not in line or b"kind:" not in line:
        return
    kinds = [found.start() for found in _KIND.finditer(line)]
    done = 0
    for data in _DATA.finditer(line) if kinds else ():
        if data.start() >= done and _is_near(kinds, data.start()):
            done = min(len(line), data.end() + FAR)
            for found in _ITEM.finditer(line, data.end(), done):
                yield *found.span("key"), _sure(found["key"])


def _is_near(kinds: list[int], at: int) -> bool:
    index = bisect(kinds, at)
    return any(abs(kind - at) <= FAR for kind in kinds[max(index - 1, 0) : index + 1])


def _sure(key: bytes) -> Sureness:
    try:
        told = base64.b64decode(key, validate=True)
    except binascii.Error:
        return "identifier"
    if told.startswith((b"-----BEGIN CERTIFICATE", b"-----BEGIN PUBLIC")):
        return "identifier"
    if told.isascii() and told.decode("ascii").isprintable():
        return of_name(told, True)
    return "leak"
