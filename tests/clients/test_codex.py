"""Real Codex, told of ccorch by its own installer, drives real workers in each of the ways its models see tools."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.clients.loopback import Model, Step
from tests.clients.npm_tools import node, program
from tests.clients.responses import asked, calls, goes_on, reads, says, scripts, searches
from tests.journeys.kit import events
from tests.machine import Machine, machine

SECONDS = 600
EAGER, DEFERRED, CODE = "some-model", "gpt-5.5", "gpt-6.2-sol"
"""Models whose prompts name every tool, none before a search, and none but a script."""

AUDIT = {
    "groups": {"workflow": "team"},
    "set": {"profile": "scripted", "workflow.roles": ["review", "security", "testing"], "label": "audit"},
}
TASK = "Audit app.py"


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """One machine for all of them."""
    with machine(tmp_path_factory.mktemp("codex") / "m") as made:
        made.extra["CODEX_HOME"] = str(made.home / ".codex")
        made.config.mkdir(exist_ok=True)
        (made.config / "mcp.yaml").write_text("extras: [resources]\n")
        told = made.json("mcp", "install", "--client", "codex", "--apply")
        file = Path(told["path"])
        # its owner wants unattended decisions
        text = file.read_text().replace('approval_mode = "prompt"', 'approval_mode = "approve"')
        file.write_text(HEAD + text)
        yield made


@pytest.fixture
def gate(box: Machine, tmp_path: Path) -> Iterator[Callable[[], None]]:
    """What opens the gate at which every server of this client waits before it loads."""
    file, config = tmp_path / "gate", box.home / ".codex/config.toml"
    os.mkfifo(file)
    (tmp_path / "sitecustomize.py").write_text(
        f"import sys\nif 'serve' in sys.orig_argv: open({str(file)!r}).read()\n"
    )
    before = config.read_text()
    config.write_text(f'{before}\n[mcp_servers.ccorch.env]\nPYTHONPATH = "{tmp_path}"\n')
    try:
        yield lambda: file.write_text("open")  # type: ignore[func-returns-value]
    finally:
        config.write_text(before)


HEAD = """
model_provider = "scripted"
check_for_update_on_startup = false
[analytics]
enabled = false
[model_providers.scripted]
name = "scripted"
base_url = "http://127.0.0.1:PORT/v1"
wire_api = "responses"
env_key = "SCRIPTED_KEY"

