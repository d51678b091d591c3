"""Opens everything that the daemon hosts, in the order in which the parts need each other, and closes it again."""

import json
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

from ccorch import __version__
from ccorch.adapters.claude_code.canary import ClaudeCanaries
from ccorch.adapters.claude_code.places import Places
from ccorch.adapters.claude_code.worker import ClaudeWorkers
from ccorch.adapters.clock import SystemClock
from ccorch.adapters.daemon.early import Early
from ccorch.adapters.daemon.host import Drive, Host, Shelf
from ccorch.adapters.daemon.resuming import ResumedWorkers, Resuming
from ccorch.adapters.daemon.retention import Retention
from ccorch.adapters.declared import DeclaredCommands
from ccorch.adapters.files import write_private
from ccorch.adapters.gateway.books import RunBooks
from ccorch.adapters.gateway.breaker_file import keep_breakers, read_breakers
from ccorch.adapters.gateway.exchange import Listeners
from ccorch.adapters.gateway.seats import GatewaySeats
from ccorch.adapters.gateway.server import Gateway
from ccorch.adapters.git import GitWorktrees
from ccorch.adapters.git_results import GitResults
from ccorch.adapters.git_spares import Spares
from ccorch.adapters.inline_engine import InlineEngine
from ccorch.adapters.ledger_file import LedgerFile
from ccorch.adapters.loopback import lasting, lasting_ports
from ccorch.adapters.process import group
from ccorch.adapters.process.confined import ConfinedCommands
from ccorch.adapters.run_folder.index import Index
from ccorch.adapters.run_folder.layout import State
from ccorch.adapters.run_folder.library import RunLibrary
from ccorch.adapters.run_folder.projects import known_projects
from ccorch.adapters.run_folder.runs import RunFolders
from ccorch.adapters.scripted import ScriptedProvider
from ccorch.adapters.simulated import SimulatedWorkers
from ccorch.adapters.usage.store import UsageStore
from ccorch.adapters.worktree_setup import WorktreeSetups
from ccorch.engine.breakers import BreakerPanel
from ccorch.engine.perform import Tools
from ccorch.ports import Profiles, Workers, WorkOrder
from ccorch.ports.attempt import attempt_folder
from ccorch.rules.admission import Slots
from ccorch.rules.budget import Amount
from ccorch.rules.redaction import Redactor
from ccorch.rules.scope import fence
from ccorch.schema.ceiling import Ceiling
from ccorch.schema.config import Engine
from ccorch.schema.ledger import LedgerLine
from ccorch.schema.status import OVER


@asynccontextmanager
async def open_host(
    state: State,
    profiles: Profiles,
    slots: Slots,
    reviver: Mapping[str, Any],
    ceiling: Callable[[], Ceiling],
    engine: Engine,
) -> AsyncIterator[Host]:
    """The host with its gateway listening and every unfinished run adopted."""
    clock, runs, index, books = SystemClock(), RunFolders(state, SystemClock()), Index(state.index), RunBooks()
    resuming, pulse = Resuming(), Counter[str]()
    early = Early()

    def booked(line: LedgerLine, ahead: Amount) -> None:
        books.add(line)
        seats.metered(line, ahead)

    breakers = BreakerPanel(read_breakers(state.breakers), partial(keep_breakers, state.breakers), clock.now)
    gateway = _gateway(state, clock, booked, lambda: seats.refresh(), breakers, pulse)
    scripted, ports = ScriptedProvider(), _ports(state)
    seats = GatewaySeats(gateway, scripted, profiles, state.attempt, lambda: ports["gateway"], early.tell, ceiling)
    for run, problem in index.catch_up(known_projects(state)).items():
        print(f"run {run} cannot be read: {problem.message}", flush=True)
    rows = sorted(RunLibrary(state, clock).rows(sys.maxsize).rows, key=lambda row: row.submitted_at)
    unfinished = [row.run_id for row in rows if row.status not in OVER]
    unclosed = {row.run_id for row in rows} & set(Retention(state).without_term())
    wanted = {*unfinished, *unclosed}

    def closed(run: str, raw: bytes) -> None:
        if run in wanted:
            books.take(run, raw)

    # where no worker knows a port, a lasting one takes the place of one of another kind
    known = ports["gateway"] if unfinished or ports["gateway"] in lasting_ports() else 0
    drive = await _drive(engine, state)
    ports["scripted"] = await lasting(scripted.start, ports["scripted"])
    ports["gateway"] = await lasting(lambda port: gateway.start(port=port, on_closed=closed, runs=wanted), known)
    write_private(state.gateway, json.dumps(ports).encode())
    write_private(state.daemon_record, json.dumps(_record(reviver, engine)).encode())
    claude = _workers(state, runs, resuming, reviver, clock, books.once(seats.book), seats, pulse)
    declared = ResumedWorkers(DeclaredCommands(_places(state, runs), reviver), resuming)
    canaries = ClaudeCanaries(state.canaries, state.sockets, scripted, clock)
    tools = _tools(state, {"claude": claude, "commands": declared}, seats, profiles, runs, breakers, canaries)
    usage = UsageStore(state.usage, state.ledger, state.bills)
    recall = partial(gateway.recall, on_closed=books.take)
    shelf = Shelf(state, runs, index, books, clock, resuming, seats.forget, usage, recall)
    host = Host(shelf, tools, slots, drive)
    early.host = host
    host.settle(tuple(unclosed.difference(unfinished)))
    await host.take_over(unfinished)
    if known not in (0, ports["gateway"]):
        # whoever took the port may be answering in the provider's place
        host.cut_off("another process took the gateway's port, so its answers cannot be trusted")
    early.end()
    try:
        yield host
    finally:
        await host.abandon()
        await gateway.stop()
        await scripted.stop()
        usage.close()
        index.close()


