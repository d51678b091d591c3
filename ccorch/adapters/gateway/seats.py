"""The Gateway port: seats that survive a restart, budgets per run and day, and what is told about money."""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ccorch import ports
from ccorch.adapters.files import write_private
from ccorch.adapters.gateway.seat import Seat, token_hash
from ccorch.adapters.gateway.server import Gateway
from ccorch.adapters.scripted import ScriptedProvider
from ccorch.ports import AttemptId, Profiles
from ccorch.rules.budget import Pool
from ccorch.rules.pricing import Price, find
from ccorch.schema.event import BudgetReached, Event, Metered
from ccorch.schema.ledger import NANO, LedgerLine
from ccorch.schema.plan import Plan, PlanNode
from ccorch.schema.price import Prices
from ccorch.schema.run import Launch

WARN_SHARE = 0.8
DAY = "day:{day}"
Tell = Callable[[str, Event], None]


@dataclass
class _Budget:
    """What of a run's money was already told."""

    warned: set[float] = field(default_factory=set)


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
    ) -> None:
        self._gateway = gateway
        self._scripted = scripted
        self._profiles = profiles
        self._folder = folder
        self._port = port
        self._tell = tell
        self._seats: dict[AttemptId, str] = {}
        self._refusals: dict[AttemptId, str] = {}
        self._budgets: dict[str, _Budget] = {}

    async def seat(self, attempt: AttemptId, node: PlanNode, plan: Plan, launch: Launch, cwd: Path) -> ports.Seat:
        """A place for this attempt; after a restart the one its worker already knows."""
        ticket = self._ticket(attempt)
        self._open_pools(attempt.run, plan)
        base_url, key = self._upstream(attempt, node, plan, launch, cwd)
        profile = plan.profile(node.route.profile)
        self._gateway.register(
            Seat(
                id=ticket["id"],
                token_sha256=token_hash(ticket["token"]),
                run=attempt.run,
                node=attempt.node,
                attempt=attempt.attempt,
                profile=profile.name,
                declared_model=node.route.model,
                base_url=base_url,
                auth_header=profile.auth_header,
                auth_key=key,
                price_of=_pricing(plan),
                pools=(_run_pool(attempt.run), DAY),
                unpriced=plan.limits.unpriced,
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

    def metered(self, line: LedgerLine) -> None:
        """Tell a run about a request that is over."""
        if not line.is_last:
            return
        attempt = AttemptId(line.run, line.node, line.attempt)
        if line.ended in ("refused", "cut") and line.note:
            self._refusals[attempt] = line.note
        if line.state == "closed":
            self._tell(line.run, _metered(line))
        self._warn(line.run)

    def _warn(self, run: str) -> None:
        for pool_id, key in ((_run_pool(run), "cost.usd_per_run"), (DAY, "ceiling.usd_per_day")):
            balance = self._gateway.balance(pool_id)
            limit = balance.pool.limit_usd
            told = self._budgets.setdefault(run, _Budget()).warned
            reached = [share for share in (WARN_SHARE, 1.0) if balance.used_share >= share]
            if limit is None or not reached or (mark := hash((key, reached[-1]))) in told:
                continue
            told.add(mark)
            spent = balance.spent.nano_usd / NANO
            self._tell(run, BudgetReached(pool=key, share=balance.used_share, spent_usd=spent, limit_usd=limit))

    def _ticket(self, attempt: AttemptId) -> dict[str, str]:
        path = self._folder(attempt) / "seat.json"
        if path.exists():
            known: dict[str, str] = json.loads(path.read_bytes())
            return known
        ticket = {"id": secrets.token_urlsafe(18), "token": f"ccorch-{secrets.token_urlsafe(24)}"}
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(path, json.dumps(ticket).encode())
        return ticket

    def _open_pools(self, run: str, plan: Plan) -> None:
        self._gateway.open_pool(
            Pool(id=_run_pool(run), scope="run", limit_usd=plan.limits.usd_per_run, key="cost.usd_per_run")
        )
        self._gateway.open_pool(
            Pool(id=DAY, scope="day", limit_usd=plan.limits.usd_per_day, key="usd_per_day in ceiling.yaml")
        )

    def _upstream(
        self, attempt: AttemptId, node: PlanNode, plan: Plan, launch: Launch, cwd: Path
    ) -> tuple[str, str]:
        profile = plan.profile(node.route.profile)
        key = self._profiles.secret(profile, launch)
        if profile.source != "scripted":
            return profile.base_url, key
        assert launch.script is not None
        place = f"{attempt.run}-{attempt.node}"
        url = self._scripted.register(place, Path(launch.script), key, node.role.name, {"cwd": str(cwd)})
        return url, key


def _run_pool(run: str) -> str:
    return f"run:{run}"


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
    )
