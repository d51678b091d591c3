"""A provider that the user keeps in CC Switch serves a real worker; CC Switch's files stay as they were."""

import json
from pathlib import Path
from typing import Any

from tests.adapters.cc_switch.fixtures import GLM, NVIDIA, OFFICIAL, Provider, folder, third_party, traces
from tests.journeys.kit import finished, node, submit
from tests.journeys.test_isolation import TOKEN, found, provider
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


def test_providers_that_cannot_be_launched_say_why(box: Machine) -> None:
    folder(box.home)
    listed = box.ccorch("catalog", "profiles").out
    refused = box.ccorch("plan", "profile=Nvidia", *WORDS)

    assert "Zhipu GLM" in listed
    assert "GitHub Copilot" in listed
    assert refused.status == 2
    assert "openai_chat" in refused.err


def test_a_broken_database_is_no_reason_not_to_run(box: Machine) -> None:
    place = box.home / ".cc-switch"
    place.mkdir(parents=True)
    (place / "cc-switch.db").write_bytes(b"no database at all")
    run = submit(box, "profile=scripted", "script=hello", *WORDS)

    assert finished(box, run) == "done"


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
