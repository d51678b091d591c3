"""Seats and budgets of runs: what they are told once, and what is forgotten at their end."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from ccorch.adapters.gateway.seats import GatewaySeats
from ccorch.adapters.gateway.server import Gateway
from ccorch.adapters.ledger_file import LedgerFile
from ccorch.adapters.scripted import ScriptedProvider
from ccorch.errors import ConfigInvalid, ProfileUnusable
from ccorch.ports import AttemptId
from ccorch.rules.budget import Amount, Need
from ccorch.schema.ceiling import Ceiling
from ccorch.schema.event import BudgetReached, Event, Metered
from ccorch.schema.ledger import LedgerLine
from ccorch.schema.plan import Plan
from ccorch.schema.price import ModelPrice
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
async def desk(
    folder: Path,
    ceiling: Callable[[], Ceiling] = Ceiling,
    now: Callable[[], float] = time.time,
    runs: tuple[str, ...] = (),
) -> AsyncIterator[Desk]:
    """A gateway with its seats, on the ledger in this folder; `runs` are those that go on."""
    ledger, told = LedgerFile(folder / "ledger"), list[tuple[str, Event]]()
    gateway = Gateway(ledger, now, on_line=lambda line, ahead: seats.metered(line, ahead))
    seats = GatewaySeats(
        gateway,
        ScriptedProvider(),
        NoSecrets(),
        lambda attempt: folder / str(attempt),
        lambda: 1,
        lambda run, event: told.append((run, event)),
        ceiling=ceiling,
    )
    await gateway.start(runs=runs)
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


def test_a_line_that_passes_several_shares_is_told_once(tmp_path: Path) -> None:
    async def act() -> None:
        async with desk(tmp_path) as d:
            await d.sit("r1")
            d.spend(1.1)
            d.spend(0.1)
            assert d.warnings == [("r1", "cost.usd_per_run", 1.1)]

    asyncio.run(act())


def test_what_is_set_aside_or_booked_ahead_is_not_told_as_spent(tmp_path: Path) -> None:
    async def act() -> None:
        made = limited(1.0)
        attempt, pools = AttemptId("r1", "a", 1), ("run:r1", "node:r1/a")
        async with desk(tmp_path) as d:
            await d.sit("r1", made)
            accounts = d.gateway._accounts
            d.spend(0.5, pools=pools)
            # 0.4 is set aside for a request under way: at first nothing of it is used, then 0.35
            need = Need(input_tokens=0, max_tokens=40_000, price=ModelPrice(input=2, output=10))
            await accounts.reserve("q1", str(attempt), pools, need, time.time())
            opened = line(0.4).model_copy(update={"id": "q1", "state": "progress", "pools": pools, "ended": None})
            accounts.write(opened, Amount(nano_usd=400_000_000))
            assert d.warnings == []
            accounts.write(opened, Amount(nano_usd=50_000_000))
            (told,) = [event for _, event in d.told if isinstance(event, BudgetReached)]
            assert (told.share, told.spent_usd, told.reserved_usd, told.limit_usd) == (0.85, 0.85, 0.05, 1.0)

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


def test_a_run_of_the_same_label_lifts_no_other_runs_limit(tmp_path: Path) -> None:
    def labelled(usd: float | None) -> Plan:
        made = plan(NODE, profiles=(FAR,), label="ci")
        return made.model_copy(update={"limits": made.limits.model_copy(update={"usd_per_label": usd})})

    async def act() -> None:
        async with desk(tmp_path) as d:
            await d.sit("r1", labelled(0.5))
            await d.sit("r2", labelled(None))
            limits = [d.gateway.balance(pool).pool.limit_usd for pool in d.seats._budgets.pools("r1", "a")]
            assert 0.5 in limits
            (named,) = [
                pool
                for pool in d.seats._budgets.pools("r1", "a")
                if pool.endswith("for run:r1") and "label" in pool
            ]
            d.spend(0.2, run="r2", pools=d.gateway._accounts.booked((named,), time.time()))
            assert d.gateway.balance(named).spent.nano_usd == 200_000_000

    asyncio.run(act())


def test_what_was_promised_to_an_attempt_that_never_started_is_free_when_its_run_is_over(tmp_path: Path) -> None:
    async def act() -> None:
        async with desk(tmp_path) as d:
            assert d.seats.admit(AttemptId("r1", "a", 1), NODE, plan(NODE, profiles=(FAR,))) is None
            assert d.gateway.balance("day:{day}").reserved.tokens > 0
            d.seats.forget("r1")
            assert d.gateway.balance("day:{day}").reserved.tokens == 0

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

    asyncio.run(act())


def limited(usd_per_run: float, usd_per_node: float | None = None) -> Plan:
    made = plan(node("a"), node("b"), profiles=(FAR,))
    limits = made.limits.model_copy(update={"usd_per_run": usd_per_run, "usd_per_node": usd_per_node})
    inputs = made.inputs.model_copy(update={"prices": {"scripted-balanced": ModelPrice(input=2, output=10)}})
    return made.model_copy(update={"limits": limits, "inputs": inputs})


def test_what_was_promised_is_kept_over_a_restart_and_never_more_than_the_pool(tmp_path: Path) -> None:
    async def act() -> None:
        made = limited(1.0, 0.7)
        first, second = (AttemptId("r1", name, 1) for name in "ab")
        async with desk(tmp_path) as d:
            assert d.seats.admit(first, made.by_id["a"], made) is None
            held = d.seats.admit(second, made.by_id["b"], made)
            assert held is not None
            assert held.waits
            d.spend(0.5, pools=("run:r1", "node:r1/a"))
            # now no end of others brings b all that it wants: it begins with the least
            assert d.seats.admit(second, made.by_id["b"], made) is None
            before = d.gateway.balance("run:r1").reserved.nano_usd
            assert 200_000_000 < before < 210_000_000

        for order in ("ab", "ba"):
            async with desk(tmp_path, runs=("r1",)) as d:
                for name in order:
                    d.seats.begin(AttemptId("r1", name, 1), made.by_id[name], made)
                assert d.gateway.balance("run:r1").reserved.nano_usd == before
                assert d.gateway.balance("run:r1", "r1/b/1").reserved.nano_usd == 200_000_000

        for attempt in (first, second):  # what was promised is lost: never more than there is
            (tmp_path / str(attempt) / "promise.json").write_text("{}")
        async with desk(tmp_path, runs=("r1",)) as d:
            for name in "ba":
                d.seats.begin(AttemptId("r1", name, 1), made.by_id[name], made)
            assert d.gateway.balance("run:r1").left_nano == 0

    asyncio.run(act())


OLD = 1_767_400_000.0
"""A moment of January 2026."""


def test_what_a_run_has_spent_months_ago_still_counts_when_it_goes_on(tmp_path: Path) -> None:
    now = [OLD]

    async def act() -> None:
        async with desk(tmp_path, now=lambda: now[0]) as d:
            for run in ("r1", "r2"):
                d.spend(0.6, run, at=OLD)
            open_line = line(0.1).model_copy(update={"at": OLD, "state": "open", "ended": None})
            d.gateway._accounts.write(open_line, Amount())
        now[0] += 200 * 86_400.0

        async with desk(tmp_path, now=lambda: now[0], runs=("r1",)) as d:  # adopted at the start
            assert d.gateway.balance("run:r1").spent.nano_usd == 700_000_000
            assert d.gateway.balance("run:r2").spent.nano_usd == 0
            raws = list[bytes]()
            for _ in range(2):  # taken up again by somebody: counted once
                d.gateway.recall("r2", lambda run, raw: raws.append(raw))
                d.spend(0.1, "r2", at=now[0])
            assert d.gateway.balance("run:r2").spent.nano_usd == 800_000_000
            assert len(raws) == 1 + 2
            d.gateway.recall("r1", lambda run, raw: None)
            assert d.gateway.balance("run:r1").spent.nano_usd == 700_000_000

    asyncio.run(act())


def test_whoever_waits_for_a_budget_hears_when_something_is_freed_or_the_owner_changes_a_limit(
    tmp_path: Path,
) -> None:
    async def act() -> None:
        owner, heard = [Ceiling(usd_per_day=2)], list[str]()
        async with desk(tmp_path, lambda: owner[0]) as d:
            made, attempt = limited(1.0, 0.7), AttemptId("r1", "a", 1)
            d.seats.watch(lambda: heard.append("freed"))
            assert d.seats.admit(attempt, made.by_id["a"], made) is None
            heard.clear()
            for _ in range(2):
                assert d.seats.admit(AttemptId("r1", "b", 1), made.by_id["b"], made) is not None
            # who asks and is held back wakes nobody: it would ask for ever
            assert heard == []
            accounts, need = d.gateway._accounts, Need(input_tokens=10, max_tokens=10, price=None, multiplier=1.0)
            await accounts.reserve("q1", "r1/a/1", ("run:r1",), need, time.time())
            accounts.release("q1")
            assert heard == ["freed"]
            owner[0] = Ceiling(usd_per_day=3)
            d.seats.refresh()
            d.seats.refresh()
            assert heard == ["freed"] * 2
            await d.seats.close(attempt)
            assert heard == ["freed"] * 3

    asyncio.run(act())


def test_nothing_new_starts_while_the_owners_limits_cannot_be_read(tmp_path: Path) -> None:
    broken = [False]

    def owner() -> Ceiling:
        if broken[0]:
            raise ConfigInvalid("ceiling.yaml:1: no YAML")
        return Ceiling(usd_per_day=2)

    async def act() -> None:
        async with desk(tmp_path, owner) as d:
            made, attempt = limited(1.0, 0.4), AttemptId("r1", "a", 1)
            tries = plan(node("t", commands=(("true",),)), profiles=(FAR,))
            await d.sit("r1", made)
            broken[0] = True
            d.seats.refresh()
            assert d.gateway.balance("day:{day}").pool.limit_usd == 2.0
            held = d.seats.admit(attempt, made.by_id["a"], made)
            assert held is not None
            assert held.waits
            assert "nothing new starts: ceiling.yaml:1: no YAML" in held.reason
            assert d.seats.admit(AttemptId("r2", "t", 1), tries.by_id["t"], tries) == held
            broken[0] = False
            assert d.seats.admit(attempt, made.by_id["a"], made) is None
            # commands spend nothing, so a budget that is used up does not hold them
            d.spend(3)
            assert d.seats.admit(AttemptId("r2", "t", 1), tries.by_id["t"], tries) is None

    asyncio.run(act())
