"""How far money limits are overrun: simulated runs through the real gateway, with an honest provider's own books.

`python -m bench.budgets [--runs 200] [--seed 1]`; `make bench` runs it whole, the suite a short round of it.
"""

import argparse
import asyncio
import json
import logging
import os
import random
import sys
import tempfile
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import ClientError, ClientSession, web

from bench.figure import Figure, table
from ccorch.adapters.gateway.seat import Seat, token_hash
from ccorch.adapters.gateway.server import Gateway
from ccorch.adapters.ledger_file import LedgerFile, LedgerReader, Write
from ccorch.rules.budget import Pool, nano, tokens_of
from ccorch.rules.pricing import Price, cost
from ccorch.schema.ledger import LedgerLine, Usage

PRICE = Price(input=2, output=10, cache_read=0.2, cache_write=2.5, dated="2026-08-01")
TOKEN = "throwaway"
SESSION = "x-claude-code-session-id"
PACE = 0.0005
"""Seconds between the events of an answer: some 13,000 tokens a second, far faster than any model."""

MOST_TURNS = 400
"""Turns after which a lane ends by itself."""


@dataclass(frozen=True)
class Run:
    """What one simulated run is like."""

    seed: int
    mean: int
    """Mean output of an answer in tokens."""
    budget: float
    """US dollars."""
    lanes: int
    kills: int
    """How often the gateway dies."""


@dataclass
class Told:
    """What came of it."""

    run: Run
    true: int
    """What the provider billed, in nano-dollars."""
    slack: int
    """What the provider counted more input than was reckoned, over the requests at the end of the budget."""
    wrong: list[str] = field(default_factory=list)
    """Lines of the ledger that are not what the provider billed."""
    requests: int = 0

    @property
    def overshoot(self) -> float:
        """Part of the budget that was spent beyond it."""
        return max(self.true - nano(self.run.budget), 0) / nano(self.run.budget)


class Provider:
    """Streams answers of random length, breaks off, is overloaded, ignores max_tokens; books what it sent."""

    def __init__(self, chance: random.Random, mean: int) -> None:
        self.books: dict[str, Usage] = {}
        self.estimates: dict[str, int] = {}
        self._chance, self._mean = chance, mean

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        """Listen on loopback; the base URL."""
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_post("/v1/messages", self._messages)
        runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()

    async def _messages(self, request: web.Request) -> web.StreamResponse:
        body, chance, name = await request.read(), self._chance, request.headers[SESSION]
        if chance.random() < 0.05:
            return web.json_response({"type": "error", "error": {"type": "overloaded_error"}}, status=529)
        estimate = tokens_of(len(body))
        counted = max(int(estimate * chance.uniform(0.8, 1.02)), 1)
        cached = int(counted * chance.choice((0.0, 0.0, 0.9)))
        begun = Usage(input=counted - cached, cache_read=cached)
        self.books[name], self.estimates[name] = begun, estimate
        asked = int(json.loads(body)["max_tokens"])
        wanted = max(int(chance.expovariate(1 / self._mean)), 1)
        length = wanted if chance.random() < 0.15 else min(wanted, asked)
        breaks = int(length * chance.random()) if chance.random() < 0.1 else None
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        with suppress(ConnectionError):
            await self._stream(request, response, name, begun, length, breaks)
        return response

    async def _stream(
        self,
        request: web.Request,
        response: web.StreamResponse,
        name: str,
        begun: Usage,
        length: int,
        breaks: int | None,
    ) -> None:
        usage = {"input_tokens": begun.input, "cache_read_input_tokens": begun.cache_read, "output_tokens": 1}
        message = {"type": "message", "model": "m", "content": [], "usage": usage}
        await response.write(_event("message_start", message=message))
        block = {"type": "text", "text": ""}
        await response.write(_event("content_block_start", index=0, content_block=block))
        sent = 0
        while sent < length:
            piece = min(self._chance.randint(1, 12), length - sent)
            sent += piece
            # what is written is billed, whether it arrives or not
            self.books[name] = begun.model_copy(update={"output": sent})
            delta = {"type": "text_delta", "text": "abcd" * piece}
            await response.write(_event("content_block_delta", index=0, delta=delta))
            await asyncio.sleep(PACE)
            if breaks is not None and sent >= breaks and request.transport is not None:
                request.transport.close()
                return
        await response.write(_event("content_block_stop", index=0))
        ended = {"stop_reason": "end_turn"}
        await response.write(_event("message_delta", delta=ended, usage={"output_tokens": sent}))
        await response.write(_event("message_stop"))


