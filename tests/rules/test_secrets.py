"""Promises of rules/secrets: what is a leak is told, where and never its value; in linear time; and how well."""

import base64
import json
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccorch.rules.patch import files_of
from ccorch.rules.redaction import Redactor
from ccorch.rules.secrets.letters import reads
from ccorch.rules.secrets.literals import forms_of
from ccorch.rules.secrets.prefixes import PREFIXES
from ccorch.rules.secrets.scan import in_change, in_text, look, mark_of
from ccorch.rules.secrets.shapes import SHAPES
from ccorch.schema.finding import Sureness
from tests.corpus.secrets import Labelled, labelled
from tests.effort import effort

SUREST: tuple[Sureness, ...] = ("leak", "candidate", "placeholder", "identifier")
VALUE = "correct-Horse/battery+77"
KEY = "gho_" + "a1B2c3D4e5F6" * 3
TREE = Path(__file__).parents[2]


def surest(text: bytes) -> str:
    found = [seen.sure for seen in look(text)]
    return min(found, key=SUREST.index, default="clean")


def lines(name: str, seeds: int) -> Iterator[Labelled]:
    for seed in range(1, seeds + 1):
        yield from labelled(name, seed)


PARTS = (
    "first", "second", "unseen", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
    "eleventh",
)  # fmt: skip


@pytest.mark.parametrize("name", PARTS)
def test_leaks_of_the_labelled_corpus_are_found_and_nothing_else_blocks(name: str) -> None:
    found = [(one.label == "leak", surest(one.text) == "leak", one) for one in lines(name, 3)]

    leaks = [hit for is_leak, hit, _ in found if is_leak]
    assert sum(leaks) >= 0.99 * len(leaks), [one.text for is_leak, hit, one in found if is_leak and not hit]
    assert {one.text for is_leak, hit, one in found if hit and not is_leak} == set()


@given(st.from_regex(r"[a-z]{5,9}[0-9]{1,4}[a-z]{5,9}", fullmatch=True))
def test_two_words_with_a_number_between_are_no_leak_whatever_they_are_given_to(words: str) -> None:
    assert surest(f'token = "{words}"'.encode()) != "leak"
    assert surest(f"clientSecret: {words}".encode()) != "leak"


@pytest.mark.parametrize(
    "name",
    [
        "Ed25519PrivateKey",
        "PBKDF2WithHmacSHA256",
        "base64url2hexdigest",
        "sha256WithRSAEncryption2048",
        "rotate-90-days",
    ],
)
def test_what_reads_like_a_name_is_no_leak_whatever_digits_are_in_it(name: str) -> None:
    assert surest(f'token = "{name}"'.encode()) != "leak"
    assert surest(f"password: {name}".encode()) != "leak"


@given(st.binary(max_size=80))
def test_any_bytes_can_be_read_and_what_follows_a_known_name_counts_too(value: bytes) -> None:
    assert reads(value) == reads(value.replace(b"/", b"."))
    assert reads(b"HmacSha256") > 8 > -8 > reads(b"q7Zk2m9XwT4bLpq8Kd")


SECRET = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\ndata:\n  extra: {}\n"


def test_whatever_lies_in_a_kubernetes_secret_is_one() -> None:
    value, words, certificate = map(
        base64.b64encode, (b"q7Zk2m9XwT4bLp", b"admin", b"-----BEGIN CERTIFICATE-----\nx")
    )

    assert surest(SECRET.format(value.decode()).encode()) == "leak"
    assert surest(json.dumps(SECRET.format(value.decode())).encode()) == "leak"
    assert surest(SECRET.replace("Secret", "ConfigMap").format(value.decode()).encode()) == "clean"
    assert surest(SECRET.format(words.decode()).encode()) != "leak"
    assert surest(SECRET.format(certificate.decode()).encode()) == "identifier"


@pytest.mark.parametrize(
    "line",
    [
        "- name: API_TOKEN\n  value: {}",
        "ParameterKey=DbPassword,ParameterValue={}",
        "<key>Password</key>\n<string>{}</string>",
        "encryption_secret: |\n  {}",
        'client.setSecret("{}");',
        '("password", "{}")',
        "TOKEN ?= {}",
        'token = os.getenv("TOKEN") or "{}"',
    ],
)
def test_a_value_is_a_leak_however_it_is_given_its_name_also_within_json(line: str) -> None:
    text = line.format("lUG14rgiTaBDdZLSKsacqLZa6DhEr9Ne")

    assert surest(text.encode()) == "leak"
    assert surest(json.dumps({"text": text}).encode()) == "leak"