def _gateway(
    state: State,
    clock: SystemClock,
    booked: Callable[[LedgerLine, Amount], None],
    refresh: Callable[[], None],
    breakers: BreakerPanel,
    pulse: Counter[str],
) -> Gateway:
    """The gateway, whose breakers hear of every answer before it goes on to the worker."""
    listeners = Listeners(
        trouble=lambda seat, trouble: breakers.met(seat.profile_key, seat.attempt_id, trouble),
        answer=lambda seat: breakers.answered(seat.profile_key, seat.attempt_id),
        pulse=lambda seat: pulse.update((seat.attempt_id,)),
    )
    ledger = LedgerFile(state.ledger)
    return Gateway(ledger, clock.now, on_line=booked, before_request=refresh, listeners=listeners)


async def _drive(engine: Engine, state: State) -> Drive:
    """What makes the engine; a database is opened only when the owner wants one."""
    if engine.store == "inline":
        return InlineEngine
    from ccorch.adapters.dbos.driverless import driverless

    with driverless() if engine.store == "sqlite" else nullcontext():
        from ccorch.adapters.dbos.opening import open_drive  # 25 MB and a third of a second

    return await open_drive(engine, state)


def _tools(
    state: State,
    workers: Mapping[str, Workers],
    seats: GatewaySeats,
    profiles: Profiles,
    runs: RunFolders,
    breakers: BreakerPanel,
    canaries: ClaudeCanaries,
) -> Tools:
    return Tools(
        workers={**workers, "simulated": SimulatedWorkers()},
        worktrees=GitWorktrees(state.worktree, state.brought, Spares(state.spares)),
        canaries=canaries,
        setups=WorktreeSetups(state.brought, state.worktree, state.setups, state.hidden),
        gateway=seats,
        profiles=profiles,
        runs=runs,
        breakers=breakers,
        trying=(GitResults(lambda: state.trials), ConfinedCommands(state.hidden)),
    )


def _workers(
    state: State,
    runs: RunFolders,
    resuming: Resuming,
    reviver: Mapping[str, Any],
    clock: SystemClock,
    book: Callable[[LedgerLine], None],
    seats: GatewaySeats,
    pulse: Counter[str],
) -> ResumedWorkers:
    def fenced(order: WorkOrder) -> dict[str, Any] | None:
        scope = order.node.write_scope
        asked, project = order.node.worktree, Path(order.launch.project)
        lent = [str(project / name) for name in asked.linked] if asked else []
        return fence(order.node.role, scope, [str(order.cwd)], lent) if scope else None

    places = _places(state, runs)
    workers = ClaudeWorkers(
        places, Redactor, fenced, resuming.resume_line, reviver, clock, book, seats.spent, seats.tail, pulse
    )
    return ResumedWorkers(workers, resuming)


def _places(state: State, runs: RunFolders) -> Places:
    def evidence(order: WorkOrder) -> Path:
        return runs.folder(order.id.run) / attempt_folder(order.id.node, order.id.attempt)

    return Places(state.attempt, evidence, state.sockets, state.worktree, state.hidden)


def _ports(state: State) -> dict[str, int]:
    """The ports of the daemon before this one: its workers still know them."""
    try:
        known = json.loads(state.gateway.read_bytes())
        return {name: _port(known[name]) for name in ("gateway", "scripted")}
    except (OSError, ValueError, KeyError, TypeError):
        return {"gateway": 0, "scripted": 0}


def _port(number: Any) -> int:
    return int(number) if 0 < int(number) < 65_536 else 0


def _record(reviver: Mapping[str, Any], engine: Engine) -> dict[str, Any]:
    me = group.identify(os.getpid())
    return {
        "pid": os.getpid(),
        "start": me.start if me else 0,
        "version": __version__,
        "argv": reviver["argv"],
        "store": engine.store,
    }
