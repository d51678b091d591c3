"""Promises of the gateway, driven over loopback against the scripted provider."""

import asyncio
import base64
import errno
import json
import os
import socket
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientError, web

from ccorch.adapters.gateway.server import Gateway
from ccorch.adapters.ledger_file import LedgerFile
from ccorch.errors import WorkspaceUnwritable
from ccorch.rules.budget import Amount
from ccorch.schema.ledger import LedgerLine
from tests.adapters.gateway.proxy import proxy
from tests.adapters.gateway.stage import MODEL, REAL_KEY, booked, question, stage, until

HELLO = "default: [{text: 'Hello there, wörld ✓', chunks: 3}]"
ENDLESS = "default: [{endless: {text: 'and so on and on and on and on '}, pace: 0.001}]"


def events(body: str) -> list[tuple[str, dict[str, Any]]]:
    """The events of a stream."""
    found = []
    for block in body.strip().split("\n\n"):
        name, data = block.split("\n")
        found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


def test_an_answer_passes_unchanged_and_the_ledger_equals_the_books(tmp_path: Path) -> None:
    async def act() -> None:
        async with stage(tmp_path, HELLO) as s:
            headers = {"x-stainless-retry-count": "2", "x-claude-code-session-id": "s-1"}
            status, through = await s.ask(headers=headers)
            async with s.session.post(
                f"{s.base_url}/v1/messages", json=question(), headers={"x-api-key": REAL_KEY}
            ) as direct:
                assert (status, through) == (200, await direct.text())

            line, billed = s.last(), s.books()[0]
            assert [row.state for row in s.lines()] == ["open", "progress", "closed"]
            assert (line.basis, line.ended, line.status) == ("exact", "ok", 200)
            assert (line.input_tokens, line.output_tokens) == (billed["input"], billed["output"])
            assert (line.retry_count, line.session_id, line.served_model) == (2, "s-1", MODEL)
            assert line.nano_usd == billed["input"] * 2000 + billed["output"] * 10_000
            assert s.gateway.balance("run:r1").spent.nano_usd == line.nano_usd
            assert s.gateway.balance("run:r1").reserved.nano_usd == 0

    asyncio.run(act())


def test_an_answer_that_is_not_streamed_is_booked_exactly(tmp_path: Path) -> None:
    async def act() -> None:
        async with stage(tmp_path, "default: [{text: hi, usage: {input: 7, output: 3, cache_read: 90}}]") as s:
            _, body = await s.ask(stream=False)

            line = s.last()
            assert json.loads(body)["content"] == [{"type": "text", "text": "hi"}]
            assert (line.input_tokens, line.output_tokens, line.cache_read_tokens) == (7, 3, 90)
            assert (line.nano_usd, line.basis) == (7 * 2000 + 3 * 10_000 + 90 * 200, "exact")

    asyncio.run(act())


def test_only_the_workers_token_is_let_in_and_only_the_real_key_goes_out(tmp_path: Path) -> None:
    async def act() -> None:
        seen: list[tuple[str, dict[str, str]]] = []
        async with stage(tmp_path, HELLO) as s, _recorder(seen) as upstream:
            s.seat(base_url=upstream, auth_header="x-api-key", headers={"x-title": "ccorch"})

            assert (await s.ask(token="wrong"))[0] == 401
            async with s.asking(token="wrong") as refused:
                assert refused.headers["x-should-retry"] == "false"
            assert seen == []
            await s.ask(headers={"cookie": "a=b", "x-forwarded-for": "1.2.3.4", "anthropic-beta": "x"})

            path, headers = seen[0]
            assert path == "/v1/messages?beta=true"
            assert headers["x-api-key"] == REAL_KEY
            assert (headers["accept-encoding"], headers["anthropic-beta"]) == ("identity", "x")
            assert headers["x-title"] == "ccorch"
            assert not {"authorization", "cookie", "x-forwarded-for"} & headers.keys()

    asyncio.run(act())


