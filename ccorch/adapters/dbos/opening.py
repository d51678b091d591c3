"""Opens the store of the engine; a file that cannot be used is set aside, for run folders hold what was done."""

import hashlib
import socket
from collections.abc import Callable
from pathlib import Path

from ccorch.adapters.dbos import file
from ccorch.adapters.dbos.engine import DbosEngine
from ccorch.adapters.dbos.postgres import postgres_url
from ccorch.adapters.dbos.store import POLL_SECONDS, Store
from ccorch.adapters.run_folder.layout import State
from ccorch.engine.perform import Tools
from ccorch.errors import ConfigInvalid, StoreUnusable
from ccorch.rules.admission import Slots
from ccorch.schema.config import Engine
from ccorch.schema.event import Event

Seen = Callable[[str, Event], None]

SCHEMES = ("postgresql://", "postgres://")


async def open_drive(engine: Engine, state: State) -> Callable[[Tools, Slots, Seen], DbosEngine]:
    """What makes the engine over the owner's database; raises Busy, ConfigInvalid, StoreUnusable."""
    if engine.store == "postgres":
        store = await open_postgres(postgres_url(engine), state.root)
    else:
        store = await open_file(state.database)
    return lambda tools, slots, seen: DbosEngine(tools, slots, seen, store, engine.history_days)


async def open_file(path: Path, poll_seconds: float = POLL_SECONDS) -> Store:
    """The store in this SQLite file; raises Busy, StoreUnusable, WorkspaceUnwritable."""
    try:
        return await _opened(path, poll_seconds)
    except Unusable as problem:
        aside = file.set_aside(path)
        print(f"{problem.message}; it is kept as {aside}, and a new one is made from the run folders", flush=True)
        return await _opened(path, poll_seconds)


async def open_postgres(url: str, state: Path, poll_seconds: float = POLL_SECONDS) -> Store:
    """The store in a PostgreSQL database that is made when it is missing; the state folder names the executor."""
    if not url.startswith(SCHEMES) or not url.partition("://")[2].partition("/")[2]:
        raise ConfigInvalid("engine.postgres_url is no postgresql://USER:PASSWORD@HOST:PORT/DATABASE")
    store = Store(url, _executor(state), poll_seconds)
    try:
        await store.open()
    except StoreUnusable as problem:
        hint = "see that PostgreSQL runs, and that engine.postgres_url names the right database"
        raise StoreUnusable(problem.message, hint=hint) from problem
    return store


class Unusable(StoreUnusable):
    """The file is a database, but none that this ccorch can use."""


async def _opened(path: Path, poll_seconds: float) -> Store:
    try:
        file.prepare(path)
    except file.Damaged as problem:
        raise Unusable(problem.message) from problem
    store = Store.of_file(path, poll_seconds)
    try:
        await store.open()
    except StoreUnusable as problem:
        raise Unusable(f"{path}: {problem.message}", hint=problem.hint, path=str(path)) from problem
    return store


def _executor(state: Path) -> str:
    """The same name after every start, and another one for every other daemon at the same database."""
    return f"{socket.gethostname()}-{hashlib.sha256(str(state).encode()).hexdigest()[:12]}"
