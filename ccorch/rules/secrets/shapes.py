"""What keys look like that are told by their shape alone, each with rare bytes to look for first."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ccorch.rules.escapes import word_begins
from ccorch.rules.secrets.letters import reads
from ccorch.rules.secrets.prefixes import PREFIXES

_LOOK = 512
"""Bytes of a key that the last doubt is about."""

Place = tuple[int, int, bytes]
"""From, to, and the kind of what stands there."""


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
    begins_word: bool = True
    """Whether the marker must be the beginning of a word."""

    def places(self, line: bytes) -> Iterator[Place]:
        """Where keys of this shape stand; each byte is looked at a bounded number of times."""
        begun = self.finder.search(line)
        while begun:
            at, end = begun.span()
            if not self.begins_word or word_begins(line, at):
                found = self.pattern.match(line, at)
                if found and self.is_key(
                    line[found.start("key") : min(found.end("key"), found.start("key") + _LOOK)]
                ):
                    yield found.start("key"), found.end("key"), self.kind
                # a refused run of key letters is not tried again from its middle
                end = max(end, found.end() if found else _end_of_run(line, end))
            begun = self.finder.search(line, end)


def places(line: bytes) -> Iterator[Place]:
    """Where keys of any known shape stand, in no order; the time grows with the length only."""
    for marker, shape in _BY_MARKER:
        if marker in line:
            yield from shape.places(line)
    yield from _prefixed(line)


def _shape(
    kind: str,
    marker: str,
    pattern: str,
    is_key: Callable[[bytes], bool] = lambda found: True,
    ahead: str = "",
    before: str = "",
) -> Shape:
    whole = pattern if "(?P<key>" in pattern else f"(?P<key>{pattern})"
    # looked back from behind the marker, so that the search itself is for plain bytes
    behind = f"(?<={before}{re.escape(marker)})" if before else ""
    finder = re.compile((re.escape(marker) + behind + ahead).encode())
    return Shape(kind.encode(), marker.encode(), re.compile(whole.encode()), finder, is_key, not before)


def _looks_random(key: bytes) -> bool:
    """Long unbroken stretches of mixed letters and digits; words joined by dashes have none."""
    digits = sum(48 <= byte <= 57 for byte in key)
    letters = sum(65 <= (byte & 0xDF) <= 90 for byte in key)
    longest = max(len(stretch) for stretch in re.split(rb"[-_]", key[3:]))
    return digits >= 3 and letters >= 3 and longest >= 16 and len(set(key)) >= 10


def _is_key(key: bytes) -> bool:
    """What has no digit is none when it reads like a name."""
    return any(48 <= byte <= 57 for byte in key) or reads(key) < -8


_PEM_BODY = r"(?:[A-Za-z0-9+/=:,. \t\r\n]|-(?!-)|\\+[nrt])*+"
_NOT_FURTHER = r"(?![A-Za-z0-9_])"

SHAPES = (
    _shape("anthropic_key", "sk-ant-", r"sk-ant-[A-Za-z0-9_-]{16,}+", _is_key),
    _shape("api_key", "sk-", r"sk-[A-Za-z0-9_-]{20,}+", _looks_random, ahead=r"(?=[A-Za-z0-9_-]{20})"),
    *(_shape("github_token", f"gh{c}_", rf"gh{c}_[A-Za-z0-9]{{30,}}+", _is_key) for c in "pousr"),
    _shape("huggingface_token", "hf_", rf"hf_[A-Za-z]{{34}}{_NOT_FURTHER}", lambda key: not key[3:].islower()),
    _shape("slack_token", "xox", r"xox[abeoprs]-[A-Za-z0-9-]{10,}+", _is_key),
    _shape("aws_key", "AKIA", rf"AKIA[0-9A-Z]{{16}}{_NOT_FURTHER}"),
    _shape("aws_key", "ASIA", rf"ASIA[0-9A-Z]{{16}}{_NOT_FURTHER}"),
    _shape("google_key", "AIza", rf"AIza[0-9A-Za-z_-]{{35}}{_NOT_FURTHER}"),
    _shape("alibaba_key", "LTAI", rf"LTAI[0-9A-Za-z]{{16,20}}{_NOT_FURTHER}", _is_key),
    *(_shape("aws_key", prefix, rf"{prefix}[0-9A-Z]{{16}}{_NOT_FURTHER}", _is_key) for prefix in ("ABIA", "ACCA")),
    _shape("aws_key", "ABSK", r"ABSK[A-Za-z0-9+/]{100,}+={0,2}"),
    _shape("airtable_token", "pat", r"pat[A-Za-z0-9]{14}\.[0-9a-f]{64}", ahead=r"(?=[A-Za-z0-9]{14}\.)"),
    *(
        _shape("easypost_key", prefix, rf"{prefix}[A-Za-z0-9]{{54}}{_NOT_FURTHER}", _is_key)
        for prefix in ("EZAK", "EZTK")
    ),
    _shape("openshift_token", "sha256~", r"sha256~[A-Za-z0-9_-]{43}"),
    _shape("klaviyo_key", "pk_", rf"pk_[0-9a-f]{{34}}{_NOT_FURTHER}", ahead="(?=[0-9a-f]{34})"),
    _shape("yandex_key", "AQVN", rf"AQVN[A-Za-z0-9_-]{{35,38}}{_NOT_FURTHER}", _is_key),
    _shape("clickhouse_key", "4b1d", rf"4b1d[A-Za-z0-9]{{38}}{_NOT_FURTHER}"),
    _shape("nuget_key", "oy2", rf"oy2[a-z0-9]{{43}}{_NOT_FURTHER}", ahead="(?=[a-z0-9]{43})"),
    _shape("bitbucket_token", "ATBB", rf"ATBB[A-Za-z0-9]{{32}}{_NOT_FURTHER}", _is_key),
    _shape("artifactory_key", "cmVmd", rf"cmVmd[A-Za-z0-9]{{59}}{_NOT_FURTHER}"),
    _shape("atlassian_token", "ATATT3", r"ATATT3[A-Za-z0-9_=-]{150,}+"),
    _shape("sidekiq_key", "CONTRIBSYS__COM=", r"CONTRIBSYS__COM=(?P<key>[0-9a-f]{8}:[0-9a-f]{8})", before="__"),
    *(_shape("facebook_token", prefix, rf"{prefix}[A-Za-z0-9]{{100,}}+") for prefix in ("EAAM", "EAAC")),
    _shape("astra_token", "AstraCS:", r"AstraCS:[A-Za-z0-9]{20,}+:[0-9a-f]{40,}+"),
    _shape("mapbox_key", "sk.eyJ", r"sk\.eyJ[A-Za-z0-9_-]{40,}+\.[A-Za-z0-9_-]{20,}+"),
    _shape("cloudflare_key", "v1.0-", r"v1\.0-[0-9a-f]{24}-[0-9a-f]{146}"),
    _shape(
        "teams_webhook",
        ".webhook.office.com/webhookb2/",
        r"\.webhook\.office\.com/(?P<key>webhookb2/[\w@-]{36,}+/IncomingWebhook/[0-9a-f]{32}/[\w-]{36,}+)",
    ),
    _shape(
        "discord_webhook", "discord.com/api/webhooks/", r"discord\.com/api/(?P<key>webhooks/\d{17,20}/[\w-]{60,}+)"
    ),
    _shape("tencent_key", "AKID", rf"AKID[0-9A-Za-z]{{32}}{_NOT_FURTHER}", _is_key),
    _shape("artifactory_key", "AKC", r"AKC[A-Za-z0-9]{60,}+", _is_key, ahead="(?=[A-Za-z0-9]{60})"),
    _shape("jwt", "eyJ", r"eyJ[A-Za-z0-9_-]{8,}+\.eyJ[A-Za-z0-9_-]{4,}+\.[A-Za-z0-9_-]{10,}+"),
    *(
        _shape("bearer", word, rf"{word} {{1,4}}(?P<key>[A-Za-z0-9._~+/=-]{{20,}}+)", _is_key)
        for word in ("Bearer", "bearer")
    ),
    _shape(
        "private_key",
        "-----BEGIN ",
        rf"-----BEGIN [A-Z0-9 ]{{0,40}}PRIVATE KEY(?: BLOCK)?-----{_PEM_BODY}"
        r"(?:-----END [A-Z0-9 ]{0,60}-----)?",
    ),
    _shape(
        "private_key",
        "LS0tLS1CRUdJTi",
        r"LS0tLS1CRUdJTi(?:BSU0EgUFJJVkFURSBLRVkt|BQUklWQVRFIEtFWS|BPUEVOU1NIIFBSSVZBVEUgS0VZ|BFQyBQUklWQVRFIEtFWS)"
        r"[A-Za-z0-9+/]{40,}+={0,2}",
    ),
    _shape("twilio_key", "SK", rf"SK[0-9a-f]{{32}}{_NOT_FURTHER}", ahead="(?=[0-9a-f]{32})"),
    _shape("databricks_token", "dapi", rf"dapi[0-9a-f]{{32}}(?:-\d)?{_NOT_FURTHER}", ahead="(?=[0-9a-f]{32})"),
    _shape("gitlab_token", "GR1348941", r"GR1348941[A-Za-z0-9_-]{20,}+"),
    _shape("telegram_token", ":AA", rf":(?P<key>AA[0-9A-Za-z_-]{{33}}){_NOT_FURTHER}", before=r"\d{8}"),
    _shape("mailchimp_key", "-us", rf"(?P<key>-us\d{{1,2}}){_NOT_FURTHER}", before="[0-9a-f]{32}"),
    _shape("azure_key", "AccountKey=", r"AccountKey=(?P<key>[A-Za-z0-9+/]{86}==)"),
    _shape("azure_key", "SharedAccessKey=", r"SharedAccessKey=(?P<key>[A-Za-z0-9+/]{43}=)"),
    _shape("azure_secret", "Q~", rf"(?P<key>Q~[A-Za-z0-9_~.-]{{31,34}}){_NOT_FURTHER}", before=r"[\w~.-]{3}\d"),
    _shape(
        "slack_webhook",
        "hooks.slack.com/services/",
        r"hooks\.slack\.com/(?P<key>services/T\w{6,}+/B\w{6,}+/\w{16,}+)",
    ),
)
"""The kinds of keys that no dash, dot or underscore announces, and those with patterns of their own."""

_BY_MARKER = tuple((shape.marker, shape) for shape in SHAPES)

_KEY = re.compile(rb"[A-Za-z0-9_=.-]{0,1024}+")
_HEX_KEY_BEFORE = re.compile(rb"(?<![A-Za-z0-9])[0-9a-f]{32}\Z")
_HEX_KEY_AFTER = re.compile(rb"[A-Za-z0-9]{16}(?![A-Za-z0-9])")
_BOT_BEFORE = re.compile(rb"(?<![\w-])[MNO][\w-]{23,25}\.[\w-]{6}\Z")
_BOT_AFTER = re.compile(rb"[\w-]{27,38}(?![\w-])")
_HASHES = (b"sha256=", b"sha256-", b"sha384-", b"sha512-", b"sha1-", b"h1:")
_ENDINGS = tuple(PREFIXES)
_LONGEST_PREFIX = max(map(len, PREFIXES))
_RUN = re.compile(rb"[A-Za-z0-9_-]*+")
# behind what ends a prefix, long names have neither digits nor humps; what stands before is looked at last
_LONG_TAIL = re.compile(
    rb"[-_.](?=[A-Za-z0-9_-]{16})(?=[A-Za-z_-]{0,40}[0-9]|[A-Za-z_-]{0,16}[a-z][A-Z])(?:(?<=%s)|(?<=[0-9a-f]{32}\.)|(?<=\.[\w-]{6}\.))"
    % b"|".join(sorted({re.escape(prefix[-3:]) for prefix in PREFIXES}))
)


def _prefixed(line: bytes) -> Iterator[Place]:
    """Keys with a maker's prefix: one search for what may end a prefix, then a look back."""
    begun = _LONG_TAIL.search(line)
    while begun:
        end = begun.end()
        before = line[max(end - _LONGEST_PREFIX, 0) : end]
        if before.endswith(_ENDINGS):
            place = _of_prefix(line, before, end)
            if place:
                yield place
                end = place[1]
        elif line[end - 1] == 46:
            yield from _split_by_a_dot(line, end)
        begun = _LONG_TAIL.search(line, end)


