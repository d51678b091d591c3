"""What is being driven, kept by DBOS: a run or an attempt is a workflow that waits until we say it is over."""

import asyncio
import sqlite3
import threading
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, TypeVar

import sqlalchemy
from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetWorkflowID
from dbos import error as dbos_error

from ccorch.adapters.dbos.flow import FLOW, is_newer
from ccorch.adapters.dbos.quiet import hush
from ccorch.errors import StoreUnusable, WorkspaceUnwritable

RECOVERIES = 1_000_000
"""After so many recoveries DBOS would give a workflow up."""

POLL_SECONDS = 1.0
"""Nothing here waits for DBOS's notifications, so their poll does nothing; it is how long closing may take."""

LAST_SECONDS = 2.0
"""How long endings that are being written are waited for when the store closes."""

STEP = 0.01
"""Seconds between looks whether they are written."""

Kind = Literal["run", "attempt"]
ALIVE = ["ENQUEUED", "PENDING"]
_FULL = ("disk is full", "disk I/O error", "readonly database", "No space left")
_T = TypeVar("_T")


@dataclass(frozen=True)
class Row:
    """Something that was begun and is not over, by what the database says."""

    id: str
    kind: str


class Store:
    """The database through DBOS, on a loop and a thread of its own: a database that hangs holds up nobody else.

    One process holds at most one, for DBOS allows no more.
    """

    def __init__(
        self,
        url: str,
        executor: str,
        poll_seconds: float = POLL_SECONDS,
        connect: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        self._config = _config(url, executor, poll_seconds, connect)
        self._executor = executor
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="dbos", daemon=True)
        self._dbos: DBOS | None = None
        self._bodies: dict[str, Callable[[str], Coroutine[Any, Any, str]]] = {}
        self._ends: dict[str, asyncio.Future[str]] = {}
        self._following: dict[str, asyncio.Task[Any]] = {}
        self._coming: set[str] = set()

    @classmethod
    def of_file(cls, path: Path, poll_seconds: float = POLL_SECONDS) -> "Store":
        """The store in an SQLite file, whatever characters its path has."""
        url = sqlalchemy.URL.create("sqlite", database=str(path.absolute()))
        return cls(url.render_as_string(hide_password=False), "ccorch", poll_seconds, {"factory": _Quick})

    async def open(self) -> None:
        """Make the tables where they are missing and take up what was pending; raises StoreUnusable."""
        self._thread.start()
        try:
            await self._ask(self._launch())
            await self._ask(self._refuse_newer())
        except StoreUnusable:
            await self.close()
            raise

    async def begin(self, kind: Kind, id: str, about: str = "") -> str | None:
        """Write down durably that this begins; what began before is attached to.

        Gives what it ended with when it is over by the database. Raises StoreUnusable, WorkspaceUnwritable.
        """
        return await self._ask(self._begin(kind, id, about))

    def end(self, id: str, result: str) -> None:
        """It is over; its row follows as soon as it can be written. What was not begun here is left alone."""
        self._loop.call_soon_threadsafe(self._end, id, result)

    async def alive(self) -> tuple[Row, ...]:
        """What is not over by the database, oldest first."""
        return await self._ask(self._alive())

    async def about(self, id: str) -> str:
        """What was said when it began."""
        found = await self._ask(DBOS.list_workflows_async(workflow_ids=[id], load_output=False))
        given = found[0].input if found else None
        return str(given["args"][0]) if given else ""

    async def forget(self, ids: Sequence[str]) -> None:
        """Delete rows that nobody follows any more."""
        await self._ask(DBOS.delete_workflows_async(list(ids)))

    async def retire(self, ids: Sequence[str]) -> None:
        """These are over, and nobody knows how: who follows one is let go, the other rows are deleted."""
        for id in ids:
            self.end(id, "")
        followed = await self._ask(self._followed())
        if unfollowed := [id for id in ids if id not in followed]:
            await self.forget(unfollowed)

    async def prune(self, before: float) -> None:
        """Delete rows of what was over before this time."""
        when = datetime.fromtimestamp(before, UTC).isoformat()
        over = await self._ask(
            DBOS.list_workflows_async(
                completed_before=when, executor_id=self._executor, load_input=False, load_output=False
            )
        )
        if over:
            await self.forget([found.workflow_id for found in over])

    async def close(self) -> None:
        """Let go: what is not over stays so in the database, and the next store takes it up."""
        await self._ask(self._finish_writing())
        await asyncio.to_thread(self._destroy)
        await self._ask(self._let_go())  # only now does DBOS start no recovered body any more
        await asyncio.to_thread(self._end_thread)

    async def _ask(self, question: Coroutine[Any, Any, _T]) -> _T:
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(_plain(question), self._loop))

    async def _launch(self) -> None:
        hush()

        async def run(about: str) -> str:
            return await self._over()

        async def attempt(about: str) -> str:
            return await self._over()

        for kind, body in {"run": run, "attempt": attempt}.items():
            self._bodies[kind] = DBOS.workflow(name=kind, max_recovery_attempts=RECOVERIES)(body)
        self._dbos = DBOS(config=self._config)
        DBOS.launch()

    async def _refuse_newer(self) -> None:
        for version in await DBOS.list_application_versions_async():
            if is_newer(flow := version["version_name"]):
                raise StoreUnusable(
                    f"the engine's database was written by a newer ccorch ({flow} after {FLOW})",
                    hint="upgrade ccorch, or name another database",
                )

    async def _begin(self, kind: Kind, id: str, about: str) -> str | None:
        known = await DBOS.get_workflow_status_async(id)
        if known is not None and known.status == "SUCCESS":
            return str(known.output)
        self._ends.setdefault(id, self._loop.create_future())
        if known is None:
            await self._start(kind, id, about)
        return None

    async def _start(self, kind: Kind, id: str, about: str) -> None:
        with ExitStack() as on_failure:
            self._coming.add(id)
            on_failure.callback(self._coming.discard, id)
            with SetWorkflowID(id):
                await DBOS.start_workflow_async(self._bodies[kind], about)
            on_failure.pop_all()

    async def _over(self) -> str:
        """The body of every workflow: a recovered one may come before or after its `begin`."""
        id, task = str(DBOS.workflow_id), asyncio.current_task()
        assert task is not None, "a body runs in a task"
        self._following[id] = task
        self._coming.discard(id)
        task.add_done_callback(lambda _: self._following.pop(id, None))
        try:
            return await asyncio.shield(self._ends.setdefault(id, self._loop.create_future()))
        finally:
            self._ends.pop(id, None)

    def _end(self, id: str, result: str) -> None:
        over = self._ends.get(id)
        if over is not None and not over.done():
            over.set_result(result)

    async def _followed(self) -> frozenset[str]:
        return frozenset({*self._coming, *self._following})

    async def _alive(self) -> tuple[Row, ...]:
        found = await DBOS.list_workflows_async(
            status=ALIVE, executor_id=self._executor, load_input=False, load_output=False
        )
        return tuple(Row(row.workflow_id, row.name) for row in found)

    async def _finish_writing(self) -> None:
        deadline = self._loop.time() + LAST_SECONDS
        while self._is_writing() and self._loop.time() < deadline:
            await asyncio.sleep(STEP)

    async def _let_go(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _is_writing(self) -> bool:
        """Whether something is over whose row is just about to say so."""
        here = {*self._coming, *self._following}
        return any(id not in self._ends or self._ends[id].done() for id in here)

    def _destroy(self) -> None:
        if self._dbos is not None and self._dbos._sys_db_field is not None:
            # writes to a database that is away are tried again for ever, in threads that no process can end without
            self._dbos._sys_db_field._retry_connection_errors = False
        DBOS.destroy(destroy_registry=True)

    def _end_thread(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class _Quick(sqlite3.Connection):
    """A connection that does not wait for the disk at each commit.

    A loss of power may cost the last rows, and no more: what happened is in the event log, which is synced.
    """

    def __init__(self, *words: Any, **more: Any) -> None:
        super().__init__(*words, **more)
        self.execute("PRAGMA synchronous = NORMAL")


async def _plain(question: Awaitable[_T]) -> _T:
    """The answer, with what the database complains of as our own error."""
    try:
        return await question
    except (sqlalchemy.exc.SQLAlchemyError, dbos_error.DBOSException) as problem:
        said = str(getattr(problem, "orig", None) or problem).strip().splitlines()[0]
        if any(words in said for words in _FULL):
            raise WorkspaceUnwritable(f"the engine's database cannot be written: {said}") from problem
        raise StoreUnusable(f"the engine's database cannot be used: {said}") from problem


def _config(url: str, executor: str, poll_seconds: float, connect: Mapping[str, Any]) -> DBOSConfig:
    return {
        "name": "ccorch",
        "system_database_url": url,
        "dbos_system_schema": "ccorch",
        "application_version": FLOW,
        "executor_id": executor,
        "serializer": DBOSPortableJSONSerializer(),
        "log_level": "WARNING",
        "use_listen_notify": False,
        "sys_db_pool_size": 4,
        "db_engine_kwargs": {"connect_args": dict(connect)},
        "notification_listener_polling_interval_sec": poll_seconds,
        "scheduler_polling_interval_sec": 3_600.0,
    }
