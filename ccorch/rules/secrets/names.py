"""Values given to something that is called a secret, whatever the language: assignments, flags, headers, URLs."""

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from ccorch.rules.secrets.letters import reads
from ccorch.rules.secrets.values import is_counted, is_random, is_strong, of_name
from ccorch.schema.finding import Sureness


@dataclass(frozen=True)
class Named:
    """A value and what its name and its letters tell."""

    start: int
    end: int
    kind: bytes
    sure: Sureness


_KEYS = (
    "api",
    "access",
    "auth",
    "private",
    "account",
    "encryption",
    "signing",
    "license",
    "service",
    "master",
    "shared",
    "admin",
    "secret",
    "client",
    "webhook",
    "deploy",
    "write",
    "bot",
    "server",
)
_OPEN_KEYS = frozenset(
    b"public pub publishable primary foreign cache sort partition index unique hash row object storage bucket "
    b"idempotency dedup lookup group message routing map dict item registry product site build artifact blob "
    b"content join order node entry record composite session translation shard search config setting feature flag "
    b"field form data state query path file image asset test event job task lock redis metric color host known "
    b"trace request response commit version release tag snapshot step plan layer package fingerprint recv".split()
)
"""What stands before `key` where no secret is meant, however random the value is."""
_KEY_OF = re.compile(rb"([a-z0-9]{2,24})[-_]?\Z")
LEAST_OF_SOME_KEY = 24
"""Letters that a random value has at least to be a secret because it is some maker's key."""

_GIVEN = rb"""
    (?P<tail>(?:s|[-_.a-z0-9][\w.-]{0,24}+)?)
    \\*+["'`]?\]?\)?(?:\[\])?
    (?:[ \t]{0,2}:[ \t]{0,2}[a-z_&][\w.\[\]|, <>&']{0,30}?(?==)|[ ]{1,2}value(?==)
    |(?:</\w{1,16}>)?,?(?:\\*[rn]){0,2}\s{0,40}[-<"'\\]{0,3}(?:parameter)?(?:value|string)["'\\]{0,3}
        (?=[ \t]{0,12}[:=>]|[ ]\\*["']))?
    (?P<sign>[ \t]{0,8}(?:\\?u003[de]|[:?+.]{1,3}=|[=-]>|===?|!==?|\|\||\?\?|[=:,>]|\((?=\\*["']))[ \t]{0,8}
    |[ ]{1,2}or[ ]{1,2}(?=\\*["'])|[ \t]{1,4})
    (?:!{1,2}\w{1,12}[ ]{1,2}|(?:[|>][-+]?|(?<=>))(?:\\*[rn])?\s{1,40})?
    (?:[\w.]{1,60}+[ ]{1,2}(?:\|\||\?\?|or)[ ]{1,2}(?=["'`]))?
    (?:[a-z]{1,2}(?=["'])|@(?="))?
    (?:\\*+`(?P<tick>[^`\\\r\n]{3,512}+)(?=\\*`)|\\*+"(?P<double>[^"\\\r\n]{3,512}+)(?=\\*")
    |\\*+'(?P<single>[^'\\\r\n]{3,512}+)(?=\\*')
    |(?P<bare>[^\s"'`,;&<>(){}\[\]\\|]{3,512}+)(?P<next>[(\[{]?))"""


@cache
def _given(word: str) -> re.Pattern[bytes]:
    """A word that calls a value a secret, in small letters, and the value that is given to it."""
    return re.compile(word.encode() + _GIVEN, re.VERBOSE)


SURE = b"pass_value"
"""Kind of a value whose name may mean something else, so that only a leak is told."""

