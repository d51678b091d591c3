"""A provider that the user keeps in CC Switch serves a real worker; CC Switch's files stay as they were."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.adapters.cc_switch.fixtures import GLM, NVIDIA, OFFICIAL, Provider, folder, third_party, traces
from tests.adapters.cc_switch.test_database import locked
from tests.canaries import TOKEN
from tests.journeys.kit import finished, node, submit
from tests.journeys.test_isolation import found, provider
from tests.machine import Machine

WORDS = ("role.handoff=null", "task=look")


def serving(url: str, **more: Any) -> Provider:
    settings = third_party("mine", url, TOKEN, ANTHROPIC_MODEL="scripted-balanced")
    return Provider("mine", '智谱 "mine" 🎉', settings, {"costMultiplier": "0.5"}, sort_index=1, **more)


def script(box: Machine) -> Path:
    path = box.root / "s.yaml"
    path.write_text("# One answer.\ndefault:\n  - text: hello\n    usage: {input: 1000, output: 1000}\n")
    return path


def test_the_current_provider_serves_with_its_own_key_and_multiplier(box: Machine) -> None:
    books = box.root / "books.ndjson"
    with provider(script(box), books) as url:
        place = folder(box.home, (OFFICIAL, serving(url, is_current=True), NVIDIA))
        before = traces(place)
        run = submit(box, *WORDS)
        assert finished(box, run) == "done"
        after = traces(place)

    assert before == after
    told = node(box, run)
    assert "current in CC Switch" in told["route_reason"]
    assert told["usd"] == 0.003
    assert len(books.read_text().splitlines()) == 1
    leaks = found(box.project, TOKEN) + found(box.state, TOKEN)
    assert leaks == []


def test_a_provider_is_chosen_by_id_or_exact_name_and_an_ambiguous_name_is_refused(box: Machine) -> None:
    twin = Provider("twin", GLM.name, third_party("twin", "https://example.invalid", ANTHROPIC_MODEL="glm-5.1"))
    folder(box.home, (GLM, twin))

    for words, status, sentence in (
        ((f"profile={GLM.name}",), 2, "glm"),
        (("profile=twin",), 0, ""),
        (("profile=Zhipu",), 2, "no profile 'Zhipu'"),
    ):
        result = box.ccorch("plan", *words, *WORDS)
        assert result.status == status, result
        assert sentence in result.err


def test_a_provider_that_is_changed_or_gone_since_the_plan_is_drift_in_words(box: Machine) -> None:
    place = folder(box.home)
    path = box.root / "plan.json"
    assert box.ccorch("plan", "profile=glm", *WORDS, "--out", str(path)).status == 0
    moved = json.dumps(third_party("glm", "https://moved.example", ANTHROPIC_MODEL="glm-5.1"))

    said = []
    for statement, values in (
        ("UPDATE providers SET settings_config = ? WHERE id = 'glm'", (moved,)),
        ("DELETE FROM providers WHERE id = 'glm'", ()),
    ):
        with closing(sqlite3.connect(place / "cc-switch.db", isolation_level=None)) as database:
            database.execute(statement, values)
        result = box.ccorch("run", "--plan", str(path))
        assert result.status == 2, result
        assert result.err.startswith("error: the plan no longer fits: ")
        said.append(result.err)

    assert "base url of profile Zhipu GLM was https://open.bigmodel.cn/api/anthropic, is https://moved" in said[0]
    assert "profiles: no profile 'Zhipu GLM'" in said[1]
    assert "bring the profile back, or make a new plan" in said[1]


def test_a_provider_whose_name_is_the_id_of_another_is_the_one_that_serves(box: Machine) -> None:
    model = {"ANTHROPIC_MODEL": "scripted-balanced"}
    with provider(script(box), box.root / "books.ndjson") as url:
        wanted = Provider("x1", "glm", third_party("mine", url, TOKEN, **model))
        other = Provider("glm", "Other", third_party("other", "http://127.0.0.1:9", **model))
        folder(box.home, (other, wanted))
        run = submit(box, "profile=x1", *WORDS)
        assert finished(box, run) == "done"

    assert node(box, run)["profile"] == "x1"


def test_providers_that_cannot_be_launched_say_why(box: Machine) -> None:
    folder(box.home)
    listed = box.ccorch("catalog", "profiles").out
    refused = box.ccorch("plan", "profile=Nvidia", *WORDS)

    assert "Zhipu GLM" in listed
    assert "GitHub Copilot" in listed
    assert refused.status == 2
    assert "openai_chat" in refused.err


def test_whatever_lies_in_the_databases_place_is_named_and_nothing_else_is_lost(box: Machine) -> None:
    file = folder(box.home) / "cc-switch.db"
    whole = file.read_bytes()
    with locked(file):
        assert GLM.name in box.ccorch("profiles").out
    newer = whole[:60] + (99).to_bytes(4, "big") + whole[64:]
    foreign = box.root / "other.db"
    with closing(sqlite3.connect(foreign)) as database, database:
        database.execute("CREATE TABLE things (id)")
    for content, sentence in (
        (newer, "schema 99, newer than 18; it is read by the columns it has"),
        (whole[:5000], "damaged or cut off"),
        (foreign.read_bytes(), "is not CC Switch's: it has no table providers"),
        (None, "there is neither cc-switch.db nor config.json in"),
    ):
        file.unlink() if content is None else file.write_bytes(content)
        told = box.ccorch("profiles")
        assert (told.status, "scripted-balanced" in told.out) == (0, True), told
        assert sentence in " ".join(told.out.split())
        assert (GLM.name in told.out) is (content == newer)

    assert box.ccorch("plan", "profile=scripted", *WORDS).status == 0
    (box.config / "prices").mkdir()
    (box.config / "prices/default.yaml").write_text(
        "# Mine.\ndated: '2026-01-01'\nmodels:\n  glm-5.1: {input: -1, output: 2}\n"
    )
    told = box.ccorch("profiles")
    assert told.status == 2
    assert "prices.models.glm-5.1.input: must be greater than or equal to 0 (got -1)" in told.err
    assert "prices/default.yaml:4" in told.err


def test_a_plan_made_for_a_provider_that_is_gone_is_refused(box: Machine) -> None:
    with provider(script(box), box.root / "books.ndjson") as url:
        folder(box.home, (serving(url, is_current=True),))
        path = box.root / "p.json"
        assert box.ccorch("plan", *WORDS, "--out", str(path)).status == 0
        assert TOKEN not in path.read_text()
        (box.home / ".cc-switch/cc-switch.db").unlink()
        folder(box.home, (GLM,))
        result = box.ccorch("run", "--plan", str(path))

    assert result.status == 2, result
    assert "no profile" in result.err
    assert json.loads(path.read_text())["profiles"][0]["source"] == "ccswitch"


def test_a_provider_that_names_no_model_is_asked_for_claude_codes_own(box: Machine) -> None:
    books = box.root / "books.ndjson"
    with provider(script(box), books) as url:
        folder(box.home, (Provider("bare", "Aggregator", third_party("bare", url, TOKEN), is_current=True),))
        run = submit(box, *WORDS, "cost.unpriced=allow", "--yes")
        assert finished(box, run) == "done"

    assert node(box, run)["model"] in ("opus", "sonnet", "haiku")
    asked = {json.loads(line)["model"] for line in books.read_text().splitlines()}
    assert all(model.startswith("claude-") for model in asked), asked
