"""Profiles of every source serve a real worker; credentials and passed variables reach nobody else."""

import json
from contextlib import ExitStack
from pathlib import Path

from tests.adapters.cc_switch.fixtures import Provider, json_era, third_party
from tests.canaries import TOKEN, canary
from tests.journeys.kit import closed, finished, node, submit
from tests.journeys.ports import Port, port
from tests.journeys.test_isolation import provider
from tests.machine import Machine, until

WORDS = ("role.handoff=null", "task=look")
PASSED = canary("passed-variable")
MODEL = "scripted-balanced"


def config(box: Machine, text: str) -> None:
    (box.config / "config.yaml").write_text(text)


def script(box: Machine, text: str = "hello") -> Path:
    path = box.root / "s.yaml"
    path.write_text(
        f"# One answer.\ndefault:\n  - text: {json.dumps(text)}\n    usage: {{input: 1000, output: 1000}}\n"
    )
    return path


def key(box: Machine) -> Path:
    path = box.root / "key"
    path.write_text(TOKEN)
    return path


def environ(box: Machine) -> dict[str, str]:
    """The environment of the only worker that lives."""
    (pid,) = box.claudes()
    entries = Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")
    return dict(entry.split("=", 1) for entry in entries if entry)


def asked(served: Port) -> set[tuple[str, str]]:
    return {credential for heard in served.heard for credential in heard.credentials}


def test_a_settings_file_with_an_odd_name_serves_a_worker(box: Machine) -> None:
    name = '智谱 "it\'s mine" 🎉'
    with provider(script(box), box.root / "books.ndjson") as upstream, port(upstream) as served:
        (box.home / "p").mkdir()
        env = {"ANTHROPIC_BASE_URL": served.url, "ANTHROPIC_API_KEY": TOKEN, "ANTHROPIC_MODEL": "scripted-balanced"}
        path = box.home / "p" / f"{name}.json"
        path.write_text(json.dumps({"env": env, "permissions": {"allow": ["Bash"]}}))
        box.planted.add(path)
        config(box, 'profiles: {settings: ["~/p/*.json"]}\n')
        listed = box.ccorch("profiles")
        run = submit(box, f"profile={name}", *WORDS)
        assert finished(box, run) == "done"
        closed(box, run)

    assert name in listed.out
    assert TOKEN not in listed.out + listed.err
    assert node(box, run)["profile"] == name
    assert asked(served) == {("x-api-key", TOKEN)}


def test_a_commands_answer_and_a_passed_variable_reach_the_worker_of_their_profile_only(box: Machine) -> None:
    ran = box.root / "ran"
    box.extra.update(MY_INDEX=PASSED, KIND_INDEX="3")
    box.extra.update(LOGIN_INDEX=canary("for-logins"), OTHER_INDEX=canary("not-passed"))
    with (
        provider(script(box, f"the index is {PASSED}"), box.root / "books.ndjson") as upstream,
        port(upstream, free=0) as served,
    ):
        command = ["sh", "-c", f"echo ran >> {ran}; cat {key(box)}"]
        config(
            box,
            "profiles:\n  environment: {api_key: [KIND_INDEX], subscription: [LOGIN_INDEX]}\n  native:\n    mine:\n"
            f"      base_url: {served.url}\n      auth: {{command: {json.dumps(command)}}}\n"
            "      models: {balanced: scripted-balanced}\n      passes: [MY_INDEX]\n      multiplier: 0.5\n",
        )
        for verb in (("plan", "profile=mine", *WORDS), ("profiles",), ("catalog", "profiles")):
            assert box.ccorch(*verb).status == 0
        assert not ran.exists()
        run = submit(box, "profile=mine", *WORDS)
        until(lambda: served.heard)
        given = environ(box)
        served.gate.set()
        assert finished(box, run) == "done"
        folder = closed(box, run)

    assert (given["MY_INDEX"], given["KIND_INDEX"]) == (PASSED, "3")
    assert not {"LOGIN_INDEX", "OTHER_INDEX"} & set(given)
    assert ran.read_text() == "ran\n"
    assert asked(served) == {("authorization", f"Bearer {TOKEN}")}
    assert "[redacted:secret]" in (folder / "nodes/main/1/answer.md").read_text()
    assert node(box, run)["usd"] == 0.003


