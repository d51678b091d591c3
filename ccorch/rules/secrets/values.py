"""How much a value looks like a secret: random, strong, a stand-in, or a word of the program."""

import re
from functools import lru_cache
from itertools import pairwise

from ccorch.rules.secrets.letters import reads
from ccorch.schema.finding import Sureness

_STAND_INS = re.compile(
    rb"example|placeholder|changeme|change[-_]me|redacted|dummy|sample|replace|insert|fake|mock|"
    rb"(?<![a-z])(?:your|todo|fixme|none|null|true|false|undefined|enter|test|tests|testing|demo|"
    rb"foo|bar|baz|foobar|lorem|my|secret|password|passwd|token|pass|qwerty|hunter|abc|here|value|string|"
    rb"default|notreal|invalid|local|localhost|user|username|admin|root|postgres|some|key|apikey|not|real)(?![a-z])"
)
_SHAPED_STAND_INS = re.compile(
    rb"example|placeholder|change[-_]?me|redacted|dummy|your[-_]|(?<![a-z0-9])(?:fake|mock)(?![a-z0-9])|xxxxx|\*{4}|"
    rb"\.{4}|(?<![a-z])insert[-_]|replace[-_]"
)
_RANDOM_STAND_INS = re.compile(
    _SHAPED_STAND_INS.pattern + rb"|(?<![a-z0-9])(?:test|demo|foobar)(?![a-z0-9]|[-_][a-z0-9]{24,}\Z)|not[-_]a[-_]"
)
_FILLED_IN = re.compile(
    rb"\$\{|\$\(|\{\{|%\(|<[A-Za-z_][^<>]*>|%[sdr](?![A-Za-z0-9])|\A\$[A-Za-z_]|\A@|#\{|\A\{[A-Za-z_.]*\}\Z"
)
_CODE = re.compile(
    rb"\A(?:[A-Za-z_$][\w$]*(?:\.|->|::|\?\.)[\w$.>:?-]*|[A-Za-z_$][\w$]*[(\[].*|[A-Z][A-Z0-9_]*|"
    rb"(?:https?|file|ssh)://\S*|[./~][\w./~*-]*|[\w-]+(?:/[\w.-]+)+|\d[\d.,_]*)\Z",
    re.DOTALL,
)
_LINK = re.compile(rb"https?://[^\s@?]*\Z")
_DOTTED = re.compile(rb"[A-Za-z_]\w{0,24}(?:\.[A-Za-z_]\w*)+\Z")
_MODULE = re.compile(rb"[A-Za-z_]{5,}\.")
_PEM_LINE = re.compile(rb"[A-Za-z0-9+/=]{16}")
_CAPITALISED = re.compile(rb"[A-Z][a-z]{2,}")
_TYPE = re.compile(
    rb"(?=.*[A-Z][a-z]{2})(?:[A-Z]{1,6}\d{1,6}|[A-Z]?[a-z]+\d{0,5}(?=[A-Z]|\Z)|[A-Z]{2,8}(?=[A-Z]|\Z))+\Z"
)
_WORDS = re.compile(rb"[A-Za-z]+(?:[-_. ][A-Za-z]+)*\Z")
_BASE64 = re.compile(rb"[A-Za-z0-9+/_:-]+={0,2}\Z")
_SHORT = re.compile(rb"[A-Za-z0-9_-]{12,64}\Z")
_LETTERS = re.compile(rb"[A-Za-z0-9_-]+\Z")
_TWO_WORDS = re.compile(rb"[A-Z]?[a-z]{4,9}\d{1,4}[A-Z]?[a-z]{4,9}\Z")
"""A number between two words, of whatever language."""
_HEX_RUN = re.compile(rb"[0-9a-f]{16}|[0-9A-F]{16}")
_HEX = re.compile(rb"(?:[0-9a-f]+|[0-9A-F]+)\Z")
_SIGN = re.compile(rb"[+/_=:-]")
_STRETCH = re.compile(rb"[A-Za-z0-9]+")
_STEPS = frozenset(
    bytes(run[at : at + 4])
    for run in (b"0123456789", b"9876543210", b"abcdefghijklmnopqrstuvwxyz", b"qwertyuiop")
    for at in range(len(run) - 3)
)
_UUID = re.compile(
    rb"(?:[a-z]{1,24}+[-_:]){0,3}[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z", re.IGNORECASE
)

_LONGEST_LOOK = 512
"""Bytes of a value that are looked at; what is longer is judged by its beginning."""


def of_shape(key: bytes) -> Sureness:
    """How sure a key is that has the shape of its kind: only a stand-in is none."""
    key = key[:_LONGEST_LOOK]
    if key.startswith(b"-----BEGIN") and _PEM_LINE.search(key) is None:
        return "identifier"  # the words that a key begins with, and no key
    return "placeholder" if _SHAPED_STAND_INS.search(key.lower()) or is_counted(key) else "leak"