def _recorder(seen: list[tuple[str, dict[str, str]]]) -> AbstractAsyncContextManager[str]:
    """A provider that notes what reaches it and refuses."""

    async def note(request: web.Request) -> web.Response:
        seen.append((request.path_qs, {name.lower(): value for name, value in request.headers.items()}))
        return web.json_response({"type": "error", "error": {"type": "permission_error"}}, status=403)

    @asynccontextmanager
    async def serving() -> AsyncIterator[str]:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", note)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
        await runner.cleanup()

    return serving()


def test_what_is_not_covered_is_refused_with_402_and_never_reaches_the_provider(tmp_path: Path) -> None:
    async def act() -> None:
        async with stage(tmp_path, HELLO) as s:
            s.pool(limit_usd=0.001)
            async with s.asking() as response:
                body = await response.json()

            assert (response.status, response.headers["x-should-retry"]) == (402, "false")
            assert body["error"]["type"] == "billing_error"
            for part in ("run budget 'run:r1'", "cost.usd_per_run", "$0.0010", "needed"):
                assert part in body["error"]["message"]
            assert (s.last().state, s.last().ended, s.last().nano_usd) == ("refused", "refused", 0)
            assert s.books() == []

    asyncio.run(act())


def test_a_model_without_a_price_is_refused_by_name_under_a_money_limit(tmp_path: Path) -> None:
    async def act() -> None:
        async with stage(tmp_path, HELLO) as s:
            s.pool(limit_usd=1.0)
            status, body = await s.ask(model="kimi-for-coding")
            assert status == 402
            assert "kimi-for-coding" in body
            assert "cost.unpriced=allow" in body

            s.seat(unpriced="allow")
            assert (await s.ask(model="kimi-for-coding"))[0] == 200
            assert (s.last().nano_usd, s.last().basis) == (None, "exact")

    asyncio.run(act())


def test_the_answer_is_shortened_to_what_the_tightest_pool_covers(tmp_path: Path) -> None:
    async def act() -> None:
        async with stage(tmp_path, "default: [{text: '" + "word " * 4000 + "', chunks: 50}]") as s:
            s.pool(limit_usd=0.01)
            _, body = await s.ask(thinking={"type": "enabled", "budget_tokens": 9000})

            line = s.last()
            assert events(body)[-2][1]["delta"]["stop_reason"] == "max_tokens"
            assert line.nano_usd is not None
            assert 0.009 < line.nano_usd / 1e9 <= 0.01
            assert (line.ended, line.basis) == ("ok", "exact")

    asyncio.run(act())


def test_parallel_requests_cannot_spend_the_same_money_and_wait_for_each_other(tmp_path: Path) -> None:
    async def act() -> None:
        async with stage(tmp_path, "default: [{text: '" + "word " * 400 + "', delay: 0.05}]") as s:
            s.pool(limit_tokens=3000)
            answers = await asyncio.gather(*(s.ask(max_tokens=1500) for _ in range(8)))

            served = [line for line in s.lines() if line.state == "closed"]
            assert sorted(status for status, _ in answers) == [200] * len(served) + [402] * (8 - len(served))
            # each reserves 1776 and uses 776: one at a time, three fit, and the fourth gets what is left
            assert 3 <= len(served) <= 4
            assert s.gateway.balance("run:r1").spent.tokens <= 3000

    asyncio.run(act())


def test_a_request_that_waits_is_let_in_when_the_budget_is_raised(tmp_path: Path) -> None:
    async def act() -> None:
        async with stage(tmp_path, ENDLESS) as s:

            async def begin() -> int:
                async with s.asking(max_tokens=9000) as response:
                    await response.content.readany()
                    return response.status

            s.pool(limit_tokens=40_000)
            async with s.asking() as first:
                await first.content.readany()
                second = asyncio.create_task(begin())
                _, waiting = await asyncio.wait({second}, timeout=0.2)
                assert waiting, "it waits"
                s.pool(limit_tokens=200_000)
                assert await second == 200
                first.close()
            await until(lambda: len(s.books()) == 2, "both are over")

    asyncio.run(act())


