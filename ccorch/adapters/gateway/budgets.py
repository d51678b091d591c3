"""Budgets of live runs: which pools each attempt counts against, what it is promised, and what runs are told."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ccorch.adapters.gateway.accounts import amount_of
from ccorch.adapters.gateway.holds import attempt_key, minus, plus
from ccorch.adapters.gateway.promises import Promise, Promises
from ccorch.adapters.gateway.server import Gateway
from ccorch.errors import ConfigInvalid
from ccorch.ports import AttemptId, Held
from ccorch.rules.budget import Amount, Balance, Pool, Refusal
from ccorch.rules.pools import pools_of, run_pool
from ccorch.rules.pricing import Price, find
from ccorch.rules.promise import Bound, Later, bound, promise, promised_anew
from ccorch.schema.ceiling import Ceiling
from ccorch.schema.event import BudgetReached, Event
from ccorch.schema.ledger import NANO, LedgerLine
from ccorch.schema.plan import Plan, PlanNode
from ccorch.schema.price import Prices

SHARES = (0.8, 1.0)
"""Parts of a limit that a run is told of when they are spent."""

Tell = Callable[[str, Event], None]


@dataclass(frozen=True)
class _Work:
    """A node of a live run."""

    run: str
    plan: Plan
    node: PlanNode


class Budgets:
    """Pools of live work; the owner's ceilings are looked at before every request, so a change holds at once."""

    def __init__(self, gateway: Gateway, tell: Tell, ceiling: Callable[[], Ceiling], promises: Promises) -> None:
        self._gateway = gateway
        self._promises = promises
        self._tell = tell
        self._ceiling = ceiling
        self._known = Ceiling()
        self._broken: str | None = None
        self._works: dict[str, dict[str, _Work]] = {}
        self._pools: dict[str, dict[str, Pool]] = {}
        self._told: dict[str, set[tuple[str, float]]] = {}
        self._promised: dict[str, set[str]] = {}
        self._freed: Callable[[], None] = lambda: None
        self._running: dict[str, tuple[tuple[str, ...], Amount]] = {}

    def watch(self, freed: Callable[[], None]) -> None:
        """Have this called whenever pools may have more left: something is free, or the owner changed a limit."""
        self._freed = freed
        self._gateway.watch(freed)

    def open(self, run: str, node: PlanNode, plan: Plan) -> tuple[str, ...]:
        """The ids of a node's pools, all of them opened; what was spent before is not told again."""
        self.refresh()
        work = _Work(run, plan, node)
        known = self._works.setdefault(run, {})
        is_new = node.id not in known
        known[node.id] = work
        pools = self._open(work)
        if is_new:
            told = self._told.setdefault(run, set())
            told.update(*(marks for _, marks, _ in self._reached(pools)))
        return tuple(pool.id for pool in pools)

    def admit(self, attempt: AttemptId, node: PlanNode, plan: Plan) -> Held | None:
        """Set aside what an attempt is promised; else why it may not start."""
        self.refresh()
        if self._broken is not None:
            said = f"the owner's limits cannot be read, so nothing new starts: {self._broken}"
            return Held(limit="ceiling.yaml", reason=said, waits=True)
        if plan.doer(node.id) == "commands":
            return None
        pools, key = self.open(attempt.run, node, plan), _key(attempt)
        balances = [self._gateway.balance(pool, key) for pool in pools]
        outcome = promise(balances, self._bound(balances[0].spent, node, plan), node.id)
        match outcome:
            case Later():
                return Held(limit=outcome.balance.pool.key, reason=outcome.reason, waits=True)
            case Refusal():
                return Held(limit=outcome.balance.pool.key, reason=outcome.message, waits=False)
        self._promises.keep(attempt, Promise(amount=outcome, spent=balances[0].spent))
        self._gateway.promise(key, pools, outcome)
        # kept here too: one whose start cannot be written down is never closed
        self._promised.setdefault(attempt.run, set()).add(key)
        return None

    def seated(self, attempt: AttemptId, node: PlanNode, plan: Plan) -> tuple[str, ...]:
        """The pools of an attempt that has started; after a restart its promise is kept."""
        pools, key = self.open(attempt.run, node, plan), _key(attempt)
        if not self._gateway.is_promised(key):
            balances = [self._gateway.balance(pool, key) for pool in pools]
            spent, known = balances[0].spent, self._promises.of(attempt)
            left = known.left(spent) if known else self._bound(spent, node, plan).wanted
            self._gateway.promise(key, pools, promised_anew(balances, left))
        return pools

    def pools(self, run: str, node: str) -> tuple[str, ...]:
        """The ids of the pools of a node that is known."""
        work = self._works.get(run, {}).get(node)
        return () if work is None else tuple(pool.id for pool in self._made(work))

    def close(self, attempt: AttemptId) -> None:
        """Free what an attempt was promised."""
        self._promised.get(attempt.run, set()).discard(_key(attempt))
        self._gateway.end(_key(attempt))

    def forget(self, run: str) -> None:
        """The run is over: keep nothing of it but what it has spent."""
        self._works.pop(run, None)
        self._told.pop(run, None)
        for key in self._promised.pop(run, ()):
            self._gateway.end(key)
        for pool in self._pools.pop(run, {}):
            if run_pool(run) in pool or pool.startswith(f"node:{run}/"):
                self._gateway.close_pool(pool)

    def is_live(self, run: str) -> bool:
        """Whether work of this run is known."""
        return run in self._works

    def refresh(self) -> None:
        """Take the owner's ceilings as they are now; a file that is broken changes none, and lets nothing start."""
        try:
            now, self._broken = self._ceiling(), None
        except ConfigInvalid as problem:
            self._broken = problem.message
            return
        if now != self._known:
            self._known = now
            for works in self._works.values():
                for work in works.values():
                    self._open(work)
            self._freed()

    def take(self, line: LedgerLine, ahead: Amount) -> None:
        """Tell a run of the limits that a line brings it near; so much of the line is not used yet."""
        if line.is_last:
            self._running.pop(line.id, None)
        else:
            self._running[line.id] = (line.pools, minus(amount_of(line), ahead))
        told = self._told.get(line.run)
        if told is None:
            return
        for pool, marks, balance in tuple(self._reached(tuple(self._pools[line.run].values()))):
            # a line that passes several of them is told once
            if marks - told:
                told |= marks
                self._tell(line.run, _reached(pool, balance))

    def spent(self, attempt: AttemptId, more: int) -> str | None:
        """Which limit in tokens is used up when an attempt has used so many beyond what is booked; else None."""
        for name in self.pools(attempt.run, attempt.node):
            balance = self._gateway.balance(name, _key(attempt))
            if balance.left_tokens is not None and balance.left_tokens - more <= 0:
                limit, key = balance.pool.limit_tokens, balance.pool.key
                used = balance.spent.tokens + more
                return f"{used} of {limit} tokens are used ({key}); raise it and run again"
        return None

    def _open(self, work: _Work) -> tuple[Pool, ...]:
        pools = self._made(work)
        for pool in pools:
            self._gateway.open_pool(pool)
            self._pools.setdefault(work.run, {})[pool.id] = pool
        return pools

    def _made(self, work: _Work) -> tuple[Pool, ...]:
        return pools_of(work.run, work.plan, work.node, self._known)

    def _bound(self, spent: Amount, node: PlanNode, plan: Plan) -> Bound:
        profile = plan.profile(node.route.profile)
        price = pricing(plan)(node.route.model) if profile.needs_gateway else None
        return bound(plan, node, price, profile.multiplier, spent)

    def _reached(self, pools: tuple[Pool, ...]) -> Iterator[tuple[Pool, set[tuple[str, float]], Balance]]:
        """Which shares of each limit are spent, with what requests under way have used by now."""
        for pool in pools:
            if pool.limit_usd is None and pool.limit_tokens is None:
                continue
            balance = self._with_running(self._gateway.balance(pool.id))
            yield pool, {(pool.id, share) for share in SHARES if balance.used_share >= share}, balance

    def _with_running(self, balance: Balance) -> Balance:
        booked, used = self._gateway.booked(balance.pool), Amount()
        for pools, amount in self._running.values():
            used = plus(used, amount) if booked in pools else used
        # what they have used was set aside for them
        still = minus(balance.reserved, used)
        return balance.model_copy(update={"spent": plus(balance.spent, used), "reserved": still})


def pricing(plan: Plan) -> Callable[[str], Price | None]:
    """The prices that a plan was made with."""
    known = {model: price for model, price in plan.inputs.prices.items() if price is not None}
    prices = Prices(dated=plan.prices_dated, models=known)
    return lambda model: find(prices, model)


def _key(attempt: AttemptId) -> str:
    return attempt_key(attempt.run, attempt.node, attempt.attempt)


def _reached(pool: Pool, balance: Balance) -> BudgetReached:
    is_money = pool.limit_usd is not None
    whose = f" of {pool.id.rpartition('/')[2]}" if pool.scope == "node" else ""
    return BudgetReached(
        pool=f"{pool.key}{whose}",
        share=balance.used_share,
        spent_usd=balance.spent.nano_usd / NANO if is_money else None,
        reserved_usd=balance.reserved.nano_usd / NANO if is_money else None,
        limit_usd=pool.limit_usd,
        reserved_tokens=None if is_money else balance.reserved.tokens,
        spent_tokens=None if is_money else balance.spent.tokens,
        limit_tokens=pool.limit_tokens,
    )
