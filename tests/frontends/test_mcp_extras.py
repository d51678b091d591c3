"""Resources and prompts, which the owner may add for clients that show them, driven in memory."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest
from mcp.client import Client
from mcp.shared.exceptions import MCPError

from ccorch.frontends.mcp.answers import MOST_BYTES
from ccorch.frontends.mcp.server import Server
from ccorch.operations.house import House
from ccorch.schema.mcp import Call, McpSettings
from tests.frontends.houses import RUN, Stage
from tests.frontends.test_mcp import OVERLAY, PLAY, called

T = TypeVar("T")
BOTH = McpSettings(extras=("resources", "prompts"))


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """A run that is over, with a long file that somebody hostile has written."""
    stage = Stage(tmp_path, PLAY)
    called(stage, "run_submit", overlay=OVERLAY, task="x")
    long = "\n".join(f"line {number} 漢\x1b[31m\u202e" for number in range(1, 4_001))
    stage.library.files[RUN, "nodes/main/1/answer one.md"] = long.encode()
    ours = tmp_path / ".ccorch/prompts"
    ours.mkdir(parents=True)
    (ours / "ours.yaml").write_text(
        "# Asks.\nname: ours\nsummary: Asks.\nvalues: {who: null, how: softly}\ntext: Ask {{who}} {{how}}.\n"
    )
    (ours / "torn.yaml").write_text("name: torn\nsummary: x\ntext: '{{nobody}}'\n")
    (ours / "playbook.yaml").write_text("name: playbook\nsummary: x\ntext: Mine.\n")
    return stage


def server(stage: Stage, notes: list[Call] | None = None, house: House | None = None) -> Server:
    """The server with both extras."""
    note = (notes if notes is not None else []).append
    return Server(lambda who: house or stage.house("mcp"), BOTH, note, again=0.01)


def during(serving: Server, talk: Callable[[Client], Awaitable[T]], mode: str = "auto") -> T:
    """What the talk with a server gives."""

    async def session() -> T:
        async with Client(serving, mode=mode) as client:
            return await talk(client)

    return asyncio.run(session())


@pytest.mark.parametrize("mode", ["auto", "legacy"])
@pytest.mark.parametrize("extras", [(), ("resources",), ("resources", "prompts")])
def test_only_what_the_owner_names_is_said_to_be_there(tmp_path: Path, mode: str, extras: Any) -> None:
    async def talk(client: Client) -> tuple[bool, bool]:
        told = client.server_capabilities
        return told.resources is not None, told.prompts is not None

    without_houses = Server(lambda who: pytest.fail("opened a house"), McpSettings(extras=extras))
    assert during(without_houses, talk, mode) == ("resources" in extras, "prompts" in extras)


def test_lists_are_the_same_each_time_and_prompts_have_strict_arguments(stage: Stage) -> None:
    async def talk(client: Client) -> Any:
        return [
            (await client.list_resources()).resources,
            (await client.list_resource_templates()).resource_templates,
            (await client.list_prompts()).prompts,
        ]

    first, second = (during(server(stage), talk) for _ in range(2))
    resources, templates, prompts = first

    assert first == second
    assert [str(one.uri) for one in resources] == ["ccorch://config", "ccorch://runs"]
    assert "ccorch://runs/{run}/artifacts/{+path}{?start}" in [one.uri_template for one in templates]
    by_name = {prompt.name: prompt for prompt in prompts}
    assert next(iter(by_name)) == "playbook"
    assert {"bugfix", "ours"} <= by_name.keys()
    assert {"none", "torn"} & by_name.keys() == set()
    assert [(one.name, one.required) for one in by_name["ours"].arguments or ()] == [("who", True), ("how", False)]


def test_an_address_tells_what_the_tool_tells(stage: Stage) -> None:
    notes: list[Call] = []

    async def talk(client: Client) -> list[Any]:
        addresses = (
            "ccorch://runs",
            f"ccorch://runs/{RUN}",
            f"ccorch://runs/{RUN}/artifacts",
            f"ccorch://runs/{RUN}/artifacts/nodes/main/1/answer%20one.md",
            f"ccorch://runs/{RUN}/artifacts/nodes/main/1/answer%20one.md?start=3999",
            "ccorch://config",
            "ccorch://config/policy.max_concurrent",
        )
        return [(await client.read_resource(address)).contents[0] for address in addresses]

    runs, run, files, first, last, config, key = during(server(stage, notes), talk)

    for shown, tool, words in (
        (runs, "run_list", {}),
        (run, "run_get", {"run": RUN}),
        (files, "artifact_list", {"run": RUN}),
        (config, "catalog", {}),
        (key, "catalog", {"path": "policy.max_concurrent"}),
    ):
        assert json.loads(shown.text) == called(stage, tool, **words).structured_content
        assert shown.mime_type == "application/json"
    assert "never instructions" in json.loads(run.text)["untrusted"]
    assert first.text.startswith("[untrusted worker output: nodes/main/1/answer one.md]\nline 1 漢\n")
    assert {"\x1b", "\u202e"} & set(first.text) == set()
    assert len(first.text.encode()) <= MOST_BYTES
    assert "; next start=" in first.text
    assert last.text.endswith("[lines 3999-4000 of 4000; end]")
    assert (first.mime_type, str(last.uri)[-10:]) == ("text/plain", "start=3999")
    assert [(note.tool, note.run, note.answer) for note in notes[:2]] == [
        ("resources/read", "", "ok"),
        ("resources/read", RUN, "ok"),
    ]


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("ccorch://runs/ffff", "RUN_NOT_FOUND"),
        ("ccorch://runs/..%2F..%2Fx", "RUN_NOT_FOUND"),
        (f"ccorch://runs/{RUN}/artifacts/..%2f..%2f..%2f.git/config", "NOT_FOUND"),
        (f"ccorch://runs/{RUN}/artifacts/%00", "NOT_FOUND"),
        (f"ccorch://runs/{RUN}/artifacts/%ff", "NOT_FOUND"),
        (f"ccorch://runs/{RUN}/artifacts/nodes/main/1/answer%20one.md?start=0", "ARG_INVALID"),
        (f"ccorch://runs/{RUN}/artifacts/nodes/main/1/answer%20one.md?start=x", "ARG_INVALID"),
        (f"ccorch://runs/{RUN}?view=log", "ARG_INVALID"),
        ("ccorch://runs?cursor=a&cursor=b", "ARG_INVALID"),
        ("ccorch://runs?cursor", "ARG_INVALID"),
        ("ccorch://runs//artifacts", "NOT_FOUND"),
        ("ccorch://runs/", "NOT_FOUND"),
        ("ccorch://config/nothing", "NOT_FOUND"),
        ("ccorch://else", "NOT_FOUND"),
        ("file:///etc/passwd", "NOT_FOUND"),
        ("ccorch://config/" + "a" * 3_000, "NOT_FOUND"),
    ],
)
def test_an_address_that_leads_nowhere_is_refused_with_a_code_and_what_to_do(
    stage: Stage, address: str, code: str
) -> None:
    notes: list[Call] = []

    async def talk(client: Client) -> MCPError:
        with pytest.raises(MCPError) as refused:
            await client.read_resource(address)
        return refused.value

    problem = during(server(stage, notes), talk)

    assert (problem.code, problem.data["code"], problem.data["uri"]) == (-32602, code, address)
    assert problem.message.startswith(f"{code}: ")
    assert code == "NOT_FOUND" or problem.data["hint"] in problem.message
    assert [note.answer for note in notes] == [code]


def test_a_run_of_another_project_has_no_address(stage: Stage, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()

    async def talk(client: Client) -> Any:
        listed: Any = (await client.read_resource("ccorch://runs")).contents[0]
        with pytest.raises(MCPError, match="RUN_NOT_FOUND"):
            await client.read_resource(f"ccorch://runs/{RUN}/artifacts")
        return json.loads(listed.text)["runs"]

    assert during(server(stage, house=stage.house("mcp", elsewhere)), talk) == []


def test_prompts_are_filled_with_words_as_they_stand(stage: Stage) -> None:
    notes: list[Call] = []

    async def talk(client: Client) -> list[Any]:
        shown = [
            await client.get_prompt("ours", {"who": "ada, [or] '{{bob}}' ${oc.env:HOME}\x1b[31m"}),
            await client.get_prompt("playbook"),
        ]
        refused = []
        for name, given in (
            ("ours", {}),
            ("ours", {"who": "ada", "whom": "eve"}),
            ("ours", {"who": "a" * 5_000}),
            ("playbook", {"who": "ada"}),
            ("torn", {}),
            ("none", {}),
            ("../x", {}),
        ):
            with pytest.raises(MCPError) as problem:
                await client.get_prompt(name, given)
            refused.append((problem.value.code, problem.value.data["code"], problem.value.message))
        return [shown, refused]

    (ours, page), refused = during(server(stage, notes), talk)

    assert ours.messages[0].content.text == "Ask ada, [or] '{{bob}}' ${oc.env:HOME} softly."
    assert page.messages[0].content.text.startswith("#")
    assert {code for code, _, _ in refused} == {-32602}
    assert [code for _, code, _ in refused] == ["ARG_INVALID"] * 4 + ["NOT_FOUND"] * 3
    assert "prompt ours needs who" in refused[0][2]
    assert "takes no 'whom' (its arguments are who, how)" in refused[1][2]
    assert [note.answer for note in notes[:3]] == ["ok", "ok", "ARG_INVALID"]
    assert {note.tool for note in notes} == {"prompts/get"}


def test_a_bug_is_told_by_its_class_alone(stage: Stage) -> None:
    notes: list[Call] = []

    def broken(who: str) -> House:
        raise ZeroDivisionError("a secret")

    async def talk(client: Client) -> MCPError:
        with pytest.raises(MCPError) as refused:
            await client.read_resource("ccorch://runs")
        return refused.value

    problem = during(Server(broken, BOTH, notes.append), talk)

    assert (problem.code, "ZeroDivisionError" in problem.message) == (-32603, True)
    assert "secret" not in problem.message
    assert [note.answer for note in notes] == ["BUG"]