def test_an_endless_answer_is_cut_on_an_event_boundary_at_the_hard_limit(tmp_path: Path) -> None:
    async def act() -> None:
        async with stage(tmp_path, ENDLESS) as s:
            s.pool(limit_usd=0.02)
            _, body = await s.ask()
            passed = events(body)
            await until(lambda: len(s.books()) == 1, "the provider noticed")

            assert [name for name, _ in passed[-3:]] == ["content_block_stop", "message_delta", "message_stop"]
            assert passed[-2][1]["delta"]["stop_reason"] == "max_tokens"
            line, billed = s.last(), s.books()[0]
            assert (line.ended, line.basis, billed["ended"]) == ("cut", "estimate", "client_closed")
            assert passed[-2][1]["usage"]["output_tokens"] == line.output_tokens
            assert billed["output"] <= (line.output_tokens or 0) <= 1.1 * billed["output"]
            assert "run:r1" in (line.note or "")
            assert (await s.ask())[0] == 402

    asyncio.run(act())


def test_a_tool_call_under_way_is_left_open_by_a_cut(tmp_path: Path) -> None:
    script = """
    default:
      - text: short
        tools: [{name: Bash, input: {command: "COMMAND"}}]
        usage: {input: 5000}
    """.replace("COMMAND", "echo " * 2000)

    async def act() -> None:
        async with stage(tmp_path, script) as s:
            # the provider counts far more input than its request is long, so little is left for output
            s.pool(limit_tokens=6500)
            _, body = await s.ask(max_tokens=4000)
            passed = events(body)

            stopped = {data["index"] for name, data in passed if name == "content_block_stop"}
            assert stopped == {0}
            assert [name for name, _ in passed[-2:]] == ["message_delta", "message_stop"]
            assert s.last().ended == "cut"

    asyncio.run(act())


@pytest.mark.parametrize(
    ("trouble", "ended", "basis"),
    [
        ("drop: after_headers", "dropped", "estimate"),
        ("drop: mid_text", "dropped", "estimate"),
        ("drop: before_stop", "dropped", "exact"),
        ("malformed: no_stop", "dropped", "estimate"),
        ("malformed: bad_json", "dropped", "estimate"),
        ("malformed: error_event", "error", "estimate"),
        ("malformed: html", "error", "exact"),
    ],
)
def test_a_broken_answer_is_booked_as_the_provider_billed_it(
    tmp_path: Path, trouble: str, ended: str, basis: str
) -> None:
    script = f"default: [{{text: '{'many words ' * 100}', chunks: 40, {trouble}}}]"

    async def act() -> None:
        async with stage(tmp_path, script) as s:
            with suppress(ClientError):
                await s.ask()
            line, billed = s.last(), s.books()[0]

            assert (line.ended, line.basis) == (ended, basis)
            # what a provider sent is what it bills, and the same reckoning is used on both sides
            assert (line.input_tokens, line.output_tokens) == (billed["input"], billed["output"])
            assert s.gateway.balance("run:r1").reserved.tokens == 0

    asyncio.run(act())


@pytest.mark.parametrize(
    ("status", "retry", "means"),
    [(401, "false", "auth"), (403, "false", "auth"), (429, None, "overload"), (529, None, "overload")],
)
def test_a_providers_error_is_passed_on_told_and_costs_nothing(
    tmp_path: Path, status: int, retry: str | None, means: str
) -> None:
    async def act() -> None:
        script = f"default: [{{error: {{status: {status}, retry_after: 7}}}}]"
        async with stage(tmp_path, script) as s, s.asking() as response:
            assert response.status == status
            assert response.headers.get("x-should-retry") == retry
            assert response.headers["retry-after"] == "7"
            kind = (await response.json())["error"]["type"]
            assert [(one.error, one.said) for one in s.told] == [(means, f"{status} {kind}")]
            assert (s.last().ended, s.last().nano_usd, s.last().status) == ("error", 0, status)

    asyncio.run(act())


