"""A stage for tests: the scripted provider behind the gateway, both real, on loopback."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import ClientResponse, ClientSession

from ccorch.adapters.gateway.exchange import Listeners
from ccorch.adapters.gateway.seat import Seat, token_hash
from ccorch.adapters.gateway.server import Gateway
from ccorch.adapters.ledger_file import LedgerFile, LedgerReader, Write
from ccorch.adapters.scripted import ScriptedProvider, parse
from ccorch.rules.budget import Amount, Pool
from ccorch.rules.pricing import Price, find
from ccorch.schema.breaker import Trouble
from ccorch.schema.ledger import LedgerLine
from ccorch.schema.price import ModelPrice, Prices

MODEL = "glm-5.2"
REAL_KEY = "sk-real-key"
THROWAWAY = "throwaway"
PRICES = Prices(
    dated="2026-08-01",
    models={
        MODEL: ModelPrice(input=2, output=10, cache_read=0.2, cache_write=2.5),
        "dear": ModelPrice(input=20, output=100, cache_read=2, cache_write=25),
    },
)


def price_of(model: str) -> Price | None:
    """The price list of all tests here."""
    return find(PRICES, model)


@dataclass
class Stage:
    """Everything a test touches."""

    gateway: Gateway
    provider: ScriptedProvider
    session: ClientSession
    folder: Path
    port: int
    base_url: str
    told: list[Trouble] = field(default_factory=list)

    @property
    def url(self) -> str:
        """What a worker gets as its base URL."""
        return f"http://127.0.0.1:{self.port}/w/seat"

    def seat(self, **changes: Any) -> Seat:
        """Register the seat of all tests here, with changes."""
        facts: dict[str, Any] = {
            "id": "seat",
            "token_sha256": token_hash(THROWAWAY),
            "run": "r1",
            "node": "a",
            "attempt": 1,
            "profile": "scripted",
            "declared_model": MODEL,
            "base_url": self.base_url,
            "auth_key": REAL_KEY,
            "price_of": price_of,
            "pools": ("run:r1",),
        }
        seat = Seat(**(facts | changes))
        self.gateway.register(seat)
        return seat

    def pool(self, limit_usd: float | None = None, limit_tokens: int | None = None) -> None:
        """Limit the run."""
        self.gateway.open_pool(
            Pool(
                id="run:r1",
                scope="run",
                limit_usd=limit_usd,
                limit_tokens=limit_tokens,
                key="cost.usd_per_run",
            )
        )

    @asynccontextmanager
    async def asking(
        self, *, token: str = THROWAWAY, headers: dict[str, str] | None = None, **changes: Any
    ) -> AsyncIterator[ClientResponse]:
        """One request to the gateway."""
        body = question(**changes)
        sent = {"Authorization": f"Bearer {token}"} | (headers or {})
        async with self.session.post(f"{self.url}/v1/messages?beta=true", json=body, headers=sent) as response:
            yield response

    async def ask(self, **changes: Any) -> tuple[int, str]:
        """One request to its end: status and body."""
        async with self.asking(**changes) as response:
            return response.status, (await response.read()).decode()

    def spent(self) -> Amount:
        """What the gateway knows as spent by the run."""
        return self.gateway.balance("run:r1").spent

    def lines(self) -> list[LedgerLine]:
        """The ledger on disk."""
        return list(LedgerReader(self.folder / "ledger").new_lines())

    def last(self) -> LedgerLine:
        """The ledger's newest line."""
        return self.lines()[-1]

    def books(self) -> list[dict[str, Any]]:
        """What the provider billed."""
        path = self.folder / "books.ndjson"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def booked(lines: Iterable[LedgerLine]) -> Amount:
    """What these lines book together: of each request its newest."""
    newest = {line.id: line for line in lines}.values()
    money = sum(line.nano_usd or 0 for line in newest)
    return Amount(nano_usd=money, tokens=sum(line.usage.tokens for line in newest))


def question(**changes: Any) -> dict[str, Any]:
    """A Messages API request."""
    facts: dict[str, Any] = {
        "model": MODEL,
        "max_tokens": 32_000,
        "stream": True,
        "messages": [{"role": "user", "content": "What is the answer? " * 50}],
    }
    return facts | changes


@asynccontextmanager
async def stage(folder: Path, script: str, write: Write = os.write, **more: Any) -> AsyncIterator[Stage]:
    """Both servers and a client, torn down at the end; `more` is for the gateway."""
    provider = ScriptedProvider(folder / "books.ndjson")
    await provider.start()
    base_url = provider.register("k", parse(script, "test.yaml"), REAL_KEY)
    told: list[Trouble] = []
    ledger = LedgerFile(folder / "ledger", write)
    gateway = Gateway(
        ledger,
        listeners=Listeners(trouble=lambda seat, trouble: told.append(trouble)),
        **more,
    )
    port = await gateway.start()
    async with ClientSession() as session:
        built = Stage(gateway, provider, session, folder, port, base_url, told)
        built.seat()
        try:
            yield built
        finally:
            await gateway.stop()
            await provider.stop()
            ledger.close()


async def until(condition: Callable[[], bool], what: str, deadline: float = 120.0) -> None:
    """Wait for a condition, or fail naming it."""
    async with asyncio.timeout(deadline):
        while not condition():
            await asyncio.sleep(0.005)
    assert condition(), what
