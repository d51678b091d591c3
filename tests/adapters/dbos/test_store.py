"""Promises of the store: durable before it answers, attached to and not begun twice, and silent."""

import asyncio
import json
import sqlite3
import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import pytest

from ccorch.adapters.dbos.flow import FLOW
from ccorch.adapters.dbos.opening import open_file, open_postgres
from ccorch.adapters.dbos.store import Row, Store
from ccorch.adapters.dbos.stranded import pending
from ccorch.errors import ConfigInvalid, StoreUnusable, WorkspaceUnwritable
from tests.disk import files_end_at
from tests.engine_kit import POLL, eventually, until
from tests.postgres import Postgres

Scene = Callable[[Store], Awaitable[None]]


def opened(path: Path, *scenes: Scene) -> None:
    """One store after the other on the same file."""

    async def play() -> None:
        for scene in scenes:
            store = await open_file(path, POLL)
            try:
                await scene(store)
            finally:
                await store.close()

    asyncio.run(play())


def column(path: Path, name: str, table: str = "workflow_status") -> list[str]:
    with closing(sqlite3.connect(path)) as database:
        return [row[0] for row in database.execute(f"SELECT {name} FROM {table} ORDER BY workflow_uuid")]


async def over(store: Store) -> None:
    async def none() -> bool:
        return not await store.alive()

    await eventually(none)


def test_what_was_begun_is_there_after_the_store_and_nothing_is_said(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async def begin(store: Store) -> None:
        assert await store.begin("run", "r", "about 日本") is None
        assert await store.begin("attempt", "r/a/1") is None
        assert await store.begin("attempt", "r/a/1") is None

    async def find(store: Store) -> None:
        assert await store.alive() == (Row("r", "run"), Row("r/a/1", "attempt"))
        assert await store.about("r") == "about 日本"

    opened(tmp_path / "db", begin, find, find)

    assert capfd.readouterr() == ("", "")


def test_a_result_is_given_to_whoever_begins_it_again(tmp_path: Path) -> None:
    async def end(store: Store) -> None:
        await store.begin("attempt", "r/a/1")
        store.end("r/a/1", "fine")
        store.end("r/a/1", "again")
        store.end("never begun", "x")
        await over(store)

    async def ask(store: Store) -> None:
        assert await store.begin("attempt", "r/a/1") == "fine"

    opened(tmp_path / "db", end, ask)


def test_an_ending_just_before_the_store_closes_is_written(tmp_path: Path) -> None:
    async def end(store: Store) -> None:
        await store.begin("attempt", "r/a/1")
        store.end("r/a/1", "fine")

    async def ask(store: Store) -> None:
        assert await store.begin("attempt", "r/a/1") == "fine"

    opened(tmp_path / "db", end, ask)


def test_what_an_earlier_store_left_is_taken_up_before_or_after_it_ends(tmp_path: Path) -> None:
    async def begin(store: Store) -> None:
        for id in ("at once", "later"):
            await store.begin("run", id)

    async def end(store: Store) -> None:
        await store.begin("run", "at once")
        store.end("at once", "fine")
        await over_but(store, 1)
        await store.begin("run", "later")
        store.end("later", "fine")
        await over(store)

    opened(tmp_path / "db", begin, end)

    assert set(column(tmp_path / "db", "status")) == {"SUCCESS"}


async def over_but(store: Store, left: int) -> None:
    async def few() -> bool:
        return len(await store.alive()) == left

    await eventually(few)


def test_rows_hold_json_and_no_pickles(tmp_path: Path) -> None:
    async def end(store: Store) -> None:
        await store.begin("run", "r", "about")
        store.end("r", "fine")
        await over(store)

    opened(tmp_path / "db", end)

    assert json.loads(column(tmp_path / "db", "inputs", "workflow_input")[0])["positionalArgs"] == ["about"]
    assert json.loads(column(tmp_path / "db", "output", "workflow_output")[0]) == "fine"
    assert column(tmp_path / "db", "application_version") == [FLOW]


def test_what_nobody_follows_is_retired(tmp_path: Path) -> None:
    async def begin(store: Store) -> None:
        await store.begin("run", "left behind")

    async def retire(store: Store) -> None:
        await store.begin("run", "followed")
        await store.retire(["left behind", "followed"])
        await over(store)

    opened(tmp_path / "db", begin, retire)


def test_rows_of_what_is_long_over_are_deleted(tmp_path: Path) -> None:
    async def end(store: Store) -> None:
        await store.begin("run", "over")
        await store.begin("run", "alive")
        store.end("over", "fine")
        await over_but(store, 1)
        await store.prune(time.time() - 60)
        assert len(column(tmp_path / "db", "workflow_uuid")) == 2
        await store.prune(time.time() + 60)

    opened(tmp_path / "db", end)

    assert column(tmp_path / "db", "workflow_uuid") == ["alive"]


def test_a_full_disk_is_told_and_what_follows_is_kept(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "db"

    async def fill(store: Store) -> None:
        await store.begin("run", "before")
        with files_end_at(1):
            with pytest.raises(WorkspaceUnwritable, match="cannot be written"):
                await store.begin("run", "r", "x" * 100_000)
            store.end("before", "fine")
        assert await store.begin("run", "after") is None

    opened(path, fill)

    assert "Traceback" not in capfd.readouterr().err


def test_a_reader_sees_what_is_pending_and_what_is_stranded(tmp_path: Path) -> None:
    path = tmp_path / "db"
    assert pending(path) == ()

    async def begin(store: Store) -> None:
        await store.begin("run", "old")
        await store.begin("run", "new")

    opened(path, begin)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE workflow_status SET application_version = 'ccorch-flow-0' WHERE name = 'run' "
                         "AND workflow_uuid = 'old'")  # fmt: skip

    assert [(found.id, found.is_stranded) for found in pending(path)] == [("old", True), ("new", False)]


def test_a_reader_of_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "db").write_bytes(b"nothing of the kind" * 100)

    with pytest.raises(StoreUnusable, match="cannot be read"):
        pending(tmp_path / "db")


