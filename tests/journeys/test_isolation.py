"""A worker reaches the chosen endpoint with its own token, and nothing foreign runs or leaks."""

import json
import os
import signal
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests import loaded
from tests.canaries import TOKEN, below, content
from tests.journeys.kit import closed, finished, node, submit
from tests.journeys.verdict_kit import WRITE, shell, write
from tests.machine import Machine, words_of


@contextmanager
def provider(script: Path, books: Path) -> Iterator[str]:
    """A provider of its own process that accepts only TOKEN."""
    words = ("--script", str(script), "--token", TOKEN, "--books", str(books))
    told, out, err = map(os.fdopen, loaded.begin(words, os.environ, Path.cwd(), "ccorch.adapters.scripted"))
    with told, out, err:
        process = int(told.readline())
        try:
            yield str(json.loads(out.readline())["base_url"])
        finally:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGTERM)
            told.read()


def test_the_ledger_equals_the_providers_own_books(box: Machine) -> None:
    script, books = box.root / "s.yaml", box.root / "books.ndjson"
    turns = "".join(
        '  - tools: [{name: Read, input: {file_path: "app.py"}}]\n'
        f"    usage: {{input: {n}, output: {n * 2}, cache_read: 7}}\n"
        for n in (11, 222, 3333)
    )
    script.write_text(
        f"# Reads three times.\ndefault:\n{turns}  - text: done\n    usage: {{input: 5, output: 6}}\n"
    )
    with provider(script, books) as base_url:
        native(box, base_url)
        run = submit(box, "profile=mine", "role.handoff=null", "task=look")
        assert finished(box, run) == "done"

    billed = [json.loads(line) for line in books.read_text().splitlines()]
    booked = [json.loads(line) for line in (closed(box, run) / "ledger.ndjson").read_text().splitlines()]
    assert [line["basis"] for line in booked] == ["exact"] * 4
    assert sum(line["input_tokens"] + line["cache_read_tokens"] for line in booked) == sum(
        line["input"] + line["cache_read"] for line in billed
    )
    assert sum(line["output_tokens"] for line in booked) == sum(line["output"] for line in billed)


def test_no_secret_is_stored_where_it_may_not_be(box: Machine) -> None:
    script, books = box.root / "s.yaml", box.root / "books.ndjson"
    script.write_text(
        f'# Prints its own credential.\ndefault:\n  - text: "the key is {TOKEN}"\n'
        f'    tools: [{{name: Read, input: {{file_path: "{TOKEN}"}}}}]\n  - text: "again {TOKEN}"\n'
    )
    with provider(script, books) as base_url:
        native(box, base_url)
        run = submit(box, "profile=mine", "role.handoff=null", "task=look")
        assert finished(box, run) == "done"
        daemon = box.daemon_pid()
        argvs = [words_of(pid) for pid in box.processes()]
        words = b"".join(argv for argv in argvs if b"ccorch.adapters.scripted" not in argv)
        shown = "".join(
            box.ccorch(*verb).out for verb in (("show",), ("show", "--view", "log"), ("show", "--json"))
        )

    assert daemon
    assert TOKEN.encode() not in words
    assert TOKEN not in shown
    leaks = [
        path for path in found(box.project, TOKEN) + found(box.state, TOKEN) if not is_private_evidence(box, path)
    ]
    assert leaks == []
    seat = json.loads((box.state / "attempts" / run / "main/1/seat.json").read_text())["token"]
    assert found(box.project, seat) == []


def test_no_byte_stored_of_a_run_and_its_verdict_holds_a_planted_value(box: Machine) -> None:
    key = "gho_" + "x1Y2z3W4v5U6" * 3
    forms = (TOKEN, TOKEN.encode().hex(), b64encode(f"x{TOKEN}".encode()).decode(), key)
    script, books = box.root / "s.yaml", box.root / "books.ndjson"
    says = "".join(f"print({form!r})\\n" for form in forms)
    writes = write("say.py", says).replace("{{cwd}}/", "")
    script.write_text(
        f"# Writes, runs and says what it should not.\ndefault:\n  - tools: [{writes}]\n"
        f"  - tools: [{shell('python3 say.py')}]\n  - text: {json.dumps(' '.join(forms))}\n"
    )
    with provider(script, books) as base_url:
        native(box, base_url)
        words = (word for word in WRITE if not word.startswith("profile="))
        run = submit(box, "profile=mine", *words, "role.commands=[python3]")
        assert finished(box, run) == "done"
    closed(box, run)
    verdict = box.json("verify", run, "--invariant", "python3 say.py", status=1)
    assert "secret_found" in json.dumps(verdict["checks"])
    (tried,) = [one for one in verdict["checks"] if one["name"] == "test python3 say.py"]
    printed = (box.project / ".agent-workspace/ccorch/runs" / run / tried["evidence"][1]).read_text()
    assert len(printed.splitlines()) > len(forms), printed
    assert box.ccorch("accept", run).status == 1
    everywhere = [
        path
        for form in forms
        for place in (box.project, box.state, box.home, box.temporary)
        for path in found(place, form)
    ]
    assert [path for path in everywhere if not is_private_evidence(box, path)] == []


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_credential_fails_at_once_and_names_the_profile(box: Machine, status: int) -> None:
    script, books = box.root / "s.yaml", box.root / "books.ndjson"
    script.write_text(f"# Refuses.\ndefault:\n  - error: {{status: {status}, message: denied}}\n")
    with provider(script, books) as base_url:
        native(box, base_url)
        run = submit(box, "profile=mine", "role.handoff=null", "task=look")
        assert finished(box, run) == "failed"

    assert node(box, run)["outcome"] == "auth_failed"
    assert "mine" in node(box, run)["reason"]
    assert len(books.read_text().splitlines()) == 1


def native(box: Machine, base_url: str, model: str = "scripted-balanced") -> None:
    """A profile of the user's own, its credential in a private file."""
    key = box.config / "key"
    key.write_text(TOKEN)
    key.chmod(0o600)
    (box.config / "config.yaml").write_text(
        "profiles:\n  native:\n    mine:\n"
        f"      base_url: {base_url}\n      auth: {{file: {key}}}\n      models: {{balanced: '{model}'}}\n"
    )


def found(root: Path, text: str) -> list[Path]:
    """Files below that hold the text; what a living daemon puts in place of another holds it in neither."""
    return [path for path in below(root) if text.encode() in content(path)]


def is_private_evidence(box: Machine, path: Path) -> bool:
    """The raw stream and Claude's own transcript hold what a worker said, in the private attempt folder."""
    inside = path.is_relative_to(box.state / "attempts") and path.stat().st_mode & 0o077 == 0
    return inside and (path.name == "raw.ndjson" or "claude-config" in path.parts)
