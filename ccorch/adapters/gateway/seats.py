"""The Gateway port: seats that survive a restart, budgets per run and day, and what is told about money."""

import asyncio
import json
import secrets
from collections.abc import Callable
from pathlib import Path

from ccorch import ports
from ccorch.adapters.files import make_private_dir, write_private
from ccorch.adapters.gateway.books import metered
from ccorch.adapters.gateway.budgets import Budgets, Tell, pricing
from ccorch.adapters.gateway.outside import certificates, proxy_to
from ccorch.adapters.gateway.promises import Promises
from ccorch.adapters.gateway.seat import Seat, token_hash
from ccorch.adapters.gateway.server import Gateway
from ccorch.adapters.scripted import ScriptedProvider
from ccorch.ports import AttemptId, Profiles
from ccorch.rules.budget import Amount
from ccorch.rules.pools import DAY, run_pool
from ccorch.schema.ceiling import Ceiling
from ccorch.schema.ledger import LedgerLine
from ccorch.schema.plan import Plan, PlanNode
from ccorch.schema.run import Launch


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
        ceiling: Callable[[], Ceiling] = Ceiling,
    ) -> None:
        """`ceiling` gives the owner's limits as they are now."""
        self._gateway = gateway
        self._scripted = scripted
        self._profiles = profiles
        self._folder = folder
        self._port = port
        self._tell = tell
        self._budgets = Budgets(gateway, tell, ceiling, Promises(folder))
        self._seats: dict[AttemptId, str] = {}
        self._refusals: dict[AttemptId, str] = {}

    def watch(self, freed: Callable[[], None]) -> None:
        """Have this called whenever a budget may have more left than before."""
        self._budgets.watch(freed)

    def refresh(self) -> None:
        """Take the owner's limits as they are now."""
        self._budgets.refresh()

    def begin(self, attempt: AttemptId, node: PlanNode, plan: Plan) -> None:
        """Count an attempt against its budgets, also one that an earlier daemon has started."""
        self._budgets.seated(attempt, node, plan)

    def spent(self, attempt: AttemptId, more: int) -> str | None:
        """Which limit in tokens is used up with so many more than are booked; None for none."""
        return self._budgets.spent(attempt, more)

    def tail(self, attempt: AttemptId) -> bool:
        """Let an attempt use what is kept for its handoff; False when nothing is, or it was let before."""
        seat = self._seats.get(attempt)
        return seat is not None and self._gateway.open_tail(seat)

    def admit(self, attempt: AttemptId, node: PlanNode, plan: Plan) -> ports.Held | None:
        """Set aside in every budget what the attempt is promised; else why it may not start."""
        return self._budgets.admit(attempt, node, plan)

    async def seat(self, attempt: AttemptId, node: PlanNode, plan: Plan, launch: Launch, cwd: Path) -> ports.Seat:
        """A place for this attempt; after a restart the one its worker already knows."""
        ticket = self._ticket(attempt)
        pools = self._budgets.seated(attempt, node, plan)
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
                profile_key=profile.key,
                declared_model=node.route.model,
                base_url=base_url,
                auth_header=profile.auth_header,
                auth_key=key,
                proxy=proxy_to(base_url, launch.environment),
                certificates=trusted,
                price_of=pricing(plan),
                multiplier=profile.multiplier,
                priced_by=profile.priced_by,
                pools=pools,
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
        self._budgets.close(attempt)

    def refusal(self, attempt: AttemptId) -> str | None:
        """Why money refused or cut this attempt."""
        return self._refusals.get(attempt)

    def forget(self, run: str) -> None:
        """The run is over: keep nothing of it but what it has spent."""
        for attempt in [attempt for attempt in self._seats if attempt.run == run]:
            self._gateway.forget(self._seats.pop(attempt))
        for attempt in [attempt for attempt in self._refusals if attempt.run == run]:
            del self._refusals[attempt]
        self._budgets.forget(run)

    def metered(self, line: LedgerLine, ahead: Amount) -> None:
        """Tell a run about a request that is over, and of limits that are near; `ahead` of it is not used yet."""
        if not line.is_last:
            # a stream is held to the owner's limits as they are by then
            self._budgets.refresh()
            return self._budgets.take(line, ahead)
        attempt = AttemptId(line.run, line.node, line.attempt)
        if line.ended in ("refused", "cut") and line.note and self._budgets.is_live(line.run):
            self._refusals[attempt] = line.note
        if line.state == "closed":
            self._tell(line.run, metered(line))
        self._budgets.take(line, ahead)
        return None

    def book(self, line: LedgerLine) -> None:
        """Book a request that did not pass the gateway, told by its worker's stream."""
        self._gateway.book(line, self._budgets.pools(line.run, line.node) or (run_pool(line.run), DAY))

    def _ticket(self, attempt: AttemptId) -> dict[str, str]:
        path = self._folder(attempt) / "seat.json"
        if path.exists():
            known: dict[str, str] = json.loads(path.read_bytes())
            return known
        ticket = {"id": secrets.token_urlsafe(18), "token": f"ccorch-{secrets.token_urlsafe(24)}"}
        make_private_dir(path.parent, path.parents[2])
        write_private(path, json.dumps(ticket).encode())
        return ticket

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
