"""Promises of the gateway towards the real claude binary."""

import asyncio
import json
from pathlib import Path

import pytest

from ccorch.adapters.scripted import load
from tests.adapters.gateway.real_claude import Finished, claude
from tests.adapters.gateway.stage import MODEL, REAL_KEY, THROWAWAY, Stage, stage

SCRIPTS = Path(__file__).parents[3] / "conf" / "scripts"
REVIEW = {
    "type": "object",
    "required": ["schema_version", "role", "status", "summary", "findings"],
    "properties": {
        "schema_version": {"const": 1},
        "role": {"type": "string"},
        "status": {"enum": ["pass", "fail"]},
        "summary": {"type": "string"},
        "findings": {"type": "array"},
        "blocking_issues": {"type": "array"},
        "residual_risk": {"type": ["array", "string"]},
    },
}


async def ask(s: Stage, *arguments: str) -> Finished:
    return await claude(s.folder, s.url, THROWAWAY, *arguments, model=MODEL)


def of_last_words(s: Stage) -> tuple[list[str | None], int]:
    return [line.ended for line in s.lines() if line.is_last], len(s.books())


def test_a_review_with_a_tool_and_a_handoff_is_booked_to_the_token(tmp_path: Path) -> None:
    async def act() -> None:
        async with stage(tmp_path, (SCRIPTS / "review.yaml").read_text()) as s:
            cwd = {"cwd": str(tmp_path / "project")}
            s.provider.register("k", load(SCRIPTS / "review.yaml"), REAL_KEY, variables=cwd)
            done = await ask(s, "--tools", "Read", "--json-schema", json.dumps(REVIEW))

            assert (done.status, done.result["structured_output"]["status"]) == (0, "pass"), done.errors
            lines = [line for line in s.lines() if line.state == "closed"]
            assert [(row["input"], row["output"]) for row in s.books()] == [
                (line.input_tokens, line.output_tokens) for line in lines
            ]
            assert {line.basis for line in lines} == {"exact"}
            assert {line.session_id for line in lines} == {done.result["session_id"]}

    asyncio.run(act())


def test_a_refusal_ends_the_run_in_one_try_with_its_sentence(tmp_path: Path) -> None:
    async def act() -> None:
        async with stage(tmp_path, (SCRIPTS / "hello.yaml").read_text()) as s:
            s.pool(limit_usd=0.0001)
            done = await ask(s, "--tools", "Read")

            assert (done.status, done.result["api_error_status"]) == (1, 402)
            assert "raise cost.usd_per_run and run again" in done.result["result"]
            assert of_last_words(s) == (["refused"], 0)

    asyncio.run(act())


def test_an_endless_answer_is_cut_and_the_run_ends_with_402(tmp_path: Path) -> None:
    async def act() -> None:
        async with stage(tmp_path, (SCRIPTS / "endless.yaml").read_text()) as s:
            s.pool(limit_usd=0.05)
            done = await ask(s, "--tools", "Read")

            assert (done.status, done.result["api_error_status"]) == (1, 402)
            ended, requests = of_last_words(s)
            assert (ended[0], set(ended[1:]), requests) == ("cut", {"refused"}, 1)
            assert len(ended) <= 4
            texts = [
                part
                for event in done.events
                if event["type"] == "assistant"
                for part in event["message"]["content"]
            ]
            assert any("and then it went on" in part.get("text", "") for part in texts)
            spent = s.gateway.balance("run:r1").spent.nano_usd
            assert 0.9 * 0.05e9 < spent <= 1.05 * 0.05e9

    asyncio.run(act())


@pytest.mark.parametrize(("limit_tokens", "is_written"), [(20_000, False), (None, True)])
def test_a_tool_call_that_was_cut_never_runs(tmp_path: Path, limit_tokens: int | None, is_written: bool) -> None:
    proof = tmp_path / "project" / "proof.txt"
    call = {"name": "Write", "input": {"file_path": str(proof), "content": "word " * 5000}}
    script = {"default": [{"text": "Now.", "tools": [call], "usage": {"input": 15_000}}, {"text": "done"}]}

    async def act() -> None:
        async with stage(tmp_path, json.dumps(script)) as s:
            s.pool(limit_tokens=limit_tokens)
            done = await ask(s, "--tools", "Write", "--allowedTools", "Edit(**)")

            # its input was whole when the limit was reached, so closing the block would have run it
            assert (proof.exists(), done.status) == (is_written, 0 if is_written else 1)
            assert (of_last_words(s)[0][0] == "cut") is not is_written

    asyncio.run(act())


def test_a_bad_key_is_tried_once(tmp_path: Path) -> None:
    async def act() -> None:
        async with stage(tmp_path, "default: [{error: {status: 401, message: bad key}}]") as s:
            done = await ask(s, "--tools", "Read")

            assert (done.status, done.result["api_error_status"]) == (1, 401)
            assert of_last_words(s) == (["error"], 1)

    asyncio.run(act())


@pytest.mark.parametrize("trouble", ["drop: mid_text", "malformed: bad_json", "drop: before_stop"])
def test_a_broken_answer_is_asked_again_and_both_are_booked(tmp_path: Path, trouble: str) -> None:
    async def act() -> None:
        script = f"default: [{{text: '{'many words ' * 40}', chunks: 20, times: 1, {trouble}}}]"
        async with stage(tmp_path, script) as s:
            await ask(s, "--tools", "Read")

            billed = sum(row["input"] + row["output"] for row in s.books())
            assert len(s.books()) >= 1
            assert billed <= s.spent().tokens <= 1.1 * billed

    asyncio.run(act())
