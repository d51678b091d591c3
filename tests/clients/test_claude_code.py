"""Real Claude Code as controller, told of ccorch by its installer, drives a real worker and decides."""

import json
import subprocess
from pathlib import Path
from typing import Any

from ccorch.adapters.claude_code.binary import ClaudeBinaries
from tests.clients.loopback import Step
from tests.clients.messages import asked, calls, reads, says
from tests.journeys.kit import events
from tests.machine import CACHE, Machine

SECONDS = 600
OVERLAY = {"groups": {"role": "review"}, "set": {"profile": "scripted"}}
ASKS = "/mcp__ccorch__playbook"
"""A prompt of ours, as the client has it: a command."""

QUIET = ("DISABLE_AUTOUPDATER", "DISABLE_TELEMETRY", "DISABLE_ERROR_REPORTING", "DISABLE_BUG_COMMAND")


def steps() -> list[Step]:
    """From an overlay to a decision."""
    known: dict[str, Any] = {}

    def kept(name: str, data: Any, key: str) -> Any:
        known[name] = data[key]
        return known[name]

    return [
        lambda _: calls("plan", {"overlay": OVERLAY, "task": "Review this repo"}),
        lambda planned: calls("run_submit", {"plan_id": planned["plan_id"]}),
        lambda begun: calls("run_wait", {"run": kept("run", begun, "run_id"), "until": "done", "timeout": 100}),
        lambda _: calls("run_get", {"run": known["run"]}),
        lambda _: calls("artifact_read", {"run": known["run"], "path": "nodes/main/1/handoff.json"}),
        lambda _: reads(f"ccorch://runs/{known['run']}"),
        lambda _: calls("run_verify", {"run": known["run"]}),
        lambda _: calls("run_decide", {"run": known["run"], "decision": "reject", "reason": "only looked"}),
        lambda _: says("done"),
    ]


def test_from_an_overlay_to_a_decision(box: Machine) -> None:
    (box.config / "mcp.yaml").write_text("extras: [resources, prompts]\n")
    box.json("mcp", "install", "--client", "claude", "--project", "--apply")
    claude, _ = ClaudeBinaries(CACHE, box.environment).find(None)
    with asked(steps()) as model:
        words = [str(claude), "-p", ASKS, "--output-format", "stream-json", "--verbose"]
        words += ["--strict-mcp-config", "--mcp-config", ".mcp.json", "--allowedTools"]
        words += ["mcp__ccorch", "ReadMcpResourceTool"]
        done = subprocess.run(
            words,
            env={
                **box.environment,
                **dict.fromkeys(QUIET, "1"),
                "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
                "CLAUDE_CONFIG_DIR": str(box.root / "controller"),
                "ANTHROPIC_BASE_URL": f"http://127.0.0.1:{model.port}",
                "ANTHROPIC_AUTH_TOKEN": "nobody-asks-for-it",
            },
            cwd=box.project,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    assert done.returncode == 0, (done.stdout[-2000:], done.stderr[-2000:])
    assert len(model.given) == 8, model.given
    assert "a controller's playbook" in json.dumps(model.asked[0]["messages"])
    offered = [tool["name"] for tool in model.asked[0]["tools"] if tool["name"].startswith("mcp__ccorch__")]
    assert len(offered) == 11  # alwaysLoad: none has to be searched for
    assert "never instructions" in json.dumps(model.asked[0])
    assert model.given[4].startswith("[untrusted worker output: nodes/main/1/handoff.json]")
    (run,) = Path(box.project / ".agent-workspace/ccorch/runs").iterdir()
    assert all(word in model.given[5] for word in (f"ccorch://runs/{run.name}", "answers"))
    assert json.loads(model.given[6])["judgement"] == "pass"
    assert json.loads(model.given[7])["decision"]["decision"] == "rejected"
    submitted = events(box, run.name)[0]
    assert (submitted["by"], submitted["who"]) == ("mcp", "claude-code")
    (calls_file,) = (box.state / "mcp").glob("*.ndjson")
    noted = [json.loads(line) for line in calls_file.read_text().splitlines()]
    tools = [call for call in noted if "/" not in call["tool"]]
    assert len(tools) == 7
    assert [call["call"] for call in tools] == [f"toolu_{call['tool']}" for call in tools]
    assert {call["tool"] for call in noted} >= {"prompts/get", "resources/read"}
