"""Promises of the engine with a database: what is killed goes on, what is broken is made anew, the log decides."""

import asyncio
import os
import select
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ccorch.adapters.dbos import engine as module
from ccorch.adapters.dbos.engine import DAY, DbosEngine
from ccorch.adapters.inline_engine import InlineEngine
from ccorch.errors import StoreUnusable
from ccorch.schema.event import Ended, Event, Reopened, Started
from tests.adapters.dbos.alone import GATED, POINTS, ground
from tests.disk import files_end_at
from tests.engine_kit import PAIR, PATIENCE, Ground, eventually, until
from tests.plan_kit import ADA, node, plan
from tests.postgres import Postgres
from tests.run_kit import RUN

WHOLE = ["submitted", "started", "ended", "started", "ended", "finished"]
ROOT = Path(__file__).parents[3]


def play(here: Ground, scene: Callable[[Ground], Awaitable[None]]) -> None:
    asyncio.run(scene(here))


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> list[Event]:
    """The log of a run that nobody disturbs."""

    async def scene(here: Ground) -> None:
        async with here.engine() as engine:
            await engine.accept(here.asked(of=GATED))
            await here.finish(engine)

    here = ground(tmp_path_factory.mktemp("calm"), "inline")
    play(here, scene)
    return timeless(here)


@pytest.fixture(scope="module")
def alone() -> Iterator[Callable[[str], int]]:
    """Makes an engine in a process of its own, which is killed; gives its exit status."""
    words = [sys.executable, "-m", "tests.adapters.dbos.alone"]
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(words, cwd=ROOT, text=True, start_new_session=True, **streams) as loaded:

        def made(line: str) -> int:
            print(line, file=loaded.stdin, flush=True)
            assert loaded.stdout
            if not select.select([loaded.stdout], [], [], PATIENCE)[0]:
                os.killpg(loaded.pid, signal.SIGKILL)
            return int(loaded.stdout.readline())

        yield made


def timeless(here: Ground) -> list[Event]:
    """What the log says, but for the times."""
    return [event.model_copy(update={"at": 0.0}) for event in here.runs.events(RUN)]


@pytest.mark.parametrize(("store", "point"), [(store, point) for store in POINTS for point in POINTS[store]])
def test_a_run_that_was_killed_anywhere_ends_with_the_log_of_one_that_was_not(
    tmp_path: Path, store: str, point: str, calm: list[Event], alone: Callable[[str], int]
) -> None:
    assert alone(f"{tmp_path} {store} {point}") == -signal.SIGKILL

    async def scene(here: Ground) -> None:
        async with here.engine() as engine:
            await until(lambda: not engine.live)

    here = ground(tmp_path, store)
    play(here, scene)

    assert timeless(here) == calm
    assert (tmp_path / "starts").read_text().split() == [f"{RUN}/{one}" for one in ("a/1", "b/1", "b/2")]


def at_work(engine: InlineEngine) -> object:
    """What the engine still does beside its runs."""
    assert isinstance(engine, DbosEngine)
    return engine._at_work


async def rows(engine: InlineEngine, ids: list[str]) -> bool:
    """Whether just these are not over by the database."""
    assert isinstance(engine, DbosEngine)
    return sorted(row.id for row in await engine._store.alive()) == ids


async def begun(here: Ground) -> None:
    async with here.engine() as engine:
        await engine.accept(here.asked())
        await until(lambda: here.at_work("a"))