@pytest.mark.parametrize("line", ["client_secret = 'q7Zk2m9XwT4bLp'", "clientSecret: q7Zk2m9XwT4bLp"])
def test_a_short_value_is_a_leak_when_it_takes_turns_as_no_name_does(line: str) -> None:
    assert surest(line.encode()) == "leak"


def test_the_corpus_is_large_enough_and_half_of_it_after_public_detectors() -> None:
    every = [one for name in PARTS for one in labelled(name)]

    assert len(every) >= 500
    assert len([one for name in PARTS[1:] for one in labelled(name)]) * 3 >= len(every)
    assert sum(one.source != "own" for one in every) * 2 >= len(every)


def test_ordinary_source_does_not_block() -> None:
    alarms, total = [], 0
    for path in [*sorted((TREE / "ccorch").rglob("*.py")), *sorted(Path(json.__file__).parents[1].glob("*.py"))]:
        content = path.read_bytes()
        total += content.count(b"\n")
        alarms += [seen for seen in in_text(content, path.name) if seen.sure == "leak"]

    assert total > 50_000
    assert alarms == []


@pytest.mark.parametrize(
    "spelled",
    [
        VALUE,
        json.dumps(VALUE + '"')[1:-2],
        base64.b64encode(b"xy" + VALUE.encode() + b"z").decode(),
        VALUE.encode().hex(),
        VALUE.encode().hex().upper(),
        "correct-Horse%2Fbattery%2B77",
    ],
)
def test_a_known_value_is_a_leak_however_it_is_encoded(spelled: str) -> None:
    (seen,) = look(f"it says {spelled} here".encode(), forms_of([VALUE]))

    assert (seen.kind, seen.sure) == (b"secret", "leak")


def test_a_stand_in_of_a_known_value_is_still_a_leak() -> None:
    (seen,) = look(b"password = 'example-password'", forms_of(["example-password"]))

    assert (seen.kind, seen.sure) == (b"secret", "leak")


def test_what_stands_around_a_key_makes_it_no_stand_in() -> None:
    assert surest(f"latest example, in tests/examples/app.py: {KEY}".encode()) == "leak"


def test_only_what_a_change_adds_is_told_with_its_path_and_line() -> None:
    patch = (
        "diff --git a/app.py b/app.py\nindex 1..2 100644\n--- a/app.py\n+++ b/app.py\n"
        f"@@ -10,3 +10,4 @@ def f():\n ordinary\n-old = '{KEY}x'\n+new = 1\n+token = '{KEY}'\n last\n"
    )

    (seen,) = in_change(files_of(patch.encode()))

    assert (seen.place, seen.kind, seen.length) == ("app.py:12", "github_token", len(KEY))
    assert KEY not in seen.model_dump_json()
    assert seen.mark == mark_of(KEY.encode())


def test_a_key_over_several_lines_is_told_where_it_begins() -> None:
    text = b"a\nb\n-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA1\n-----END RSA PRIVATE KEY-----\n"

    assert [seen.place for seen in in_text(text, "id")] == ["id:3"]


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_looking_never_fails_and_tells_apart_and_in_order(line: bytes) -> None:
    found = look(line, forms_of([VALUE]))

    assert all(one.end <= other.start for one, other in pairwise(found))


@given(st.sampled_from([one for one in labelled("first") if one.label == "leak"]), st.text(max_size=20))
def test_what_is_told_as_a_leak_is_taken_out_of_what_is_stored(one: Labelled, before: str) -> None:
    line = json.dumps({"text": f"{before}\n{one.text.decode()}"}).encode()
    redactor = Redactor(())

    clean = redactor.line(line)

    assert all(line[seen.start : seen.end] not in clean for seen in look(line) if seen.sure == "leak")
    json.loads(clean)


@pytest.mark.parametrize(
    "piece", ["a1B2-", "password: 'x", "authorization: ", "://a:b@", "kind: secret\ndata:\n a: b\n"]
)
def test_an_unbroken_line_is_looked_at_in_no_time(piece: str) -> None:
    line = (piece * 500_000)[:500_000].encode()

    assert effort(lambda: look(line), enough=2) < 2  # a twentieth of the 10 MB that `make bench` measures


def test_every_marker_begins_what_its_pattern_finds() -> None:
    for shape in SHAPES:
        begins = shape.pattern.pattern.replace(b"(?P<key>", b"").replace(b"\\.", b".")
        assert begins.startswith(shape.marker), shape.kind


def test_every_prefix_ends_where_a_look_back_begins() -> None:
    assert all(re.fullmatch(rb"[\w.-]*[-_.]", prefix) for prefix in PREFIXES)
