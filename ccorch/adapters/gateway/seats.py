"""The Gateway port: seats that survive a restart, budgets per run and day, and what is told about money."""

import asyncio
import json
import secrets
from collections.abc import Callable
from pathlib import Path

from ccorch import ports
from ccorch.adapters.files import make_private_dir, write_private
from ccorch.adapters.gateway.outside import certificates, proxy_to
from ccorch.adapters.gateway.seat import Seat, token_hash
from ccorch.adapters.gateway.server import Gateway
from ccorch.adapters.scripted import ScriptedProvider
from ccorch.ports import AttemptId, Profiles
from ccorch.rules.budget import Balance, Pool
from ccorch.rules.pricing import Price, find
from ccorch.schema.event import BudgetReached, Event, Metered
from ccorch.schema.ledger import NANO, LedgerLine
from ccorch.schema.plan import Plan, PlanNode
from ccorch.schema.price import Prices
from ccorch.schema.run import Launch

SHARES = (0.8, 1.0)
"""Parts of a limit that a run is told of when they are spent."""
DAY = "day:{day}"
Tell = Callable[[str, Event], None]


class GatewaySeats:
    """Gives attempts their places at the gateway and tells runs what their requests cost."""

    def __init__(
        self,
        gateway: Gateway,
        scripted: ScriptedProvider,
        profiles: Profiles,
        folder: Callable[[AttemptId], Path],
        port: Callable[[], int],
        tell: Tell,
        usd_per_day: Callable[[], float | None] | None = None,
    ) -> None:
        """`usd_per_day` gives the owner's limit as it is now; without it each plan brings its own."""
        self._gateway = gateway
        self._scripted = scripted
        self._profiles = profiles
        self._folder = folder
        self._port = port
        self._tell = tell
        self._usd_per_day = usd_per_day
        self._seats: dict[AttemptId, str] = {}
        self._refusals: dict[AttemptId, str] = {}
        self._told: dict[str, set[tuple[str, float]]] = {}
        self._days: dict[str, str] = {}

    async def seat(self, attempt: AttemptId, node: PlanNode, plan: Plan, launch: Launch, cwd: Path) -> ports.Seat:
        """A place for this attempt; after a restart the one its worker already knows."""
        ticket = self._ticket(attempt)
        self._open_pools(attempt.run, plan)
        if attempt.run not in self._told:
            # what was spent before this seat was told then, perhaps by an earlier daemon
            self._days[attempt.run] = _day_pool(plan)
            self._told[attempt.run] = set(self._reached(attempt.run))
        base_url, key = self._upstream(attempt, node, plan, launch, cwd)
        trusted = await asyncio.to_thread(certificates, launch.environment)
        profile = plan.profile(node.route.profile)
        self._gateway.register(
            Seat(
                id=ticket["id"],
                token_sha256=token_hash(ticket["token"]),
                run=attempt.run,
                node=attempt.node,
                attempt=attempt.attempt,
                role=node.role.name,
                label=plan.label,
                profile=profile.name,
                declared_model=node.route.model,
                base_url=base_url,
                auth_header=profile.auth_header,
                auth_key=key,
                proxy=proxy_to(base_url, launch.environment),
                certificates=trusted,
                price_of=_pricing(plan),
                multiplier=profile.multiplier,
                priced_by=profile.priced_by,
                pools=(_run_pool(attempt.run), _day_pool(plan)),
                unpriced=plan.limits.unpriced,
                only_declared=plan.limits.route_mismatch == "fail",
            )
        )
        self._seats[attempt] = ticket["id"]
        return ports.Seat(f"http://127.0.0.1:{self._port()}/w/{ticket['id']}", ticket["token"])

    async def close(self, attempt: AttemptId) -> None:
        """Refuse further requests of this attempt."""
        seat = self._seats.pop(attempt, None)
        if seat is not None:
            self._gateway.forget(seat)

    def refusal(self, attempt: AttemptId) -> str | None:
        """Why money refused or cut this attempt."""
        return self._refusals.get(attempt)

    def forget(self, run: str) -> None:
        """The run is over: keep nothing of it but what it has spent."""
        for attempt in [attempt for attempt in self._seats if attempt.run == run]:
            self._gateway.forget(self._seats.pop(attempt))
        for attempt in [attempt for attempt in self._refusals if attempt.run == run]:
            del self._refusals[attempt]
        self._told.pop(run, None)
        self._days.pop(run, None)
        self._gateway.close_pool(_run_pool(run))

    def metered(self, line: LedgerLine) -> None:
        """Tell a run about a request that is over."""
        if not line.is_last:
            return
        attempt = AttemptId(line.run, line.node, line.attempt)
        if line.ended in ("refused", "cut") and line.note and line.run in self._told:
            self._refusals[attempt] = line.note
        if line.state == "closed":
            self._tell(line.run, _metered(line))
        self._warn(line.run)

    def book(self, line: LedgerLine) -> None:
        """Book a request that did not pass the gateway, told by its worker's stream."""
        self._gateway.book(line, (_run_pool(line.run), DAY))

    def _warn(self, run: str) -> None:
        told = self._told.get(run)
        if told is None:
            return
        new = {key: balance for (key, share), balance in self._reached(run).items() if (key, share) not in told}
        told.update(self._reached(run))
        for key, balance in new.items():
            spent, limit = balance.spent.nano_usd / NANO, balance.pool.limit_usd
            assert limit is not None
            self._tell(run, BudgetReached(pool=key, share=balance.used_share, spent_usd=spent, limit_usd=limit))

    def _reached(self, run: str) -> dict[tuple[str, float], Balance]:
        """The shares of this run's money that are spent, each with its pool."""
        reached: dict[tuple[str, float], Balance] = {}
        for pool_id, key in ((_run_pool(run), "cost.usd_per_run"), (self._days[run], "ceiling.usd_per_day")):
            balance = self._gateway.balance(pool_id)
            if balance.pool.limit_usd is not None:
                reached |= {(key, share): balance for share in SHARES if balance.used_share >= share}
        return reached

    def _ticket(self, attempt: AttemptId) -> dict[str, str]:
        path = self._folder(attempt) / "seat.json"
        if path.exists():
            known: dict[str, str] = json.loads(path.read_bytes())
            return known
        ticket = {"id": secrets.token_urlsafe(18), "token": f"ccorch-{secrets.token_urlsafe(24)}"}
        make_private_dir(path.parent, path.parents[2])
        write_private(path, json.dumps(ticket).encode())
        return ticket

    def _open_pools(self, run: str, plan: Plan) -> None:
        self._gateway.open_pool(
            Pool(id=_run_pool(run), scope="run", limit_usd=plan.limits.usd_per_run, key="cost.usd_per_run")
        )
        per_day = plan.limits.usd_per_day if self._usd_per_day is None else self._usd_per_day()
        key = "usd_per_day in ceiling.yaml"
        self._gateway.open_pool(Pool(id=_day_pool(plan), scope="day", limit_usd=per_day, key=key))

    def _upstream(
        self, attempt: AttemptId, node: PlanNode, plan: Plan, launch: Launch, cwd: Path
    ) -> tuple[str, str]:
        profile = plan.profile(node.route.profile)
        key = self._profiles.secret(profile, launch)
        if profile.source != "scripted":
            return profile.base_url, key
        assert launch.script is not None
        role, place = node.role.name, f"{attempt.run}-{attempt.node}-{attempt.attempt}"
        names = (f"{node.id}#{attempt.attempt}", node.id, f"{role}#{attempt.attempt}")
        url = self._scripted.register(place, Path(launch.script), key, role, {"cwd": str(cwd)}, names)
        return url, key


def _run_pool(run: str) -> str:
    return f"run:{run}"


def _day_pool(plan: Plan) -> str:
    """The scripted model's play money has a day of its own, so that demos take nothing from the real one."""
    plays = all(profile.source == "scripted" for profile in plan.profiles)
    return f"scripted {DAY}" if plays else DAY


def _pricing(plan: Plan) -> Callable[[str], Price | None]:
    known = {model: price for model, price in plan.inputs.prices.items() if price is not None}
    prices = Prices(dated=plan.prices_dated, models=known)
    return lambda model: find(prices, model)


def _metered(line: LedgerLine) -> Metered:
    known = [n for n in (line.input_tokens, line.cache_read_tokens, line.cache_write_tokens) if n is not None]
    return Metered(
        node=line.node,
        attempt=line.attempt,
        model=line.served_model,
        input_tokens=sum(known) if known else None,
        output_tokens=line.output_tokens,
        usd=line.usd,
        exact=line.basis == "exact",
        plan=line.is_plan,
    )