def test_a_quota_that_lasts_is_not_asked_for_again(tmp_path: Path) -> None:
    async def act() -> None:
        script = "default: [{error: {status: 429, code: '1308', message: usage limit reached, retry_after: 7200}}]"
        async with stage(tmp_path, script) as s, s.asking() as response:
            assert (response.status, response.headers["x-should-retry"]) == (429, "false")
            assert [(one.error, one.lasting, one.said) for one in s.told] == [("quota", True, "429 1308")]

    asyncio.run(act())


def test_a_model_that_will_not_answer_and_an_error_within_an_answer_are_told(tmp_path: Path) -> None:
    async def act() -> None:
        script = "default: [{text: never, stop_reason: refusal}, {text: hm, malformed: error_event}]"
        async with stage(tmp_path, script) as s:
            await s.ask()
            assert [one.error for one in s.told] == ["refusal"]
            await s.ask(messages=[{"role": "user", "content": "x"}, {"role": "assistant", "content": "no"}])
            assert [(one.error, one.lasting) for one in s.told[1:]] == [("overload", False)]

    asyncio.run(act())


@pytest.mark.parametrize("status", [200, 500])
def test_a_body_nested_without_end_is_no_answer_and_leaves_no_request_open(tmp_path: Path, status: int) -> None:
    async def nested(request: web.Request) -> web.Response:
        return web.Response(body=b"[" * 200_000, status=status, content_type="application/json")

    async def act() -> None:
        app = web.Application()
        app.router.add_post("/v1/messages", nested)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        async with stage(tmp_path, HELLO) as s:
            s.seat(base_url=f"http://127.0.0.1:{runner.addresses[0][1]}")
            answered, _ = await s.ask()
            assert (answered, s.last().state, s.last().ended) == (status, "closed", "error")
        await runner.cleanup()

    asyncio.run(act())


def test_a_provider_that_is_away_is_a_502_that_may_be_retried(tmp_path: Path) -> None:
    async def act() -> None:
        async with stage(tmp_path, HELLO) as s:
            with socket.socket() as closed:
                closed.bind(("127.0.0.1", 0))
                s.seat(base_url=f"http://127.0.0.1:{closed.getsockname()[1]}")
                async with s.asking() as response:
                    assert (response.status, (await response.json())["type"]) == (502, "error")
                    assert "x-should-retry" not in response.headers
            assert (s.last().nano_usd, s.last().ended) == (0, "error")

    asyncio.run(act())


def test_a_client_that_leaves_closes_the_provider_at_once_and_is_booked(tmp_path: Path) -> None:
    async def act() -> None:
        async with stage(tmp_path, ENDLESS) as s:
            async with s.asking() as response:
                await response.content.readexactly(20_000)
                response.close()
            await until(lambda: len(s.books()) == 1, "the provider was closed")
            await until(lambda: s.last().is_last, "the line was closed")

            line, billed = s.last(), s.books()[0]
            assert (line.ended, line.basis) == ("client_closed", "estimate")
            assert billed["output"] <= (line.output_tokens or 0) <= billed["output"] * 1.1 + 16

    asyncio.run(act())


def test_the_served_model_sets_the_price_unless_the_asked_one_is_billed(tmp_path: Path) -> None:
    async def act() -> None:
        async with stage(tmp_path, "default: [{text: hi, served_model: dear, usage: {input: 10, output: 2}}]") as s:
            await s.ask()
            assert (s.last().served_model, s.last().nano_usd) == ("dear", 10 * 20_000 + 2 * 100_000)
            s.seat(priced_by="request")
            await s.ask()
            assert (s.last().served_model, s.last().nano_usd) == ("dear", 10 * 2_000 + 2 * 10_000)

        async with stage(tmp_path / "b", "default: [{text: hi, served_model: odd, usage: {input: 1}}]") as s:
            await s.ask()
            assert (s.last().served_model, s.last().basis) == ("odd", "estimate")

    (tmp_path / "b").mkdir()
    asyncio.run(act())