"""


def session(
    box: Machine, model: str, steps: Sequence[Step], sandbox: str = "workspace-write"
) -> tuple[Model, list[Any]]:
    """What the model was asked, and the calls as Codex tells them."""
    file = box.home / ".codex/config.toml"
    before = file.read_text()
    with asked(steps) as serving:
        file.write_text(before.replace(":PORT/", f":{serving.port}/"))
        words = [
            node(),
            program("codex").resolve(),
            "exec",
            "--json",
            "--skip-git-repo-check",
            "-m",
            model,
            "-s",
            sandbox,
            TASK,
        ]
        done = subprocess.run(
            words,
            env={**box.environment, "SCRIPTED_KEY": "nobody asks for it"},
            cwd=box.project,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    file.write_text(before)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, (done.stdout[-3000:], done.stderr[-3000:])
    items = [one["item"] for one in told if one["type"] == "item.completed"]
    return serving, [item for item in items if item["type"] == "mcp_tool_call"]


class Controller:
    """Remembers what a controller remembers."""

    plan = ""
    run = ""
    verdict = ""

    def steps(self) -> list[Step]:
        """From an overlay to a decision, one call at a time."""
        return [
            lambda _: calls("plan", {"overlay": AUDIT, "task": TASK}),
            self._submit,
            self._wait,
            lambda _: calls("run_get", {"run": self.run}),
            lambda _: calls("artifact_list", {"run": self.run, "glob": "nodes/*/handoff.json"}),
            lambda files: calls("artifact_read", {"run": self.run, "path": files["artifacts"][0]["path"]}),
            lambda _: calls("run_verify", {"run": self.run}),
            self._decide,
            lambda _: says("done"),
        ]

    def _submit(self, planned: Any) -> Any:
        self.plan = planned["plan_id"]
        return calls("run_submit", {"plan_id": self.plan})

    def _wait(self, submitted: Any) -> Any:
        self.run = submitted["run_id"]
        return calls("run_wait", {"run": self.run, "until": "done", "timeout": 100})

    def _decide(self, judged: Any) -> Any:
        self.verdict = judged["judgement"]
        return calls("run_decide", {"run": self.run, "decision": "accept"})


def test_from_an_overlay_to_a_decision_with_every_tool_in_the_prompt(
    box: Machine, gate: Callable[[], None]
) -> None:
    controller = Controller()
    first, *rest = controller.steps()

    def late(data: Any) -> Any:
        """The first turn; the server itself begins to load only now, however long the client has waited."""
        gate()
        return first(data)

    model, made = session(box, EAGER, [late, *rest])

    names = [call["tool"] for call in made]
    assert names == [
        *("plan", "run_submit", "run_wait", "run_get", "artifact_list", "artifact_read", "run_verify", "run_decide")
    ], [call.get("error") for call in made]
    (offered,) = [tool for tool in model.asked[0]["tools"] if tool.get("name") == "mcp__ccorch"]
    assert len(offered["tools"]) == 11
    assert controller.verdict == "pass"
    read = made[5]["result"]["content"][0]["text"]
    assert read.startswith("[untrusted worker output: nodes/")
    shown = box.json("show", controller.run)
    assert {node["role"] for node in shown["summary"]["nodes"]} >= {"review", "security", "testing"}
    submitted = events(box, controller.run)[0]
    assert (submitted["by"], submitted["who"][:5]) == ("mcp", "codex")
    assert made[7]["status"] == "completed", made[7]
    assert made[7]["result"]["structured_content"]["decision"]["decision"] == "accepted"


def test_the_same_after_a_search_for_tools(box: Machine) -> None:
    controller = Controller()
    *steps, last = controller.steps()
    looked = [
        lambda _: reads(f"ccorch://runs/{controller.run}"),
        lambda _: reads(f"ccorch://runs/{controller.run}/artifacts/verdict.json"),
    ]
    steps = [lambda _: searches("start a planned run"), *steps, *looked, last]
    model, made = session(box, DEFERRED, steps)

    assert "mcp__ccorch" not in json.dumps([tool.get("name") for tool in model.asked[0]["tools"]])
    assert '"name": "run_submit"' in model.given[0]
    assert controller.verdict == "pass"
    run, file = model.given[-2:]
    assert all(word in run for word in (f"ccorch://runs/{controller.run}", "team.security"))
    assert "untrusted worker output: verdict.json" in file
    decided = [call for call in made if call["tool"] == "run_decide"]
    assert [call["status"] for call in decided] == ["completed"]


CHAIN = f"""
const c = tools;
const said = async (call) => {{
  const r = await call;
  if (r.isError) throw new Error(JSON.stringify(r));
  return r.structuredContent;
}};
const planned = await said(c.mcp__ccorch__plan({{overlay: {json.dumps(AUDIT)}, task: {json.dumps(TASK)}}}));
const run = (await said(c.mcp__ccorch__run_submit({{plan_id: planned.plan_id}}))).run_id;
await said(c.mcp__ccorch__run_wait({{run, until: "done", timeout: 100}}));
const both = [c.mcp__ccorch__run_get({{run}}), c.mcp__ccorch__artifact_list({{run}})];
const [got, files] = await Promise.all(both.map(said));
const path = files.artifacts.find((one) => one.path.endsWith("handoff.json")).path;
const read = (await c.mcp__ccorch__artifact_read({{run, path}})).content[0].text;
const judged = await said(c.mcp__ccorch__run_verify({{run}}));
const decided = await said(c.mcp__ccorch__run_decide({{run, decision: "accept"}}));
const wrong = (await c.mcp__ccorch__run_get({{run: "ffffffff"}})).structuredContent.error.code;
const typed = JSON.stringify(ALL_TOOLS).includes("worst_usd");
const told = [judged.judgement, decided.decision.decision, read.split(":")[0], wrong, typed];
text(JSON.stringify({{run, files: files.total, told}}));
"""


def test_the_same_in_one_script_of_a_model_that_writes_code(box: Machine) -> None:
    model, _ = session(box, CODE, [lambda _: scripts(CHAIN), lambda told: goes_on(told) or says("done")])

    told = json.loads(model.given[-1].partition("Output:\n")[2])
    assert told["told"] == ["pass", "accepted", "[untrusted worker output", "RUN_NOT_FOUND", True]
    assert told["files"] > 5
    assert box.json("show", told["run"])["status"] == "done"


def test_a_codex_that_may_only_read_begins_nothing_that_writes(box: Machine) -> None:
    (box.config / "ceiling.yaml").write_text("accept_from_mcp: true\nwrite_from_mcp: true\n")
    wanted = {"groups": {"role": "development"}, "set": {"profile": "scripted", "policy.write": True}}
    step = [lambda _: calls("plan", {"overlay": wanted, "task": "x"}), lambda _: says("done")]

    refused, _ = session(box, EAGER, step, "read-only")
    allowed, _ = session(box, EAGER, step, "workspace-write")

    assert "CONFIG_FORBIDDEN" in refused.given[0]
    assert '"plan_id"' in allowed.given[0]
    calls_file = next((box.state / "mcp").glob("*.ndjson"))
    noted = [json.loads(line) for line in calls_file.read_text().splitlines()]
    assert [call["sandbox"] for call in noted[-2:]] == ["read-only", "workspace-write"]
    # Codex has no id for a read of a resource
    assert all(call["call"] for call in noted if "/" not in call["tool"])
