"""A controller submits an overlay over MCP and reads the result; the SDK's own client drives the real server."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from mcp import Client, StdioServerParameters

from tests.journeys.kit import PLAIN, events, script, submit, until_event
from tests.journeys.test_steering import ASKS, waiting, workflow
from tests.journeys.verdict_kit import MEND, MENDED, TRY, plays, prepare
from tests.machine import Machine, git, repository, until


def talk(box: Machine, *calls: tuple[str, dict[str, Any]]) -> list[tuple[bool, Any]]:
    """Call tools one after the other; a call may use what earlier ones answered through {run_id}."""

    async def session() -> list[tuple[bool, Any]]:
        server = StdioServerParameters(
            command=sys.executable,
            args=["-m", "ccorch", "-C", str(box.project), "mcp", "serve"],
            env=box.environment,
        )
        answers: list[tuple[bool, Any]] = []
        async with Client(server) as client:
            names = sorted(tool.name for tool in (await client.list_tools()).tools)
            answers.append((False, names))
            known: dict[str, Any] = {}
            for tool, words in calls:
                text = json.dumps(words)
                for name in ("run_id", "plan_id"):
                    text = text.replace(f"{{{name}}}", str(known.get(name, "")))
                filled = json.loads(text)
                result = await client.call_tool(tool, filled)
                data: Any = result.structured_content
                if data is None:
                    answers.append((bool(result.is_error), result.content[0].text))
                    continue
                known.update(data if {"run_id", "plan_id"} & data.keys() else data.get("error", {}))
                answers.append((bool(result.is_error), data))
        return answers

    answers = asyncio.run(session())
    box.said.append(json.dumps(answers).encode())
    return answers


OVERLAY = {"groups": {"role": "review"}, "set": {"profile": "scripted", "policy.max_concurrent": 2}}


def test_an_overlay_becomes_a_run_whose_result_is_read(box: Machine) -> None:
    names, planned, submitted, waited, got, early, verified, told, accepted, rejected, files, *rest = talk(
        box,
        ("plan", {"overlay": OVERLAY, "task": "Review this repo"}),
        ("run_submit", {"plan_id": "{plan_id}"}),
        ("run_wait", {"run": "{run_id}", "until": "done", "timeout": 180}),
        ("run_get", {"run": "{run_id}"}),
        ("run_decide", {"run": "{run_id}", "decision": "accept"}),
        ("run_verify", {"run": "{run_id}"}),
        ("run_get", {"run": "{run_id}", "view": "log"}),
        ("run_decide", {"run": "{run_id}", "decision": "accept"}),
        ("run_decide", {"run": "{run_id}", "decision": "reject", "reason": "not needed"}),
        ("artifact_list", {"run": "{run_id}", "glob": "nodes/*/handoff.json"}),
        ("artifact_read", {"run": "{run_id}", "path": "nodes/main/1/handoff.json"}),
        ("artifact_read", {"run": "{run_id}", "path": "../../../../.git/config"}),
        ("run_list", {"state": "done"}),
    )

    read, outside, runs = rest
    core = ["artifact_list", "artifact_read", "catalog", "plan", "run_control", "run_decide", "run_get", "run_list"]
    assert names[1] == [*core, "run_submit", "run_verify", "run_wait"]
    assert planned[1]["worst_usd"] == 2.0
    assert not submitted[0]
    assert waited[1]["status"] == "done"
    assert got[1]["answers"][0]["handoff"]["role"] == "review"
    assert got[1]["summary"]["nodes"][0]["served"] == ["scripted-balanced"]
    assert verified[1]["judgement"] == "pass"
    assert [told[1]["events"][0][key] for key in ("type", "by", "who")] == ["submitted", "mcp", "mcp"]
    assert "was not verified yet" in early[1]["error"]["message"]
    # nobody's branch is moved by it, so the owner need not have allowed it
    assert [accepted[1]["decision"][key] for key in ("decision", "by", "into")] == ["accepted", "mcp", None]
    assert rejected[1]["decision"]["by"] == "mcp"
    assert [one["path"] for one in files[1]["artifacts"]] == ["nodes/main/1/handoff.json"]
    assert read[1].startswith("[untrusted worker output: nodes/main/1/handoff.json]\n{")
    assert (outside[0], outside[1]["error"]["code"]) == (True, "NOT_FOUND")
    assert [run["run_id"] for run in runs[1]["runs"]] == [submitted[1]["run_id"]]
    (calls,) = (box.state / "mcp").glob("*.ndjson")
    told = [json.loads(line) for line in calls.read_text().splitlines()]
    assert [call["tool"] for call in told[:3]] == ["plan", "run_submit", "run_wait"]
    assert {call["client"] for call in told} == {"mcp"}
    assert told[1]["run"] == submitted[1]["run_id"]


def test_a_client_can_neither_write_nor_raise_ceilings_nor_smuggle_overrides(box: Machine) -> None:
    def overlay(**keys: Any) -> dict[str, Any]:
        return {"overlay": {"groups": {"role": "development"}, "set": {"profile": "scripted", **keys}}, "task": "x"}

    _, writes, money, binary, smuggled, endpoint, commands, nested = talk(
        box,
        ("run_submit", overlay(**{"policy.write": True})),
        ("run_submit", overlay(**{"cost.usd_per_run": 50.0})),
        ("run_submit", overlay(claude="/bin/sh")),
        ("plan", {"overrides": ["hydra.searchpath=[file:///]"], "task": "x"}),
        ("plan", overlay(**{"profiles.native": {}})),
        ("plan", overlay(**{"role.commands": ["bash"]})),
        ("plan", overlay(role={"commands": ["bash"]})),
    )

    codes = [answer["error"]["code"] for _, answer in (writes, money, binary, smuggled)]
    assert codes == ["CONFIG_FORBIDDEN"] * 4
    breach = money[1]["error"]["breaches"][0]
    assert [breach[name] for name in ("key", "wanted", "allowed")] == ["cost.usd_per_run", 50.0, 5.0]
    refused = [answer["error"]["code"] for _, answer in (endpoint, commands, nested)]
    assert refused == ["CONFIG_FORBIDDEN"] * 3
    assert not (box.project / ".agent-workspace").exists()


def test_a_client_has_a_defect_mended_and_accepts_it_where_its_owner_lets_it(box: Machine) -> None:
    Path(plays(box, *MEND).removeprefix("script=")).rename(box.project / "mend.yaml")
    prepare(box)
    owner = box.config / "ceiling.yaml"
    owner.write_text("write_from_mcp: true\n")
    (box.config / "config.yaml").write_text(f"checks: {{commands: [[{TRY.replace(' ', ', ')}]]}}\n")
    keys = {"profile": "scripted", "policy.write": True, "script": "mend.yaml", "role.handoff": None}
    _, planned, _, waited, verified, refused = talk(
        box,
        ("plan", {"overlay": {"groups": {"role": "development"}, "set": keys}, "task": "mend add"}),
        ("run_submit", {"plan_id": "{plan_id}"}),
        ("run_wait", {"run": "{run_id}", "until": "done", "timeout": 180}),
        ("run_verify", {"run": "{run_id}"}),
        ("run_decide", {"run": "{run_id}", "decision": "accept"}),
    )

    assert not planned[0], planned
    assert (waited[1]["status"], verified[1]["judgement"]) == ("done", "pass"), verified
    assert "accept_from_mcp" in refused[1]["error"]["message"]

    # once the owner takes writing back, not even a run that writes already has more done
    owner.write_text("accept_from_mcp: true\n")
    run = waited[1]["run_id"]
    _, accepted, anew, again, noted = talk(
        box,
        ("run_decide", {"run": run, "decision": "accept"}),
        ("plan", {"overlay": {"groups": {"role": "development"}, "set": keys}, "task": "mend add"}),
        ("run_control", {"run": run, "action": "retry", "node": "main", "text": "once more"}),
        ("run_control", {"run": run, "action": "note", "text": "it is in"}),
    )
    assert [accepted[1]["decision"][key] for key in ("decision", "by")] == ["accepted", "mcp"]
    assert (box.project / "app.py").read_text() == MENDED.replace("\\n", "\n")
    assert git(box.project, "log", "-1", "--format=%s").strip() == "mend add"
    assert (anew[1]["error"]["code"], anew[1]["error"]["breaches"][0]["ceiling"]) == (
        "CONFIG_FORBIDDEN",
        "write_from_mcp",
    )
    assert (again[1]["error"]["code"], noted[1]["noted"]) == ("CEILING_EXCEEDED", True)
    assert "retry would have writers work: main (ceiling write_from_mcp)" in again[1]["error"]["message"]


def test_a_client_stops_its_run_and_tells_what_it_has_spent_itself(box: Machine) -> None:
    run = submit(box, *PLAIN, script("long"), "task=x")
    until_event(box, run, "worker_ready")
    theirs = submit(
        box, "-C", str(repository(box.root / "other")), "worker=simulated", "profile=scripted", "task=y"
    )
    spent = {"controller_tokens": 5200, "controller_usd": 0.03, "controller_model": "gpt-5"}
    _, strange, climbing, blind, paused, stopped, again, over = talk(
        box,
        ("run_control", {"run": theirs, "action": "stop", **spent}),
        ("run_control", {"run": f"../{run}", "action": "stop", **spent}),
        ("run_control", {"run": run, "action": "answer", "node": "main", "text": "yes"}),
        ("run_control", {"run": run, "action": "pause", "text": "let me look"}),
        ("run_control", {"run": run, "action": "stop", "text": "seen enough", **spent}),
        ("run_control", {"run": run, "action": "note", "text": "it was the wrong file"}),
        ("run_wait", {"run": run, "until": "done", "timeout": 180}),
    )

    codes = [answer["error"]["code"] for _, answer in (strange, climbing, blind)]
    assert codes[:2] == ["RUN_NOT_FOUND", "ARG_INVALID"]
    assert "main" in blind[1]["error"]["message"]
    assert [one[1]["asked"] for one in (paused, stopped)] == [True, True]
    assert (stopped[1]["noted"], again[1]["noted"], over[1]["status"]) == (True, True, "cancelled")
    log = {(event["type"], event.get("by")) for event in events(box, run)}
    assert log >= {("pause_asked", "mcp"), ("stop_asked", "mcp"), ("noted", "mcp")}
    assert "its controller spent 5.2k tokens, $0.03 on gpt-5" in " ".join(box.ccorch("show", run).out.split())
    until(lambda: box.json("usage")["runs"]["controller_usd"] == 0.03)


def test_a_client_answers_a_gate_and_has_work_done_again(box: Machine) -> None:
    run = submit(box, workflow(box, ASKS, "asks"), "worker=simulated", "profile=scripted", "task=z")
    until(lambda: waiting(box).get("sure", {}).get("why") == "answer")
    done = ("run_wait", {"run": run, "until": "done", "timeout": 180})
    _, wrong, answered, first, retried, resumed, second, over = talk(
        box,
        ("run_control", {"run": run, "action": "answer", "node": "sure", "text": "maybe"}),
        ("run_control", {"run": run[:8], "action": "answer", "node": "sure", "text": "yes"}),
        done,
        ("run_control", {"run": run, "action": "retry", "node": "tell", "text": "once more"}),
        ("run_control", {"run": run, "action": "resume"}),
        done,
        ("run_control", {"run": run, "action": "resume"}),
    )

    assert "yes, no" in json.dumps(wrong[1]["error"])
    assert (answered[1]["run_id"], answered[1]["nodes"], first[1]["status"]) == (run, ["sure"], "done")
    assert (retried[1]["nodes"], retried[1]["waits"], retried[1]["status"]) == (["tell"], True, "needs_rerun")
    assert (resumed[1]["asked"], second[1]["status"], over[1]["error"]["code"]) == (
        True,
        "done",
        "RUN_STATE_CONFLICT",
    )
    answer = next(event for event in events(box, run) if event["type"] == "answered")
    assert (answer["choice"], answer["by"]) == ("yes", "mcp")


def test_errors_say_what_to_do_next(box: Machine) -> None:
    _, missing, unknown = talk(
        box,
        ("run_get", {"run": "ffff"}),
        ("plan", {"overlay": {"groups": {"role": "reviw"}, "set": {}}, "task": "x"}),
    )

    assert missing[0]
    assert missing[1]["error"]["code"] == "RUN_NOT_FOUND"
    assert "review" in json.dumps(unknown[1])


def test_what_may_cost_much_is_started_only_when_the_user_has_agreed(box: Machine) -> None:
    (box.config / "ceiling.yaml").write_text("confirm_above_usd: 1.5\n")
    asked = {"overlay": {"groups": {"role": "review"}, "set": {"profile": "scripted"}}, "task": "x"}
    quiet = {"overlay": {"set": {"profile": "scripted", "cost.confirm_above_usd": None}}, "task": "x"}
    free = {"overlay": {"set": {"profile": "scripted", "cost.unpriced": "allow"}}, "task": "x"}
    _, refused, hidden, blind, wrong, agreed, _ = talk(
        box,
        ("run_submit", asked),
        ("run_submit", quiet),
        ("run_submit", free),
        ("run_submit", asked | {"confirm": "0" * 64}),
        ("run_submit", asked | {"confirm": "{plan_id}"}),
        ("run_wait", {"run": "{run_id}", "until": "done", "timeout": 180}),
    )

    error = refused[1]["error"]
    assert (error["code"], error["worst_usd"], error["nodes"]) == ("CONFIRMATION_NEEDED", 2.0, 1)
    assert f"confirm={error['plan_id'][:12]}" in error["hint"]
    codes = [answer["error"]["code"] for _, answer in (hidden, blind, wrong)]
    assert codes == ["CONFIG_FORBIDDEN", "CONFIG_FORBIDDEN", "CONFIRMATION_NEEDED"]
    assert agreed[1]["plan"]["plan_id"] == error["plan_id"]

    # at a terminal it is asked for in words, or given beforehand
    words = ("run", "worker=claude", "profile=scripted", "task=x", "cost.confirm_above_usd=0.5")
    said = box.ccorch(*words)
    assert (said.status, "--yes" in said.err, "up to $2.00" in said.err) == (3, True, True)
    told = box.ccorch(*words, "--yes", "--detach")
    assert told.status == 0
    assert "expected: " in box.ccorch("plan", "profile=scripted", "task=x").out