def test_a_command_that_fails_starts_nothing_and_its_words_are_not_repeated(box: Machine) -> None:
    command = ["sh", "-c", f"cat {key(box)}; cat {key(box)} >&2; exit 7"]
    config(
        box,
        "profiles:\n  native:\n    mine:\n      base_url: http://127.0.0.1:9\n"
        f"      auth: {{command: {json.dumps(command)}}}\n      models: {{balanced: m}}\n",
    )
    result = box.ccorch("run", "profile=mine", "cost.unpriced=allow", "--yes", *WORDS)

    assert result.status == 2, result
    assert "status 7" in result.err
    assert TOKEN not in result.out + result.err


def test_a_variable_that_no_worker_gets_is_refused_with_its_key(box: Machine) -> None:
    config(box, "profiles: {environment: {api_key: [NODE_OPTIONS]}}\n")
    result = box.ccorch("plan", "profile=scripted", *WORDS)

    assert result.status == 2, result
    assert "profiles.environment.api_key: NODE_OPTIONS" in result.err


def test_claude_code_router_serves_as_a_gateway_with_its_own_model_names(box: Machine) -> None:
    box.extra["ROUTER_KEY"] = TOKEN
    with provider(script(box), box.root / "books.ndjson") as upstream, port(upstream) as served:
        (box.home / ".claude-code-router").mkdir()
        text = (
            '{ // of version 2\n "APIKEY": "${ROUTER_KEY}", "PORT": %d,\n'
            ' "Providers": [{"name": "glm", "api_base_url": "http://127.0.0.1:9/v1", "api_key": "x"},],\n'
            ' "Router": {"default": "glm,scripted-balanced"},\n}'
        )
        (box.home / ".claude-code-router/config.json").write_text(text % served.number)
        run = submit(box, "profile=router", *WORDS)
        assert finished(box, run) == "done"
        closed(box, run)

    assert asked(served) == {("authorization", f"Bearer {TOKEN}")}
    assert {heard.model for heard in served.heard} == {"glm,scripted-balanced"}
    assert node(box, run)["model"] == "glm,scripted-balanced"


def test_ccs_litellm_the_environment_and_the_json_era_serve_side_by_side(box: Machine) -> None:
    names = ("ccs", "lite", "env", "old")
    with ExitStack() as open_:
        upstream = open_.enter_context(provider(script(box), box.root / "books.ndjson"))
        served = {name: open_.enter_context(port(upstream)) for name in names}
        mine = {name: third_party(name, at.url, TOKEN, ANTHROPIC_MODEL=MODEL) for name, at in served.items()}
        (box.home / ".ccs").mkdir()
        (box.home / ".ccs/mine.json").write_text(json.dumps(mine["ccs"]))
        (box.home / ".ccs/config.yaml").write_text("version: 13\nprofiles: {ccs: {settings_file: mine.json}}\n")
        json_era(box.home, [Provider("old", "old", mine["old"])], current="old")
        box.extra.update(mine["env"]["env"], LITE_KEY=TOKEN)
        config(
            box,
            "profiles:\n  litellm:\n    lite:\n"
            f"      base_url: {served['lite'].url}\n      auth: {{env: LITE_KEY}}\n"
            f"      models: {{balanced: {MODEL}}}\n",
        )
        runs = {name: submit(box, f"profile={name}", *WORDS) for name in names}
        assert {name: finished(box, run) for name, run in runs.items()} == dict.fromkeys(names, "done")
        for run in runs.values():
            closed(box, run)

    assert [asked(at) for at in served.values()] == [{("authorization", f"Bearer {TOKEN}")}] * len(names)