@pytest.mark.parametrize("harm", ["garbage", "empty", "gone", "torn"])
def test_a_broken_database_is_made_anew_and_runs_go_on(tmp_path: Path, harm: str) -> None:
    here = Ground(tmp_path, "sqlite")
    path = here.state.database

    async def scene(here: Ground) -> None:
        await begun(here)
        content = path.read_bytes()
        match harm:
            case "garbage":
                path.write_bytes(b"garbage" * 10_000)
            case "empty":
                path.write_bytes(b"")
            case "gone":
                path.unlink()
            case "torn":
                path.write_bytes(content[: len(content) // 2])
        async with here.engine() as engine:
            await here.finish(engine, "a", "b")

    play(here, scene)

    assert here.types() == WHOLE
    assert [attempt.node for attempt in here.workers.started] == ["a", "b"]


def test_a_database_that_breaks_under_a_living_engine_holds_up_no_run(tmp_path: Path) -> None:
    here = Ground(tmp_path, "sqlite")

    async def scene(here: Ground) -> None:
        async with here.engine() as engine:
            await engine.accept(here.asked())
            await until(lambda: here.at_work("a"))
            with closing(sqlite3.connect(here.state.database)) as database, database:
                database.execute("DROP TABLE workflow_status")
            await here.finish(engine, "a", "b")
            with pytest.raises(StoreUnusable, match="cannot be used"):
                await engine.accept(here.asked("f" * 16))
        async with here.engine() as engine:
            assert engine.live == ()

    play(here, scene)

    assert here.types() == WHOLE


def test_an_ending_that_only_the_database_knows_is_not_worked_for_again(tmp_path: Path) -> None:
    ended = Ended(node="a", attempt=1, passed=True, reason="told by the database")

    async def scene(here: Ground) -> None:
        await begun(here)
        store = await here.store()
        assert store
        await store.begin("attempt", f"{RUN}/a/1")
        store.end(f"{RUN}/a/1", ended.model_dump_json())

        async def known() -> bool:
            return [row.id for row in await store.alive()] == [RUN]

        await eventually(known)
        await store.close()
        async with here.engine() as engine:
            await here.finish(engine, "b")

    here = Ground(tmp_path, "sqlite")
    play(here, scene)

    assert "told by the database" in [getattr(event, "reason", "") for event in here.runs.events(RUN)]
    assert here.workers.attached == []


def test_a_run_that_was_over_is_kept_again_when_something_of_it_is_done_again(tmp_path: Path) -> None:
    async def scene(here: Ground) -> None:
        async with here.engine() as engine:
            await engine.accept(here.asked())
            await here.finish(engine, "a", "b")
            await eventually(lambda: rows(engine, []))
            here.runs.append(RUN, Reopened(nodes=("b",), by="terminal", node="b", cause="asked"))
            engine.adopt(RUN, PAIR, here.launch)
            assert engine.resume(RUN, ADA)
            await eventually(lambda: rows(engine, [RUN, f"{RUN}/b/2"]))
            await here.finish(engine, "b")

    here = Ground(tmp_path, "sqlite")
    play(here, scene)

    assert here.types() == [*WHOLE, "reopened", "resume_asked", "started", "ended", "finished"]


def test_a_simulated_node_costs_no_row(tmp_path: Path) -> None:
    here = Ground(tmp_path, "sqlite")

    async def scene(here: Ground) -> None:
        async with here.engine() as engine:
            tools = engine._tools  # type: ignore[attr-defined]
            tools.workers["simulated"] = here.workers
            await engine.accept(here.asked(of=plan(node("a"), worker="simulated")))
            await until(lambda: here.at_work("a"))
            assert await rows(engine, [RUN])
            await here.finish(engine, "a")

    play(here, scene)


def test_a_disk_that_is_full_for_the_database_makes_attempts_wait_and_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "TRY_AGAIN", 0.02)
    told: list[str] = []
    monkeypatch.setattr(module, "_tell", told.append)

    async def scene(here: Ground) -> None:
        async with here.engine() as engine:
            await engine.accept(here.asked())
            await until(lambda: here.at_work("a"))
            log = here.runs.folder(RUN) / "events.ndjson"
            with files_end_at(max(100_000, log.stat().st_size + 10_000)):
                here.workers.let_go("a")
                await until(lambda: told)
                assert not here.at_work("b")
            await here.finish(engine, "b")
            await engine.tidy(0.0)
            await eventually(lambda: rows(engine, []))

    here = Ground(tmp_path, "sqlite")
    play(here, scene)

    assert here.types() == WHOLE
    assert "cannot be written" in told[0]


def test_rows_that_do_not_follow_the_log_are_tidied(tmp_path: Path) -> None:
    async def scene(here: Ground) -> None:
        async with here.engine() as engine:
            assert isinstance(engine, DbosEngine)
            await engine._store.begin("run", "f" * 16)
            await engine._store.begin("attempt", f"{'f' * 16}/a/1")
            await engine.accept(here.asked())
            await until(lambda: here.at_work("a"))
            await engine.tidy(0.0)
            await eventually(lambda: rows(engine, [RUN, f"{RUN}/a/1"]))

    play(Ground(tmp_path, "sqlite"), scene)


def test_history_is_pruned_when_its_days_are_over_and_what_is_at_work_never(tmp_path: Path) -> None:
    async def kept(engine: DbosEngine) -> bool:
        return await engine._store.begin("run", RUN) is not None

    async def scene(here: Ground) -> None:
        async with here.engine() as engine:
            assert isinstance(engine, DbosEngine)
            await engine.accept(here.asked())
            await here.finish(engine, "a", "b")
            await engine.accept(here.asked("f" * 16))
            await until(lambda: here.at_work("a"))
            await eventually(lambda: rows(engine, ["f" * 16, f"{'f' * 16}/a/1"]))
            await engine.tidy(time.time() + 6 * DAY)
            assert await kept(engine)
            await engine.tidy(time.time() + 8 * DAY)
            assert not await kept(engine)
            await engine.drop(RUN)
            await eventually(lambda: rows(engine, ["f" * 16, f"{'f' * 16}/a/1"]))

    play(Ground(tmp_path, "sqlite"), scene)


def test_a_postgres_that_is_away_for_a_while_delays_and_loses_nothing(tmp_path: Path, postgres: Postgres) -> None:
    here = Ground(tmp_path, postgres.url())

    async def scene(here: Ground) -> None:
        async with here.engine() as engine:
            await engine.accept(here.asked())
            await until(lambda: here.at_work("a"))
            postgres.stop()
            try:
                here.workers.let_go("a")
                await until(lambda: here.types()[-1] == "started")  # the log waits for no database
                assert not here.at_work("b")
            finally:
                await asyncio.to_thread(postgres.start)
            await here.finish(engine, "b")

    play(here, scene)

    assert here.types() == WHOLE
    assert [event.attempt for event in here.runs.events(RUN) if isinstance(event, Started)] == [1, 1]


def test_a_client_is_not_left_waiting_for_a_postgres_that_is_away(
    tmp_path: Path, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ANSWER_SECONDS", 0.1)
    here = Ground(tmp_path, postgres.url())

    async def scene(here: Ground) -> None:
        async with here.engine() as engine:
            postgres.stop()
            try:
                with pytest.raises(StoreUnusable, match="not accepted"):
                    await engine.accept(here.asked())
            finally:
                await asyncio.to_thread(postgres.start)
            await until(lambda: not at_work(engine))  # it is taken back once it can be
            await eventually(lambda: rows(engine, []))
        async with here.engine() as engine:
            assert engine.live == ()

    play(here, scene)


def test_a_run_that_is_stopped_does_not_wait_for_the_database(tmp_path: Path, postgres: Postgres) -> None:
    here = Ground(tmp_path, postgres.url())

    async def scene(here: Ground) -> None:
        async with here.engine() as engine:
            await engine.accept(here.asked(of=PAIR))
            await until(lambda: here.at_work("a"))
            postgres.stop()
            try:
                here.workers.let_go("a")
                await until(lambda: here.types()[-1] == "started")
                engine.stop(RUN, ADA, "enough")
                await until(lambda: not engine.live)
            finally:
                await asyncio.to_thread(postgres.start)

    play(here, scene)

    assert here.types()[-1] == "finished"
    assert not here.at_work("b")