@pytest.mark.parametrize("name", ["plain", "we ird?%20#dir", "日本", "a'b\"c;d&e=f"])
def test_a_path_may_have_any_character(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()

    async def begin(store: Store) -> None:
        await store.begin("run", "r")

    opened(folder / "db", begin)

    assert column(folder / "db", "workflow_uuid") == ["r"]
    assert [path.name for path in tmp_path.iterdir()] == [name]


NEWER = (
    "INSERT INTO application_versions"
    " (version_id, version_name, version_timestamp, created_at, application_name)"
    " VALUES ('x', 'ccorch-flow-2', 9999999999999, 1, 'ccorch')"
)


@pytest.mark.parametrize("harm", [NEWER, "DROP TABLE workflow_status"], ids=["newer", "without a table"])
def test_a_database_of_another_make_is_kept_beside_a_new_one(
    tmp_path: Path, harm: str, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "db"

    async def begin(store: Store) -> None:
        await store.begin("run", "r")

    async def nothing(store: Store) -> None:
        assert await store.alive() == ()

    opened(path, begin)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(harm)
    opened(path, nothing)

    assert (tmp_path / "db.unusable-1").exists()
    assert "a new one is made from the run folders" in capfd.readouterr().out


@pytest.mark.parametrize("url", ["sqlite:///x", "postgresql://host", "https://host/db", ""])
def test_what_is_no_address_of_a_database_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigInvalid, match=r"engine\.postgres_url"):
        asyncio.run(open_postgres(url, tmp_path))


def test_a_postgres_that_does_not_answer_is_told_without_its_password(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(StoreUnusable, match="refused") as told:
        asyncio.run(open_postgres("postgresql://me:sesame@127.0.0.1:9/ccorch", tmp_path, POLL))

    assert "sesame" not in f"{told.value} {told.value.hint} {capfd.readouterr()}"


def test_two_daemons_at_one_postgres_see_their_own_only(tmp_path: Path, postgres: Postgres) -> None:
    url = postgres.url()

    async def play() -> None:
        for state, found in (("one", ()), ("two", ()), ("one", ("one",))):
            store = await open_postgres(url, tmp_path / state, POLL)
            assert tuple(row.id for row in await store.alive()) == found
            await store.begin("run", state)
            await store.close()

    asyncio.run(play())


def test_no_thread_goes_on_trying_after_the_store_has_closed(
    tmp_path: Path, postgres: Postgres, capfd: pytest.CaptureFixture[str]
) -> None:
    async def play() -> None:
        store = await open_postgres(postgres.url(), tmp_path, POLL)
        postgres.stop()
        trying = asyncio.ensure_future(store.begin("run", "r"))
        await until(lambda: "Database connection failed" in capfd.readouterr().err)
        trying.cancel()
        await store.close()

    try:
        asyncio.run(play())
        for thread in [thread for thread in threading.enumerate() if thread.name.startswith("dbos-executor-")]:
            thread.join(180)
            assert not thread.is_alive()
    finally:
        postgres.start()