_WORDS = (
    (b"passw", "passw(?:or)?d", b"password"),
    (b"pwd", "pwd", b"password"),
    (b"pass", "pass(?<=[_-]pass)(?![a-z])", b"token"),
    (b"pass", "pass(?![a-z])", SURE),
    (b"pw", "pw(?![a-z])", SURE),
    (b"securestring", "securestring", b"password"),
    (b"identified by", "identified[ ]by", b"password"),
    (b"passphrase", "passphrase", b"password"),
    (b"secret", "secret", b"secret_value"),
    (b"token", "token", b"token"),
    (b"key", f"key(?:{'|'.join(f'(?<={one}[-_]key)|(?<={one}key)' for one in _KEYS)})", b"key"),
    (b"key", "key(?:(?<=[a-z0-9][-_]key)|(?<=[a-z]key))", b"some_key"),
    (b"credential", "credential", b"secret_value"),
    (b"auth", "auth", b"token"),
)
_JOINED = (b"password", b"secret_value", b"key")
"""Kinds whose words may be a part of a longer one, in which only a leak is told."""
_NOT_ITSELF = re.compile(
    rb"[-_]?(?:name|names|id|ids|url|uri|path|file|type|types|length|len|count|limit|hash|digest|sha\d*|expir\w*|ttl|"
    rb"header|field|param|prefix|suffix|regex|pattern|policy|provider|manager|store|ref|arn|version|algorithm|format|"
    rb"label|hint|prompt|env|var|endpoint|usage|budget|mode|method|class|min|max|size)(?![a-z])"
)
_URL = re.compile(rb"://[^\s:/@\"'<>\\]{0,64}+:(?P<key>[^\s:@/\"'<>\\]{3,200}+)@[\w.\[-]")
_BASIC = re.compile(rb"[Bb]asic {1,4}(?P<key>[A-Za-z0-9+/]{8,1000}+={0,2})(?![A-Za-z0-9])")
_LOGIN = re.compile(
    rb"(?:^|\s)(?:-u|--user)[ =]{1,2}\\*[\"']?[^\s:\"'\\]{0,64}+:\\*[\"']?(?P<key>[^\s\"'\\]{3,200}+)"
)
_HEADER = re.compile(
    rb"authorization\\*[\"']?[ \t]{0,3}[:=][ \t]{0,4}\\*[\"']?(?:(?:api-)?(?:token|key)[ ]{1,4})?"
    rb"(?P<key>[\w=~@.+/-]{8,512}+)(?![ ]\w)",
    re.IGNORECASE,
)
_TYPED = re.compile(rb"(?:sshpass|login|mysql|mariadb)\b[^\n|]{0,80}? -p[ =]?\\*[\"']?(?P<key>[^\s\"'\\]{8,200}+)")
_PIPED = re.compile(
    rb"echo (?:-n )?\\*[\"']?(?P<key>[^\s\"'\\|$]{8,512}+)\\*[\"']?[ ]?\|[^\n|]{1,60}?--password-stdin"
)
_NPMRC = re.compile(rb":_auth(?:Token)?\s{0,4}=\s{0,4}(?P<key>[A-Za-z0-9+/=_-]{16,}+)")
_CALL = re.compile(rb"\w\(\\*[\"'][\w.-]*\Z")
_COMPARED = (b"==", b"===", b"!=", b"!==")
_PAIR = re.compile(rb"[({\[]\s{0,4}\\*[\"'][\w.-]*\Z")
_SIGNED = re.compile(rb"[?&]sig=(?P<key>[A-Za-z0-9%]{40,100}%3[Dd])")
_FLAG = re.compile(rb"(?:^|\s)--[\w-]*\Z")
_EASY = re.compile(
    rb"(?:password|passwd|pass|pw|secret|user|name|token|root|admin|postgres|guest|x+|\*+)\Z", re.IGNORECASE
)


def named(line: bytes) -> Iterator[Named]:
    """Every value with a telling name, in no order; the time grows with the length only."""
    low = line.lower()
    for stem, word, kind in _WORDS:
        if stem in low:
            yield from _assigned(line, low, _given(word), kind)
    if b"://" in line:
        yield from _in_urls(line)
    if b"asic " in line:
        yield from _in_basic(line)
    for found in _HEADER.finditer(line) if b"uthorization" in line else ():
        yield Named(*found.span("key"), b"token", of_name(found["key"], False))
    for found in _TYPED.finditer(line) if b" -p" in line else ():
        yield Named(*found.span("key"), b"password", of_name(found["key"], False))
    for found in _PIPED.finditer(line) if b"--password-stdin" in line else ():
        yield Named(*found.span("key"), b"password", of_name(found["key"], False))
    is_curl = b"curl" in line
    for found in _LOGIN.finditer(line) if b"-u" in line else ():
        yield _judged(found, b"password", is_curl)
    for found in _SIGNED.finditer(line) if b"sig=" in line else ():
        yield Named(*found.span("key"), b"azure_signature", "leak")
    for found in _NPMRC.finditer(line) if b":_auth" in line else ():
        yield Named(*found.span("key"), b"npm_token", "placeholder" if is_counted(found["key"]) else "leak")


def _assigned(line: bytes, low: bytes, word: re.Pattern[bytes], kind: bytes) -> Iterator[Named]:
    for found in word.finditer(low):
        tail = found.span("tail")
        if (
            _is_name(line, found.start(), kind)
            and (kind != b"some_key" or _is_some_key(line, low, found.start()))
            and (kind in _JOINED or _goes_on(line[slice(*tail)]))
            and _NOT_ITSELF.match(low, *tail) is None
        ):
            yield from _value(line, found, kind)


