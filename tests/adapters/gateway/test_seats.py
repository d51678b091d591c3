"""Seats and budgets of runs: what they are told once, and what is forgotten at their end."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from ccorch.adapters.gateway import Gateway, LedgerFile
from ccorch.adapters.gateway.seats import GatewaySeats
from ccorch.adapters.scripted import ScriptedProvider
from ccorch.errors import ProfileUnusable
from ccorch.ports import AttemptId
from ccorch.schema.ceiling import Ceiling
from ccorch.schema.event import BudgetReached, Event, Metered
from ccorch.schema.ledger import LedgerLine
from ccorch.schema.plan import Plan
from ccorch.schema.run import Launch
from tests.fakes.outside import NoSecrets
from tests.plan_kit import PROFILE, node, plan

FAR = PROFILE.model_copy(update={"source": "native", "base_url": "https://provider.invalid"})
NODE = node("a")


@dataclass
class Desk:
    """Seats as a daemon has them."""

    seats: GatewaySeats
    gateway: Gateway
    told: list[tuple[str, Event]]

    async def sit(self, run: str, made: Plan | None = None, **environment: str) -> AttemptId:
        """Take a seat for the first attempt of a run."""
        attempt = AttemptId(run, "a", 1)
        launch = Launch(project="/p", claude=None, environment=environment)
        await self.seats.seat(attempt, NODE, made or plan(NODE, profiles=(FAR,)), launch, Path("/p"))
        return attempt

    def spend(self, usd: float, run: str = "r1", **changes: object) -> None:
        """Book one request of a run."""
        spent = line(usd, run).model_copy(update=changes)
        self.gateway._accounts.settle(spent)

    @property
    def warnings(self) -> list[tuple[str, str, float]]:
        """Run, key and share of what was told of budgets."""
        return [
            (run, event.pool, round(event.share, 2)) for run, event in self.told if isinstance(event, BudgetReached)
        ]


def line(usd: float, run: str = "r1") -> LedgerLine:
    """The last line of a request that cost so much."""
    at = time.time()
    return LedgerLine(
        id=f"q-{time.perf_counter_ns()}",
        state="closed",
        at=at,
        run=run,
        node="a",
        attempt=1,
        profile="p",
        pools=(f"run:{run}", time.strftime("day:%Y-%m-%d", time.localtime(at))),
        declared_model="m",
        nano_usd=round(usd * 1e9),
        basis="exact",
        ended="ok",
    )


@asynccontextmanager
async def desk(folder: Path, ceiling: Callable[[], Ceiling] = Ceiling) -> AsyncIterator[Desk]:
    """A gateway with its seats, on the ledger in this folder."""
    ledger, told = LedgerFile(folder / "ledger"), list[tuple[str, Event]]()
    gateway = Gateway(ledger, on_line=lambda line: seats.metered(line))
    seats = GatewaySeats(
        gateway,
        ScriptedProvider(),
        NoSecrets(),
        lambda attempt: folder / str(attempt),
        lambda: 1,
        lambda run, event: told.append((run, event)),
        ceiling=ceiling,
    )
    await gateway.start()
    try:
        yield Desk(seats, gateway, told)
    finally:
        await gateway.stop()
        ledger.close()


def test_each_share_of_a_limit_is_told_once_and_not_again_after_a_restart(tmp_path: Path) -> None:
    async def act() -> None:
        async with desk(tmp_path) as d:
            await d.sit("r1")
            for usd in (0.5, 0.35, 0.05, 0.2):
                d.spend(usd)
            assert d.warnings == [("r1", "cost.usd_per_run", 0.85), ("r1", "cost.usd_per_run", 1.1)]

        async with desk(tmp_path) as d:
            await d.sit("r1")
            d.spend(0.01)
            assert d.warnings == []

    asyncio.run(act())


def test_the_owners_limit_of_today_binds_whatever_an_older_plan_says(tmp_path: Path) -> None:
    async def act() -> None:
        owner = [Ceiling(usd_per_day=2)]
        async with desk(tmp_path, lambda: owner[0]) as d:
            await d.sit("r1", plan(NODE, profiles=(FAR,)))
            assert d.gateway.balance("day:{day}").pool.limit_usd == 2.0
            owner[0] = Ceiling(usd_per_day=1)
            d.seats.refresh()
            assert d.gateway.balance("day:{day}").pool.limit_usd == 1.0

    asyncio.run(act())


def test_nothing_of_a_run_that_is_over_is_kept_but_what_it_spent(tmp_path: Path) -> None:
    async def act() -> None:
        async with desk(tmp_path) as d:
            attempt = await d.sit("r1")
            d.spend(0.9, ended="cut", note="used up")
            assert d.seats.refusal(attempt) == "used up"

            d.seats.forget("r1")
            d.spend(0.9, ended="cut", note="late")

            assert d.seats.refusal(attempt) is None
            assert (d.seats._seats, d.seats._budgets._works, d.seats._refusals) == ({}, {}, {})
            assert d.gateway.balance("run:r1").pool.limit_usd is None
            assert d.gateway.balance("run:r1").spent.nano_usd == 1_800_000_000

    asyncio.run(act())


def test_a_proxy_or_certificates_that_cannot_be_used_are_refused_by_name(tmp_path: Path) -> None:
    async def act() -> None:
        async with desk(tmp_path) as d:
            with pytest.raises(ProfileUnusable, match="a socks5 proxy"):
                await d.sit("r1", HTTPS_PROXY="socks5://127.0.0.1:1")
            with pytest.raises(ProfileUnusable, match=r"/nowhere/ca\.pem"):
                await d.sit("r1", NODE_EXTRA_CA_CERTS="/nowhere/ca.pem")

    asyncio.run(act())


def test_what_a_subscription_pays_for_is_told_as_such_and_takes_no_money_of_a_limit(tmp_path: Path) -> None:
    async def act() -> None:
        async with desk(tmp_path) as d:
            used = {"nano_usd": None, "price_version": "plan", "input_tokens": 3, "output_tokens": 4, "pools": ()}
            d.seats.book(line(0.0).model_copy(update=used))

            ((run, event),) = d.told
            assert isinstance(event, Metered)
            assert (run, event.plan, event.usd, event.input_tokens, event.output_tokens) == ("r1", True, None, 3, 4)
            spent = d.gateway.balance("run:r1").spent
            assert (spent.nano_usd, spent.tokens) == (0, 7)
            assert d.gateway.spending.run("r1").unpriced == 0

    asyncio.run(act())