@lru_cache(4096)  # lines that are made to be slow say the same again and again
def of_name(value: bytes, quoted: bool) -> Sureness:
    """How sure a value is that is given to something called a secret."""
    value = value[:_LONGEST_LOOK]
    if _FILLED_IN.search(value):
        return "placeholder"
    last = value.rpartition(b".")[2] if _DOTTED.match(value) else value
    if not quoted and (
        (_is_type(last) and reads(last) > -8)
        or (last != value and ((_MODULE.match(value) and len(last) < 32) or not is_random(last)))
    ):
        return "identifier"
    if (is_random(value) and not _is_name(value)) or _is_chance(value):
        return "placeholder" if _RANDOM_STAND_INS.search(value.lower()) or is_counted(value) else "leak"
    if _LINK.match(value) or (_CODE.match(value) and not is_strong(value)):
        return "identifier"
    if is_counted(value) or _STAND_INS.search(value.lower()):
        return "placeholder"
    if is_strong(value):
        return "leak"
    if quoted:
        return "candidate"
    return "identifier" if _WORDS.match(value) or len(value) < 8 else "candidate"


def is_random(value: bytes) -> bool:
    """Whether it has a long stretch that nobody would write by hand: mixed digits and letters, or wild capitals."""
    if _UUID.match(value):
        return not is_counted(value)
    return any(_is_wild(stretch) for part in value.split(b".") for stretch in _STRETCH.findall(_whole(part)))


def is_strong(value: bytes) -> bool:
    """Whether it is a good password: three kinds of letters and more, and no blanks."""
    kinds = (rb"[a-z]", rb"[A-Z]", rb"[0-9]", rb"[^A-Za-z0-9\s]")
    marks = re.search(rb"[!@#$%^&*+=?~]", value)
    several = sum(re.search(kind, value) is not None for kind in kinds)
    return len(value) >= 8 and several >= 3 and marks is not None and not re.search(rb"[(\s]|\[.*\]", value)


def is_counted(value: bytes) -> bool:
    """Whether much of it counts up, or is one letter again and again: so people write stand-ins."""
    low = value.lower()
    if len(low) >= 8 and len(set(low)) <= 4:
        return True
    pieces = [low[at : at + 4] for at in range(len(low) - 3)]
    steps = sum(piece in _STEPS or len(set(piece)) == 1 for piece in pieces)
    return steps * 2 > len(pieces)


def _whole(value: bytes) -> bytes:
    """The value without the signs that base64 has among its letters; one of words or folders stays as it is."""
    if len(value) < 17 or not _BASE64.match(value):
        return value
    parts = [part for part in _SIGN.split(value) if part]
    words = [part for part in parts if _is_word(part)]
    named = 2 * len(words) > len(parts) or 2 * sum(map(len, words)) > len(value)
    return value if named else b"".join(parts)


def _is_word(part: bytes) -> bool:
    return len(part) >= 3 and (
        part.isdigit() or (part.isalpha() and (part.islower() or part.isupper() or part.istitle()))
    )


def _is_wild(stretch: bytes) -> bool:
    if len(stretch) < 16 or len(set(stretch)) < 8:
        return False
    digits = sum(48 <= byte <= 57 for byte in stretch)
    letters = len(stretch) - digits
    if digits >= 3 and letters >= (2 if _HEX.match(stretch) else 3):
        return _changes(stretch) >= 3
    capitals = sum(65 <= byte <= 90 for byte in stretch)
    return (
        len(stretch) >= 20 and capitals >= 5 and letters - capitals >= 5 and _changes(stretch) * 3 >= len(stretch)
    )


def _is_chance(value: bytes) -> bool:
    """The same of a shorter value as a whole, where its name is telling: which letters follow which decides."""
    if not _SHORT.match(value) or len(set(value)) < 8:
        return False
    digits, capitals, letters = (len(re.findall(kind, value)) for kind in (rb"\d", rb"[A-Z]", rb"[A-Za-z]"))
    if _HEX.match(value):
        return len(value) >= 14 and digits >= 2 and letters >= 2 and _changes(value) >= 3
    if _TWO_WORDS.match(value):
        return False
    if digits and letters >= 3:
        return reads(value) < (-5 if len(value) >= 14 else -9)
    if 0 < capitals < letters:
        return len(value) >= 14 and reads(value) < -8
    return len(value) >= 16 and reads(value) < -14


def _is_name(value: bytes) -> bool:
    """Whether it reads like a name far more than chance would make it do."""
    if _HEX_RUN.search(value) or _UUID.match(value):
        return False
    return _LETTERS.match(value) is not None and reads(value) > 8


def _is_type(value: bytes) -> bool:
    """Whether it is the name of a type or function in capitals, such as Ed25519PrivateKey."""
    words = sum(map(len, _CAPITALISED.findall(value)))
    return words * 2 > len(value) and _TYPE.match(value) is not None


def _changes(stretch: bytes) -> int:
    """How often digits, capitals and small letters take turns."""
    kinds = [0 if byte < 58 else 1 if byte < 91 else 2 for byte in stretch]
    return sum(before != after for before, after in pairwise(kinds))