def _is_name(line: bytes, at: int, kind: bytes) -> bool:
    """Whether the word begins where a word of a name may: `detoken` is none, `apiToken` and `dbpassword` are."""
    before = line[at - 1 : at]
    if kind in (*_JOINED, b"some_key", SURE) or not before.isalpha():
        return True
    return line[at : at + 1].isupper() and before.islower()


def _is_some_key(line: bytes, low: bytes, at: int) -> bool:
    """Whether it is called the key of somebody, such as `acme_key` or `acmeKey`: what is not open may be secret."""
    whose = _KEY_OF.search(low, max(at - 26, 0), at)
    if whose is None or whose[1] in _OPEN_KEYS:
        return False
    return line[at - 1 : at] in (b"-", b"_") or (line[at : at + 1].isupper() and line[at - 1 : at].islower())


def _goes_on(tail: bytes) -> bool:
    """Whether a name may go on so: `tokenizer` is another word, `tokens`, `tokenValue` and `TOKEN_2` are not."""
    return not tail[:1].isalpha() or tail[:1].isupper() or (tail[:1] == b"s" and not tail[1:2].islower())


def _value(line: bytes, found: re.Match[bytes], kind: bytes) -> Iterator[Named]:
    group = next(group for group in ("double", "single", "tick", "bare") if found[group] is not None)
    span = found.span(group)
    value = line[slice(*span)]
    if group == "bare" and not _may_be_bare(line, found, value):
        return
    if kind == SURE and not found["sign"].strip():
        return
    if kind == b"some_key" and not (len(value) >= LEAST_OF_SOME_KEY and is_random(value)):
        return
    doubt = _doubt(line, found, group)
    if doubt is not None and (b" " not in value.strip() or is_random(value)):
        sure = of_name(value, group != "bare")
        if sure == "leak" or not (doubt or kind == SURE):
            yield Named(*span, kind, sure)


def _doubt(line: bytes, found: re.Match[bytes], group: str) -> bool | None:
    """Whether only a leak is told, for the name may mean something else; null where nothing is told at all."""
    sign = found["sign"].strip()
    before = line[max(found.start() - 40, 0) : found.start()]
    if sign == b"," and group != "bare" and not _CALL.search(before):
        return True if _PAIR.search(before) else None  # one word of a list says nothing of the next
    return (sign in (b"(", b",") and not _CALL.search(before)) or not _goes_on(line[slice(*found.span("tail"))])


def _may_be_bare(line: bytes, found: re.Match[bytes], value: bytes) -> bool:
    """Without quotes only what stands behind `=`, `:` or a flag is a value, and no beginning of a call."""
    if found["next"] or (value.endswith((b":", b"?")) and not is_strong(value)):
        return False
    sign = found["sign"].strip()
    if sign in (b":", b"=>", b">") or (sign.endswith(b"=") and sign not in _COMPARED):
        return True
    if found["sign"] == b",":
        return value.isalnum() and of_name(value, False) == "leak"
    if sign or value.startswith(b"-"):  # what follows a name without any sign may be the next flag
        return False
    flag = line[max(found.start() - 24, 0) : found.start()]
    return is_random(value) or of_name(value, False) == "leak" or _FLAG.search(flag) is not None


def _in_urls(line: bytes) -> Iterator[Named]:
    for found in _URL.finditer(line):
        yield _judged(found, b"url_password", True)


def _judged(found: re.Match[bytes], kind: bytes, counts: bool) -> Named:
    key = found["key"]
    sure = of_name(key, True) if counts else "identifier"
    if sure != "placeholder" and _EASY.match(key):
        sure = "placeholder"
    kinds = sum(re.search(kind, key) is not None for kind in (rb"\d", rb"[a-z]", rb"[A-Z]"))
    is_mixed = kinds >= 2 and len(key) >= (8 if re.search(rb"\d", key) or reads(key) < 0 else 12)
    if sure in ("candidate", "identifier") and counts and is_mixed and b"(" not in key:
        sure = "leak"
    return Named(*found.span("key"), kind, sure)


def _in_basic(line: bytes) -> Iterator[Named]:
    for found in _BASIC.finditer(line):
        try:
            told = base64.b64decode(found["key"] + b"=" * (-len(found["key"]) % 4), validate=True)
        except binascii.Error:
            continue
        _, colon, password = told.partition(b":")
        if colon and told.isascii() and told.decode("ascii").isprintable() and len(password) >= 3:
            stands_in = _EASY.match(password) or of_name(password, True) == "placeholder"
            yield Named(*found.span("key"), b"basic_login", "placeholder" if stands_in else "leak")