def _event(name: str, **data: object) -> bytes:
    return f"event: {name}\ndata: {json.dumps({'type': name, **data})}\n\n".encode()


class Machine:
    """A gateway on one ledger that can die between two bytes and come back."""

    def __init__(self, folder: Path, run: Run, upstream: str) -> None:
        self._folder, self._run, self._upstream = folder, run, upstream
        self._lives = 0
        self.port = 0

    def _writing(self) -> Write:
        """Writes while this life lasts; the dead write nothing more."""
        self._lives += 1
        life = self._lives
        return lambda file, text: os.write(file, text) if life == self._lives else len(text)

    async def start(self) -> None:
        """Begin, or go on with what the ledger says."""
        self._ledger = LedgerFile(self._folder / "ledger", self._writing())
        self.gateway = Gateway(self._ledger)
        self.port = await self.gateway.start()
        self.gateway.open_pool(Pool(id="run:r", scope="run", limit_usd=self._run.budget, key="cost.usd_per_run"))
        for lane in range(self._run.lanes):
            seat = Seat(
                id=f"lane{lane}",
                token_sha256=token_hash(TOKEN),
                run="r",
                node=f"n{lane}",
                attempt=1,
                profile="p",
                declared_model="m",
                base_url=self._upstream,
                auth_key="k",
                price_of=lambda model: PRICE,
                pools=("run:r",),
            )
            self.gateway.register(seat)

    async def die(self) -> None:
        """As kill -9: from now on nothing reaches the disk, and every connection breaks."""
        self._lives += 1
        runner, session = self.gateway._runner, self.gateway._session
        assert runner is not None
        assert runner.server is not None
        assert session is not None
        for connection in runner.server.connections:
            if connection.transport is not None:
                connection.transport.abort()
        assert session.connector is not None
        await session.connector.close()
        await self.gateway.stop()
        self._ledger.close()

    async def end(self) -> None:
        """As `serve --stop`."""
        await self.gateway.stop()
        self._ledger.close()


async def simulate(run: Run, folder: Path) -> Told:
    """One run to the end of its money or its turns."""
    chance = random.Random(run.seed)
    provider = Provider(chance, run.mean)
    async with provider.serving() as upstream:
        machine = Machine(folder, run, upstream)
        await machine.start()
        lanes = [asyncio.create_task(_lane(machine, lane, run, chance)) for lane in range(run.lanes)]
        for _ in range(run.kills):
            await asyncio.sleep(chance.uniform(0.02, 0.2))
            await machine.die()
            await machine.start()
        await asyncio.gather(*lanes)
        await machine.end()
    last = {line.session_id: line for line in LedgerReader(folder / "ledger").new_lines()}
    bills = {name: cost(PRICE, usage) for name, usage in provider.books.items()}
    return Told(
        run=run,
        true=sum(bills.values()),
        slack=sum(_slack(provider, name) for name in list(provider.books)[-2 * run.lanes :]),
        wrong=[text for name in provider.books if (text := _wrong(provider, name, last.get(name)))],
        requests=len(provider.books),
    )


