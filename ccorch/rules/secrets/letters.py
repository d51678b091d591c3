"""How much a value reads like a name that somebody has thought of, by which letters follow which."""

import math
import re
from collections.abc import Iterator
from functools import lru_cache

BEGIN = 0
"""What stands before the first letter of a word."""
DIGIT = 1
"""What stands before a letter behind a digit."""
START = 3
"""Kind of what stands before the first letter or digit."""

SPELLED = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
NOTHING = 30
"""Where zero lies in it."""

_FOLLOWS = (
    "VUWVVVTTVOPUVUTVOVXWVRTUNO",
    "YXXXXXRRSPQSRTQSORTSRRQSRR",
    "SVVVNPTMTJRXVWIUJXXYSQPQRL",
    "ZTVRWPNNWUNYQPWSMUVQXLNMVN",
    "XOSRXQMXTHWWRNZQLUSXUQLHQK",
    "WRSUaRQNYMMVPQWQMTUSVONMQJ",
    "VPWWSTRMPJNUTXPTRZYWORRVQJ",
    "WPSSWXRMZLKVPQXPKWTTVKMLQI",
    "VPQRaQUVWJLURVTPKXWSUQOJNO",
    "ZOPQZPNPXJORRQYOJUQVTNNLQK",
    "TSVUTSULLLNWUaWTKTWXJSISHT",
    "XQRRaRPSVQWRPQXSPQVRYNQRRP",
    "VQSSbQTRXOOWOTSQORWSROTKRM",
    "XOQUaPNMYINWPOXRGNUUTOMHUK",
    "YTNRaOMKWJNSUPXXIMURTKJHUJ",
    "WOWXXTYOVLRROSWQKOWYTSMJOJ",
    "SSVWORSMRKSVVZUVHYUVVSUQLM",
    "YNRQYPNRVGPWNOWVNXTWTOOGVF",
    "SRPQQPQQQMOSPSMRRUSRcPRNON",
    "XOTTZQSLXGQRTSXQGVWWTROITH",
    "TNUPZORUWJQSQPUUMOXaVNOJSJ",
    "WNSQaQLWYHNRQOWSJWVUTNPLUN",
    "UWUSWTRKUILXWYQVHXWXOMIMJK",
    "ZQRObPNNYMLOTNTPMQQPMMPNON",
    "YPRSWQPUZONSPVWQLXWRNPRRKL",
    "VRXTWVORXONSTOQXNRRZOOOVVO",
    "SSUSUSQPUMOUUWSZNSXYQRSQWS",
    "VOPRbPQQXNMQSPVROPRPOMRQSY",
)
"""By what stands before, one letter of `SPELLED` for each letter behind: half bits above one in 26, counted over
names of Python's standard library by `python -m bench.letters`."""

_TURNS = (
    (0.7514, 0.0478, 0.2007),
    (0.0159, 0.5283, 0.4558),
    (0.0271, 0.0527, 0.9202),
)
"""How likely digits, capitals and small letters follow each other."""

_KNOWN = re.compile(
    rb"pbkdf2|argon2(?:id|i|d)?|[bs]crypt|hmac|hkdf|sha(?:1|224|256|384|512)|md5|blake(?:2[bs]|3)|aes(?:128|192|256)?|"
    rb"rsa|ecdsa|ecdh|ed25519|x25519|x509|pkcs\d{1,2}|oaep|oauth2?|jwt|[hre]s(?:256|384|512)|base(?:16|32|58|64)(?:url)?|"
    rb"utf(?:8|16)|https?|uuid\d?|gpt\d?|xml|json|sql",
)
"""Names of methods and forms, which read like nothing."""
_KNOWN_BITS = 3.0
_SIGN_BITS = 2.0
"""What a dash or underscore speaks for a name: names have more of them."""
_WORDS = re.compile(rb"[A-Za-z0-9]+")
_HEX = re.compile(rb"[0-9a-f]+\Z")


@lru_cache(4096)
def reads(value: bytes) -> float:
    """Bits by which a name is likelier than chance: above zero it reads like one."""
    return sum(map(_read, _WORDS.findall(value))) + _SIGN_BITS * sum(map(value.count, (b"-", b"_")))


def steps(word: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Each letter or digit with what stands before it, and both their kinds; a capital begins a word anew."""
    before, kind_before = BEGIN, START
    for byte in word:
        kind = 0 if byte < 58 else 1 if byte < 91 else 2
        letter = byte | 32 if kind else DIGIT
        yield (BEGIN if (kind_before, kind) == (2, 1) else before), letter, kind_before, kind
        before, kind_before = letter, kind


def _read(part: bytes) -> float:
    chances, bits, at = _chances(part), 0.0, 0
    for known in _KNOWN.finditer(part.lower()):
        bits += _plain(part[at : known.start()], chances) + _KNOWN_BITS * len(known.group())
        at = known.end()
    return bits + _plain(part[at:], chances)


def _plain(word: bytes, chances: tuple[float, float, float]) -> float:
    """Bits of a part without known names; with which kind it begins says nothing."""
    return sum(
        (_BITS[before, letter] if kind else 0.0)
        + (math.log2(_TURNS[kind_before][kind] / chances[kind]) if kind_before < START else 0.0)
        for before, letter, kind_before, kind in steps(word)
    )


def _chances(word: bytes) -> tuple[float, float, float]:
    """How often chance would take a digit, a capital, a small letter, of the kinds that are there."""
    small = (6 if _HEX.match(word) else 26) if re.search(rb"[a-z]", word) else 0
    sizes = (10 if re.search(rb"\d", word) else 0, 26 if re.search(rb"[A-Z]", word) else 0, small)
    total = sum(sizes) or 1
    digit, capital, letter = (size / total for size in sizes)
    return digit, capital, letter


_BITS = {
    (before, letter): (SPELLED.index(bits) - NOTHING) / 2
    for before, row in zip((BEGIN, DIGIT, *range(97, 123)), _FOLLOWS, strict=True)
    for letter, bits in zip(range(97, 123), row, strict=True)
}
