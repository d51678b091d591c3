"""Promises of rules/redaction.py: no secret stays, no ordinary text goes, JSON stays JSON, time is linear."""

import base64
import json
import string
import time
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ccorch.rules.redaction import Redactor, passwords_in

PLAIN = Redactor(())
HEX = "0123456789abcdef"
KEYS = {
    "anthropic_key": "sk-ant-api03-Ab3dEf6hIj9lMn0pQr2tUv5xYz",
    "api_key": "sk-" + HEX * 2,
    "github_token": "ghp_" + "a1B2c3D4e5" * 4,
    "npm_token": "npm_" + "a1B2c3D4e5F6" * 3,
    "slack_token": "xoxb-123456789012-abcdefABCDEF",
    "aws_key": "AKIA" + "ABCD1234" * 2,
    "google_key": "AIza" + "a1B2c" * 7,
    "jwt": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlc2lnbmF0dXJl",
    "private_key": "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nabc+/=\n-----END RSA PRIVATE KEY-----",
}
ORDINARY = (
    "task-scheduler-with-a-very-long-name-2024",
    "risk-assessment",
    "sk-learn-something-entirely-ordinary-20240101",
    "disk-0123456789abcdef0123456789abcdef",
    "npm_config_registry npm_lifecycle_event",
    "bearer authentication-middleware-implementation is enabled",
    "Bearer token",
    "-----BEGIN CERTIFICATE-----",
    "https://example.com/AKIAIOSFODNN/page",
    "eyJ is how JSON begins in base64",
    "sk-ant-colony-optimisation-of-routes",
    "commit 3f786850e387550fdab836ed7e6dc881de23001b",
)
SECRETS = st.text(min_size=12, max_size=40).filter(lambda text: len(set(text)) > 5)


@pytest.mark.parametrize(("kind", "key"), KEYS.items())
def test_a_key_is_told_by_its_shape(kind: str, key: str) -> None:
    assert PLAIN.text(f"it is {key}, they say") == f"it is [redacted:{kind}], they say"


@pytest.mark.parametrize("before", ["\n", "\t", '"', "=", "\x1b[31m", "é", "key: ", "\\", "("])
@pytest.mark.parametrize("key", KEYS.values())
def test_a_key_is_found_after_whatever_ends_a_word_in_json(before: str, key: str) -> None:
    line = json.dumps({"output": f"word{before}{key}\nnext"}).encode()

    clean = PLAIN.line(line)

    assert key.splitlines()[0][4:] not in clean.decode()
    assert json.loads(clean)["output"].endswith("]\nnext")


def test_only_the_token_of_a_bearer_header_goes() -> None:
    assert PLAIN.text("Authorization: Bearer abcDEF123456789012345678") == "Authorization: Bearer [redacted:bearer]"


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert PLAIN.text(text) is text


def test_a_private_key_that_was_cut_off_goes_as_far_as_it_reaches() -> None:
    line = json.dumps({"a": "-----BEGIN PRIVATE KEY-----\nMIIEow\nab", "b": "kept"}).encode()

    assert json.loads(PLAIN.line(line)) == {"a": "[redacted:private_key]", "b": "kept"}


@pytest.mark.parametrize("place", ["", "u:", "us:"])
def test_a_known_value_is_found_in_base64_wherever_it_stands(place: str) -> None:
    secret = "correct horse battery"
    encoded = base64.b64encode(f"{place}{secret}!".encode()).decode()

    clean = Redactor([secret]).text(f"Basic {encoded}")

    assert "[redacted:secret]" in clean
    assert len(clean) - len("Basic [redacted:secret]") <= 8


@given(secret=SECRETS, before=st.text(max_size=9), after=st.text(max_size=9))
@example(secret="nabcdefghijkl", before="\n", after="")
@example(secret="e9abcdefghij", before="\u00e9", after="")
@example(secret='abc"def\\ghijkl\\', before="\\", after='"')
def test_no_spelling_of_a_known_value_stays_and_json_stays_json(secret: str, before: str, after: str) -> None:
    redactor = Redactor([secret])
    text = before + secret + after
    inner = json.dumps({"in": text})
    url = quote(secret, safe="")

    for ascii_only in (True, False):
        line = json.dumps({"raw": text, "json": inner, "url": url}, ensure_ascii=ascii_only)
        clean = json.loads(redactor.line(line.encode()))

        assert secret not in clean["raw"]
        assert json.dumps(secret, ensure_ascii=ascii_only)[1:-1] not in clean["json"]
        assert url not in clean["url"]


@given(st.binary(max_size=400) | st.text(max_size=400).map(str.encode))
def test_redacting_twice_is_redacting_once(line: bytes) -> None:
    once = Redactor(["p4ssw0rd-p4ssw0rd"]).line(line)

    assert Redactor(["p4ssw0rd-p4ssw0rd"]).line(once) == once


@given(
    st.dictionaries(
        st.text(max_size=9),
        st.lists(st.sampled_from([*KEYS.values(), *ORDINARY, "\\", '"', "\n", "n", "u00e9", "é"])).map("".join),
    )
)
def test_json_stays_json_whatever_keys_are_in_it(data: dict[str, str]) -> None:
    assert json.loads(PLAIN.line(json.dumps(data).encode())).keys() == data.keys()


def test_a_line_without_secrets_is_the_same_object() -> None:
    line = b'{"type":"assistant"}'

    assert Redactor(["another secret"]).line(line) is line


def test_values_too_short_to_be_secrets_eat_nothing() -> None:
    assert Redactor(["", "a", "test"]).text("a test") == "a test"


UNBROKEN = [
    string.ascii_letters,
    "sk-",
    "sk-ant-",
    "sk-a-",
    "eyJ",
    "eyJ.",
    "eyJaaaaaaaaa.eyJ",
    "Bearer ",
    "\\",
    "\\u00",
    "-----BEGIN PRIVATE KEY-----",
    "-----BEGIN PRIVATE KEY----- a",
    "AKIA",
    "ghp_",
    "xoxb-",
    "p4ssw0rd-p4ssw0rd",
    "token=",
    "hvs.a1",
]


@pytest.mark.parametrize("piece", UNBROKEN)
def test_time_grows_with_the_length_only(piece: str) -> None:
    redactor = Redactor(["p4ssw0rd-p4ssw0rd", "\\\\\\\\\\\\\\\\"])

    small, large = ((piece * length)[:length].encode() for length in (100_000, 800_000))
    each = min(_seconds(redactor, small) for _ in range(3))

    # quadratic would be 64 times as long; whatever else the machine does makes one try longer, and seldom three
    assert any(_seconds(redactor, large) < each * 8 * 4 + 0.05 for _ in range(3))


@pytest.mark.parametrize(
    ("value", "secrets"),
    [
        ("http://me:s3cret-word@proxy:3128", ("s3cret-word",)),
        ("http://me:p%40ss%20word@proxy", ("p%40ss%20word", "p@ss word")),
        ("me:with/slash@and-at@proxy:1", ("with/slash@and-at",)),
        ("socks5h://token-only@proxy", ("token-only",)),
        ("http://me:@proxy", ("me",)),
        ("http://proxy:3128", ()),
        ("proxy:3128", ()),
        ("", ()),
    ],
)
def test_passwords_in_proxies_are_found_as_written_and_as_meant(value: str, secrets: tuple[str, ...]) -> None:
    assert passwords_in([value]) == secrets


def _seconds(redactor: Redactor, line: bytes) -> float:
    start = time.process_time()
    redactor.line(line)
    return time.process_time() - start