def _of_prefix(line: bytes, before: bytes, end: int) -> Place | None:
    prefix = max((known for known in _ENDINGS if before.endswith(known)), key=len)
    kind, least = PREFIXES[prefix]
    run = _KEY.match(line, end)
    assert run is not None, "an empty run fits everywhere"
    key = run.group().rstrip(b".=-")
    if len(run.group().rstrip(b".=")) < least or not _is_key(key) or not _begins(line, prefix, end - len(prefix)):
        return None
    return end - len(prefix), end + len(key), kind


def _begins(line: bytes, prefix: bytes, at: int) -> bool:
    if line[max(at - 7, 0) : at].endswith(_HASHES):
        return False
    return not prefix[:1].isalnum() or word_begins(line, at)


def _split_by_a_dot(line: bytes, end: int) -> Iterator[Place]:
    """Keys of two or three parts without a prefix: those of Zhipu, and of Discord's bots."""
    for kind, before, after in (
        (b"zhipu_key", _HEX_KEY_BEFORE, _HEX_KEY_AFTER),
        (b"discord_token", _BOT_BEFORE, _BOT_AFTER),
    ):
        first, rest = before.search(line[max(end - 40, 0) : end - 1]), after.match(line, end)
        if first and rest:
            yield end - 1 - len(first.group()), rest.end(), kind


def _end_of_run(line: bytes, at: int) -> int:
    found = _RUN.match(line, at)
    assert found is not None
    return found.end()