async def _lane(machine: Machine, lane: int, run: Run, chance: random.Random) -> None:
    """A worker: asks with a growing conversation, tries again what broke, leaves now and then, ends at a 402."""
    size = chance.randint(4_000, 24_000)
    async with ClientSession() as session:
        for turn in range(MOST_TURNS):
            size += chance.randint(0, 400)
            body = {
                "model": "m",
                "max_tokens": chance.choice((4_096, 32_000)),
                "messages": [{"role": "user", "content": "x" * size}],
            }
            leaves = chance.random() < 0.04
            headers = {"Authorization": f"Bearer {TOKEN}", SESSION: f"{run.seed}-{lane}-{turn}"}
            url = f"http://127.0.0.1:{machine.port}/w/lane{lane}/v1/messages"
            try:
                async with session.post(url, json=body, headers=headers) as response:
                    if response.status == 402:
                        return
                    if leaves:
                        await response.content.readany()
                        continue
                    await response.read()
            except (ClientError, OSError):
                await asyncio.sleep(0.01)


def _wrong(provider: Provider, name: str, line: LedgerLine | None) -> str:
    """Why a line is not what was billed: to the token, or an estimate that is not below and little above."""
    billed = provider.books[name]
    if line is None or not line.is_last:
        return f"{name}: no last line, billed {billed.tokens}"
    booked, is_exact = line.usage, line.basis == "exact"
    # an answer that broke before its first figures is booked by what was reckoned of its request
    off = provider.estimates[name] - billed.input - billed.cache_read if line.served_model is None else 0
    least, most = billed.tokens + min(off, 0), 1.1 * billed.tokens + max(off, 0)
    if booked == billed if is_exact else least <= booked.tokens <= most:
        return ""
    return f"{name}: {line.basis} {line.ended} {booked.tokens} tokens, billed {billed.tokens}"


def _slack(provider: Provider, name: str) -> int:
    """What the provider counted more input than was reckoned from the request."""
    more = provider.books[name].input + provider.books[name].cache_read - provider.estimates[name]
    return cost(PRICE, Usage(input=max(more, 0)))


def runs(count: int, seed: int) -> list[Run]:
    """Runs with budgets of 0.5 to 100 mean answers, evenly over the powers between."""
    chance = random.Random(seed)
    made = []
    for number in range(count):
        mean = chance.choice((60, 200, 600))
        answers = 0.5 * 200 ** ((number + 0.5) / count)
        answer = cost(PRICE, Usage(input=tokens_of(14_000), output=mean)) / 1e9
        lanes = chance.randint(1, 4)
        made.append(
            Run(chance.getrandbits(32), mean, round(answers * answer, 9), lanes, chance.choice((0, 0, 1, 2)))
        )
    return made


async def simulated(count: int, seed: int) -> list[Told]:
    """All of them, one after the other."""
    found = []
    for run in runs(count, seed):
        with tempfile.TemporaryDirectory(prefix="ccorch-budget-") as name:
            found.append(await simulate(run, Path(name)))
    return found


def figures(count: int = 200, seed: int = 1) -> Iterable[Figure]:
    """The figures of so many runs."""
    # connections that break under it are what this is about
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    told = asyncio.run(simulated(count, seed))
    overs = sorted(one.overshoot for one in told)
    beyond = [one for one in told if one.true > nano(one.run.budget) + one.slack]
    requests = sum(one.requests for one in told)
    p95 = overs[min(int(0.95 * len(overs)), len(overs) - 1)]
    wrong = [text for one in told for text in one.wrong]
    note = f"{count} runs, {requests} requests, worst {overs[-1]:.2%}"
    yield Figure("budget overshoot p95", 100 * p95, 2.0, "%", note)
    yield Figure("runs over by more than the input's reckoning", len(beyond), 0, "", f"seed {seed}")
    yield Figure("ledger lines that are not the provider's books", len(wrong), 0, "", "; ".join(wrong[:3]))


def main(words: list[str]) -> int:
    """Measure and print; 1 when a figure is over its limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(words)
    found = list(figures(options.runs, options.seed))
    print(table(found))
    return 0 if all(figure.holds for figure in found) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
