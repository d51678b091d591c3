"""Promises of the scripted provider over the wire."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from ccorch.adapters.scripted import ScriptedProvider, parse

Answer = tuple[int, str]
TOKEN = "sk-scripted"


class Client:
    """Asks one key of one provider."""

    def __init__(self, session: ClientSession, base_url: str) -> None:
        self.session, self.base_url = session, base_url

    async def ask(self, said: int = 0, token: str = TOKEN, **changes: Any) -> Answer:
        """One request after `said` messages of the model."""
        messages = [{"role": "user", "content": "go"}]
        for _ in range(said):
            messages += [{"role": "assistant", "content": "x"}, {"role": "user", "content": "go"}]
        body = {"model": "m[1m]", "max_tokens": 1000, "messages": messages} | changes
        async with self.session.post(
            f"{self.base_url}/v1/messages", json=body, headers={"x-api-key": token}
        ) as response:
            return response.status, await response.text()

    async def message(self, said: int = 0, **changes: Any) -> dict[str, Any]:
        """An answer that is not streamed."""
        status, body = await self.ask(said, **changes)
        assert status == 200
        return dict(json.loads(body))


@asynccontextmanager
async def playing(script: str, books: Path | None = None, **options: Any) -> AsyncIterator[Client]:
    provider = ScriptedProvider(books)
    await provider.start()
    base_url = provider.register("k", parse(script, "s"), TOKEN, **options)
    async with ClientSession() as session:
        yield Client(session, base_url)
    await provider.stop()


def test_text_tools_and_handoff_come_in_this_order_with_the_figures_of_the_script() -> None:
    script = """
    model: served
    default:
      - text: hi
        tools: [{name: Read, input: {file_path: a}}]
        structured: {status: pass}
        usage: {input: 5, output: 6, cache_read: 7, cache_write: 8}
    """

    async def act() -> None:
        async with playing(script) as client:
            message = await client.message()
            assert [block.get("name", block["type"]) for block in message["content"]] == [
                "text",
                "Read",
                "StructuredOutput",
            ]
            assert (message["stop_reason"], message["model"]) == ("tool_use", "served")
            assert list(message["usage"].values()) == [5, 6, 7, 8]
            assert len({block.get("id") for block in message["content"]}) == 3

    asyncio.run(act())


def test_the_stream_and_the_whole_message_say_the_same() -> None:
    script = "default: [{text: 'wörds and more wörds', chunks: 5, tools: [{name: X, input: {a: 1}}]}]"

    async def act() -> None:
        async with playing(script) as client:
            whole = await client.message()
            _, body = await client.ask(stream=True)
            data = [json.loads(line[6:]) for line in body.splitlines() if line.startswith("data: ")]
            deltas = [event["delta"] for event in data if event["type"] == "content_block_delta"]

            assert "".join(delta.get("text", "") for delta in deltas) == whole["content"][0]["text"]
            given = "".join(delta.get("partial_json", "") for delta in deltas)
            assert json.loads(given) == whole["content"][1]["input"]
            assert data[-2]["usage"]["output_tokens"] == whole["usage"]["output_tokens"]
            assert data[0]["message"]["model"] == whole["model"] == "m"

    asyncio.run(act())


def test_an_answer_keeps_to_max_tokens() -> None:
    async def act() -> None:
        async with playing("default: [{text: 'abcdefghij', tools: [{name: X}], usage: {output: 99}}]") as client:
            message = await client.message(max_tokens=2)
            assert message["content"] == [{"type": "text", "text": "abcdefgh"}]
            assert (message["stop_reason"], message["usage"]["output_tokens"]) == ("max_tokens", 2)

    asyncio.run(act())


def test_roles_have_their_own_turns_and_only_the_registered_token_hears_them() -> None:
    async def act() -> None:
        async with playing("{roles: {review: [{text: r}]}, default: [{text: d}]}", role="review") as client:
            assert (await client.message())["content"][0]["text"] == "r"
            assert (await client.ask(token="other"))[0] == 401
            client.base_url += "x"
            assert (await client.ask())[0] == 404

    asyncio.run(act())


def test_an_error_has_its_status_kind_and_header() -> None:
    async def act() -> None:
        async with playing("default: [{error: {status: 429, message: slow, retry_after: 2.5}}]") as client:
            status, body = await client.ask()
            assert (status, json.loads(body)["error"]) == (429, {"type": "rate_limit_error", "message": "slow"})

    asyncio.run(act())


def test_registering_again_keeps_count_of_troubles() -> None:
    async def act() -> None:
        script = parse("default: [{error: {status: 500, times: 1}}, {text: ok}]", "s")
        provider = ScriptedProvider()
        await provider.start()
        async with ClientSession() as session:
            client = Client(session, provider.register("k", script, TOKEN))
            assert (await client.ask())[0] == 500
            provider.register("k", script, TOKEN)
            assert (await client.ask())[0] == 200
        await provider.stop()

    asyncio.run(act())


def test_a_request_that_is_none_is_refused_and_the_rest_of_the_api_is_there() -> None:
    async def act() -> None:
        async with playing("{}") as client:
            assert (await client.ask(model=None, messages=7))[0] == 400
            assert (await client.message())["content"][0]["text"] == "done"
            async with client.session.head(client.base_url) as head:
                assert head.status == 200
            async with client.session.post(
                f"{client.base_url}/v1/messages/count_tokens", json={}, headers={"x-api-key": TOKEN}
            ) as count:
                assert await count.json() == {"input_tokens": 1}

    asyncio.run(act())


def test_the_books_name_every_request_and_how_it_ended(tmp_path: Path) -> None:
    books = tmp_path / "books.ndjson"
    script = "default: [{text: aaaa}, {error: {status: 529}}]"

    async def act() -> None:
        async with playing(script, books) as client:
            await client.ask(stream=True)
            await client.ask(1)

    asyncio.run(act())
    rows = [json.loads(line) for line in books.read_text().splitlines()]
    assert [(row["status"], row["ended"], row["output"], row["position"]) for row in rows] == [
        (200, "finished", 1, 0),
        (529, "error", 0, 1),
    ]


def test_it_plays_alone_and_says_its_port(tmp_path: Path) -> None:
    script = tmp_path / "s.yaml"
    script.write_text("default: [{text: alone}]")
    command = [sys.executable, "-m", "ccorch.adapters.scripted", "--script", str(script), "--token", TOKEN]
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}

    async def ask(base_url: str) -> str:
        async with ClientSession() as session:
            return str((await Client(session, base_url).message())["content"][0]["text"])

    with subprocess.Popen(command, stdout=subprocess.PIPE, env=env) as child:
        assert child.stdout is not None
        try:
            assert asyncio.run(ask(json.loads(child.stdout.readline())["base_url"])) == "alone"
        finally:
            child.terminate()
        assert child.wait(180) == 0

    broken = [*command[:4], str(tmp_path / "none.yaml"), *command[5:]]
    refused = subprocess.run(broken, capture_output=True, env=env, text=True, check=False, timeout=180)
    assert (refused.returncode, "none.yaml" in refused.stderr) == (2, True)


FEATURES: dict[str, dict[str, Any]] = {
    "effort": {"output_config": {"effort": "high"}},
    "adaptive_thinking": {"thinking": {"type": "adaptive"}},
    "context_management": {"context_management": {"edits": []}},
    "mid_conv_system": {"messages": [{"role": "user", "content": "go"}, {"role": "system", "content": "x"}]},
}


def test_a_request_with_a_feature_that_the_script_does_not_know_is_refused() -> None:
    async def asked(refused: str, message: str, sent: str) -> Answer:
        script = f"refuse_features: [{refused}]\nrefuse_message: {message}\ndefault: [{{text: hi}}]"
        async with playing(script) as client:
            return await client.ask(**FEATURES[sent])

    for sent in FEATURES:
        statuses = {refused: asyncio.run(asked(refused, "null", sent))[0] for refused in FEATURES}
        assert statuses == {refused: 400 if refused == sent else 200 for refused in FEATURES}
    assert "output_config: Extra inputs" in asyncio.run(asked("effort", "null", "effort"))[1]
    assert "bad request" in asyncio.run(asked("effort", "bad request", "effort"))[1]


def test_a_text_can_repeat_what_the_last_tools_gave() -> None:
    def results(*contents: Any) -> list[Any]:
        blocks = [{"type": "tool_result", "tool_use_id": "t", "content": content} for content in contents]
        return [{"role": "user", "content": "go"}, {"role": "user", "content": blocks}]

    async def said(messages: list[Any]) -> str:
        async with playing("default: [{text: 'It is {{result}}.'}]") as client:
            return str((await client.message(messages=messages))["content"][0]["text"])

    assert asyncio.run(said(results("one", [{"type": "text", "text": "two"}]))) == "It is one\ntwo."
    assert asyncio.run(said([{"role": "user", "content": "go"}])) == "It is ."


def test_an_answer_that_waits_for_a_file_ends_once_it_is_there(tmp_path: Path) -> None:
    place, books = tmp_path / "go on", tmp_path / "books.ndjson"
    script = f"default: [{{text: 'word word', hold: '{{{{cwd}}}}/{place.name}'}}]"

    async def act() -> None:
        async with playing(script, books, variables={"cwd": str(tmp_path)}) as client:
            body = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "go"}], "stream": True}
            headers = {"x-api-key": TOKEN}
            async with client.session.post(f"{client.base_url}/v1/messages", json=body, headers=headers) as answer:
                begun = b""
                while b"word word" not in begun:
                    begun += await answer.content.readany()
                whole = asyncio.ensure_future(client.message())
                ends = asyncio.ensure_future(answer.content.read())
                _, waiting = await asyncio.wait({whole, ends}, timeout=0.2)
                assert (len(waiting), books.exists()) == (2, False)

                place.touch()
                assert b"message_stop" in await ends
                assert (await whole)["stop_reason"] == "end_turn"

    asyncio.run(act())