def test_only_messages_go_through(tmp_path: Path) -> None:
    async def act() -> None:
        async with stage(tmp_path, HELLO) as s:
            token = {"x-api-key": "throwaway"}
            async with s.session.head(f"{s.url}/") as head, s.session.get(f"{s.url}/api/hello") as hello:
                assert (head.status, hello.status) == (200, 200)
            async with s.session.post(
                f"{s.url}/v1/messages/count_tokens", json=question(), headers=token
            ) as counted:
                assert (await counted.json())["input_tokens"] > 100
            for method, path in (("GET", "/v1/models"), ("POST", "/v1/files"), ("GET", "/v1/messages")):
                async with s.session.request(method, s.url + path, headers=token) as other:
                    assert other.status == 404
            assert s.books() == []
            assert s.lines() == []

    asyncio.run(act())


@pytest.mark.parametrize("body", ["", "[]", "{", '{"model": "m"}', '{"model": "m", "max_tokens": true}'])
def test_a_request_that_cannot_be_read_is_refused(tmp_path: Path, body: str) -> None:
    async def act() -> None:
        async with stage(tmp_path, HELLO) as s:
            headers = {"x-api-key": "throwaway"}
            async with s.session.post(f"{s.url}/v1/messages", data=body, headers=headers) as response:
                assert (response.status, s.books()) == (400, [])

    asyncio.run(act())


def test_nothing_is_forwarded_while_the_ledger_cannot_be_written(tmp_path: Path) -> None:
    broken = [False]

    def write(file: int, data: bytes) -> int:
        if broken[0]:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return os.write(file, data)

    async def act() -> None:
        async with stage(tmp_path, HELLO, write) as s:
            broken[0] = True
            status, body = await s.ask()
            assert (status, "No space left" in body, s.books()) == (503, True, [])
            assert s.gateway.balance("run:r1").reserved.tokens == 0

            broken[0] = False
            assert (await s.ask())[0] == 200
            assert len(s.books()) == 1

    asyncio.run(act())


@pytest.mark.parametrize("fails_at", range(1, 12))
def test_whenever_the_disk_fills_up_no_spent_token_is_missing_from_the_ledger(
    tmp_path: Path, fails_at: int
) -> None:
    count = [0]

    def write(file: int, data: bytes) -> int:
        count[0] += 1
        if fails_at <= count[0] < fails_at + 2:
            return os.write(file, data[: len(data) // 2])
        return os.write(file, data)

    script = f"default: [{{text: '{'many words ' * 200}', chunks: 100, pace: 0.001}}]"

    async def act() -> None:
        async with stage(tmp_path, script, write) as s:
            for _ in range(4):
                await s.ask()
            asked = {line.id for line in s.lines() if line.state != "refused"}
            await until(lambda: len(s.books()) == len(asked), "all are over")
            billed = sum(row["input"] + row["output"] for row in s.books())

            assert s.spent().tokens >= billed
            assert booked(s.lines()).tokens >= billed

    asyncio.run(act())


def test_a_restart_knows_what_was_spent_and_closes_what_a_crash_left_open(tmp_path: Path) -> None:
    async def act() -> None:
        async with stage(tmp_path, HELLO) as s:
            await s.ask()
            spent = s.gateway.balance("run:r1").spent
        _lose_the_last_line(tmp_path / "ledger")

        async with stage(tmp_path, HELLO) as s:
            after = s.gateway.balance("run:r1").spent
            assert after.tokens >= spent.tokens
            assert (s.last().state, s.last().ended, s.last().basis) == ("closed", "dropped", "estimate")
            assert not {line.id for line in s.lines()} - {line.id for line in s.lines() if line.is_last}

    asyncio.run(act())


def _lose_the_last_line(folder: Path) -> None:
    (path,) = folder.iterdir()
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-1]) + lines[-1][:40])


