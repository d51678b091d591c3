"""`ccorch profiles` on a CC Switch database, and checks of real endpoints through a real worker."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.cc_switch.fixtures import CANARY, GLM, SIX, Provider, folder, third_party, traces
from tests.canaries import TOKEN
from tests.journeys.test_isolation import native, provider
from tests.machine import Machine, Result

READS = '  - tools: [{name: Read, input: {file_path: "word.txt"}}]\n  - text: "{{result}}"\n'
LOOK = ("role.handoff=null", "task=look")


def script(box: Machine, turns: str = READS, more: str = "") -> Path:
    path = box.root / "s.yaml"
    path.write_text(f"# Plays a check.\n{more}default:\n{turns}")
    return path


def checked(box: Machine, name: str = "mine", status: int = 0) -> Any:
    """The check of a profile, with the words that came beside it."""
    result = box.ccorch("profiles", "check", name, "--json")
    assert result.status == status, result
    assert TOKEN not in result.out + result.err
    return json.loads(result.out)


def shown(box: Machine, name: str = "mine") -> Any:
    return box.json("profiles", "show", name)


def test_six_providers_are_listed_as_cc_switch_keeps_them_and_nothing_is_changed(box: Machine) -> None:
    odd = Provider("odd", '智谱 "o\'dd" 🎉', third_party("odd", "https://odd.example", ANTHROPIC_MODEL="glm-5.2"))
    place = folder(box.home, (*SIX, odd))
    before = traces(place)

    rows = {row["id"]: row for row in box.json("profiles", "--source", "ccswitch")["profiles"]}
    listed = box.ccorch("profiles").out
    alone = [box.ccorch("profiles", "show", one.name, *form) for one in (*SIX, odd) for form in ((), ("--json",))]

    assert list(rows) == [one.id for one in (*SIX, odd)]
    assert [id for id, row in rows.items() if row["current"]] == [GLM.id]
    assert rows["glm"]["host"] == "open.bigmodel.cn"
    assert rows["glm"]["price"]["input"] == 0.5 * 1.4
    assert rows["kimi"]["price"] is None
    assert "openai_chat" in rows["nvidia"]["reason"]
    assert rows["copilot"]["launchable"] is False
    assert (rows["odd"]["profile"], rows["odd"]["launchable"]) == (odd.name, True)
    assert odd.name in listed
    assert all(said.status == 0 for said in alone)
    assert CANARY not in listed + "".join(said.out + said.err for said in alone) + json.dumps(rows)
    assert traces(place) == before


def test_a_check_reads_a_word_through_a_real_worker_and_is_kept(box: Machine) -> None:
    with provider(script(box), box.root / "books.ndjson") as url:
        native(box, url)
        found = checked(box)

    check = found["check"]
    assert (check["ok"], check["tools"], check["served"]) == (True, True, "scripted-balanced")
    assert check["capabilities_off"] == []
    assert 0 < check["seconds"] < 30
    assert found["usd"] > 0
    told = shown(box)
    assert told["checks"] == [check]
    assert "ok" in told["hint"]["health"]
    assert box.json("show", check["run"])["summary"]["nodes"][0]["tools"] == {"Read": 1}
    assert TOKEN not in json.dumps(told)


def test_old_projects_of_checks_go_whatever_lies_among_them(box: Machine) -> None:
    room = box.state / "bench"
    (room / "check-old").mkdir(parents=True)
    (room / "check-gone").symlink_to(box.root / "nowhere")
    os.utime(room / "check-old", (0, 0))

    assert checked(box, "scripted")["check"]["ok"]
    assert not (room / "check-old").exists()


def test_a_room_that_cannot_be_made_is_told(box: Machine) -> None:
    box.state.mkdir(parents=True, exist_ok=True)
    (box.state / "bench").write_text("in the way")

    for words in (("profiles", "check", "scripted"), ("models", "bench", "--profile", "scripted")):
        told = box.ccorch(*words)
        assert told.status != 70
        assert f"cannot write {box.state / 'bench'}" in told.err


def test_a_wrong_key_fails_the_check_and_says_where_to_look(box: Machine) -> None:
    with provider(script(box), box.root / "books.ndjson") as url:
        native(box, url)
        (box.config / "key").write_text("another-key-0123456789")
        (box.config / "key").chmod(0o600)
        result = box.ccorch("profiles", "check", "mine")

    assert result.status == 1, result
    assert "profile mine was refused with 401" in words(result)
    assert f"check its credential: the file {box.config / 'key'}" in words(result)
    assert "another-key" not in result.out + result.err


def test_another_model_than_asked_for_fails_the_check(box: Machine) -> None:
    cheaper = READS.replace("- tools", "- served_model: cheaper-model\n    tools")
    with provider(script(box, cheaper), box.root / "books.ndjson") as url:
        native(box, url)
        found = checked(box, status=1)

    assert (found["check"]["served"], found["check"]["ok"]) == ("cheaper-model", False)
    assert "model=ID" in found["advice"]


def test_a_model_that_does_not_call_the_tool_fails_the_check(box: Machine) -> None:
    with provider(script(box, "  - text: I cannot read files\n"), box.root / "books.ndjson") as url:
        native(box, url)
        found = checked(box, status=1)

    assert found["check"]["tools"] is False
    assert "did not call the tool" in found["check"]["reason"]


@pytest.mark.parametrize(
    ("features", "message", "off"),
    [
        (("effort",), "null", ["effort"]),
        (("effort", "adaptive_thinking"), "null", ["effort", "adaptive_thinking"]),
        (("effort", "mid_conv_system"), "bad request", None),
    ],
)
def test_features_that_the_endpoint_refuses_are_found_and_named(
    box: Machine, features: tuple[str, ...], message: str, off: list[str] | None
) -> None:
    refuses = f"refuse_features: [{', '.join(features)}]\nrefuse_message: {message}\n"
    with provider(script(box, more=refuses), box.root / "books.ndjson") as url:
        native(box, url)
        found = checked(box)

    everything = ["effort", "adaptive_thinking", "context_management", "mid_conv_system"]
    assert sorted(found["refused"]) == sorted(off or everything)
    assert found["check"]["capabilities_off"] == found["refused"]
    assert f"capabilities_off: [{', '.join(found['refused'])}]" in found["advice"]


def test_what_a_provider_of_cc_switch_refuses_is_left_out_from_then_on(box: Machine) -> None:
    with provider(script(box, more="refuse_features: [effort]\n"), box.root / "books.ndjson") as url:
        mine = Provider("mine", "mine", third_party("mine", url, TOKEN, ANTHROPIC_MODEL="scripted-balanced"))
        folder(box.home, (mine,))
        before = box.ccorch("run", "profile=mine", *LOOK, "--json")
        found = checked(box)
        after = box.ccorch("run", "profile=mine", *LOOK, "--json")
        again = checked(box)

    assert (before.status, after.status) == (1, 0), (before, after)
    assert found["refused"] == again["refused"] == ["effort"]
    assert found["advice"] is None
    assert shown(box)["capabilities_off"] == ["effort"]


def words(result: Result) -> str:
    return " ".join(result.out.split())