def test_trouble_of_whoever_is_told_neither_breaks_a_stream_nor_doubles_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def troubled(line: LedgerLine, ahead: Amount) -> None:
        raise WorkspaceUnwritable("the workspace is full")

    async def act() -> None:
        async with stage(tmp_path, HELLO, on_line=troubled) as s:
            for _ in range(2):
                status, body = await s.ask()
                assert (status, events(body)[-1][0]) == (200, "message_stop")

            closed = [line.id for line in s.lines() if line.is_last]
            assert len(closed) == len(set(closed)) == 2
            assert booked(s.lines()) == s.spent()

    asyncio.run(act())
    assert "the workspace is full" in capsys.readouterr().err


def test_an_unknown_seat_is_asked_back_for_a_while_after_the_start_and_then_refused(tmp_path: Path) -> None:
    now = [1_785_600_000.0]

    async def act() -> None:
        async with stage(tmp_path, HELLO, clock=lambda: now[0]) as s:
            s.gateway.forget("seat")
            async with s.asking() as early:
                assert (early.status, early.headers["retry-after"]) == (503, "1")
                assert "x-should-retry" not in early.headers
                assert (await early.json())["error"]["type"] == "api_error"
            s.seat()
            assert (await s.ask())[0] == 200

            s.gateway.forget("seat")
            now[0] += 30.0
            async with s.asking() as late:
                assert (late.status, late.headers["x-should-retry"]) == (404, "false")

    asyncio.run(act())


def test_a_start_that_found_its_port_taken_reads_the_ledger_once_and_works_elsewhere(tmp_path: Path) -> None:
    async def act() -> None:
        async with stage(tmp_path, HELLO) as s:
            await s.ask()
            ledger, found = LedgerFile(tmp_path / "ledger"), list[str]()
            other = Gateway(ledger)
            with pytest.raises(OSError, match="in use"):
                await other.start(port=s.port, on_closed=lambda run, raw: found.append(run))
            await other.start(on_closed=lambda run, raw: found.append(run))
            assert found == ["r1"]
            assert other.balance("run:r1").spent == s.spent()
            await other.stop()
            ledger.close()

    asyncio.run(act())


def test_a_provider_behind_a_proxy_is_reached_through_it_with_its_password(tmp_path: Path) -> None:
    async def act() -> None:
        async with stage(tmp_path, HELLO) as s, proxy() as p:
            far = s.base_url.replace("127.0.0.1", "provider.invalid")
            s.seat(base_url=far, proxy=f"http://me:pass%20word@127.0.0.1:{p.port}")
            status, body = await s.ask()

            assert (status, events(body)[-1][0]) == (200, "message_stop")
            ((first, headers),) = p.asked
            assert first.startswith("POST http://provider.invalid")
            assert base64.b64decode(headers["proxy-authorization"].removeprefix("Basic ")) == b"me:pass word"
            assert s.last().ended == "ok"

    asyncio.run(act())


def test_a_proxy_that_refuses_is_told_without_its_password_and_costs_nothing(tmp_path: Path) -> None:
    async def act() -> None:
        async with stage(tmp_path, HELLO) as s, proxy(status=407) as p:
            s.seat(base_url="https://provider.invalid", proxy=f"http://me:password@127.0.0.1:{p.port}")
            status, body = await s.ask()

            assert (status, p.asked[0][0].split(" ")[0]) == (502, "CONNECT")
            assert "407" in body
            assert "password" not in body + (s.last().note or "")
            assert s.last().nano_usd == 0

    asyncio.run(act())


def test_local_days_date_the_pools(tmp_path: Path) -> None:
    async def act() -> None:
        far = {"clock": lambda: 1_785_542_399.0, "utc_offset": lambda at: 3600}
        async with stage(tmp_path, HELLO, **far) as s:
            s.seat(pools=("day:{day}",))
            await s.ask()
            assert s.last().pools == ("day:2026-08-01",)
            assert s.gateway.balance("day:{day}").spent.tokens > 0

    asyncio.run(act())


def test_a_clock_that_jumps_frees_no_money_of_a_day_that_was_spent(tmp_path: Path) -> None:
    last_second = 1_785_542_399.0  # of July, UTC
    now = [last_second]

    async def act() -> None:
        async with stage(tmp_path, HELLO, clock=lambda: now[0], utc_offset=lambda at: 0) as s:
            pools = ("day:{day}", "month:{month}", "run:r1")
            s.seat(pools=pools)

            async def spent_after(seconds: float) -> list[bool]:
                """Jump, tell in which pools something was spent before, and spend something."""
                now[0] = last_second + seconds
                found = [s.gateway.balance(pool).spent.tokens > 0 for pool in pools]
                await s.ask()
                return found

            assert await spent_after(0) == [False, False, False]
            assert await spent_after(-3600) == [True, True, True]
            assert await spent_after(-2 * 86_400) == [False, True, True]
            assert await spent_after(1) == [False, False, True]
            assert await spent_after(0) == [True, True, True]
            assert await spent_after(400 * 86_400) == [False, False, True]
            assert await spent_after(2) == [True, True, True]
            known = [s.gateway.balance(pool).spent for pool in pools]

        other = Gateway(LedgerFile(tmp_path / "ledger"), lambda: now[0], utc_offset=lambda at: 0)
        await other.start()
        await other.stop()
        assert [other.balance(pool).spent for pool in pools] == known

    asyncio.run(act())


def test_an_odd_session_header_neither_breaks_the_ledger_nor_keeps_money_reserved(tmp_path: Path) -> None:
    async def act() -> None:
        async with stage(tmp_path, HELLO) as s:
            s.pool(limit_usd=1.0)
            status, _ = await s.ask(headers={"x-claude-code-session-id": "\udcff\udcfe"}, max_tokens=60_000)

            assert status == 200
            assert s.last().session_id is None
            assert s.gateway.balance("run:r1").reserved.nano_usd == 0

    asyncio.run(act())


def test_a_picture_is_reserved_for_by_what_it_costs_and_not_by_its_bytes(tmp_path: Path) -> None:
    source = {"type": "base64", "media_type": "image/png", "data": "A" * 1_000_000}
    picture = {"type": "tool_result", "tool_use_id": "t", "content": [{"type": "image", "source": source}]}

    async def act() -> None:
        async with stage(tmp_path, "default: [{text: seen, usage: {input: 1500}}]") as s:
            s.pool(limit_tokens=10_000)
            status, _ = await s.ask(messages=[{"role": "user", "content": [picture]}], max_tokens=1000)

            assert (status, s.last().basis, s.last().input_tokens) == (200, "exact", 1500)

    asyncio.run(act())


def test_a_provider_that_lies_about_its_usage_is_booked_by_what_was_seen_with_its_own_word_beside(
    tmp_path: Path,
) -> None:
    async def act() -> None:
        script = f"default: [{{text: '{'word ' * 800}', chunks: 20, usage: {{output: 3}}}}]"
        async with stage(tmp_path, script) as s:
            s.pool(limit_tokens=1000)
            await s.ask(max_tokens=600)

            line = s.last()
            assert (line.basis, line.output_tokens) == ("estimate", 600)
            assert line.told_tokens == (line.input_tokens or 0) + 3
            assert s.gateway.balance("run:r1").spent.tokens == line.usage.tokens

    asyncio.run(act())
