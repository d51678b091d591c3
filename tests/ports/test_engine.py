"""Promises of what drives runs, kept without a database, with SQLite and with PostgreSQL."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from ccorch.adapters.run_folder.library import RunLibrary
from ccorch.errors import RunStateConflict, WorkspaceUnwritable
from ccorch.schema.event import Ended, Event, Started
from ccorch.schema.run import Submission
from tests.engine_kit import Ground, until
from tests.plan_kit import ADA, node, plan
from tests.postgres import Postgres
from tests.run_kit import RUN

WHOLE = ["submitted", "started", "ended", "started", "ended", "finished"]

Scene = Callable[[Ground], Awaitable[None]]


@pytest.fixture(params=["inline", "sqlite", "postgres"])
def ground(request: pytest.FixtureRequest, tmp_path: Path) -> Ground:
    if request.param == "postgres":
        server: Postgres = request.getfixturevalue("postgres")
        return Ground(tmp_path, server.url())
    return Ground(tmp_path, None if request.param == "inline" else "sqlite")


def play(ground: Ground, scene: Scene) -> None:
    asyncio.run(scene(ground))


async def begun(ground: Ground) -> None:
    """An engine that was abandoned while the first node was at work."""
    async with ground.engine() as engine:
        await engine.accept(ground.asked())
        await until(lambda: ground.at_work("a"))


def test_a_run_is_driven_to_its_end(ground: Ground) -> None:
    async def scene(ground: Ground) -> None:
        async with ground.engine() as engine:
            await engine.accept(ground.asked())
            await ground.finish(engine, "a", "b")

    play(ground, scene)

    assert ground.types() == WHOLE


def test_submitting_twice_is_one_run(ground: Ground) -> None:
    async def scene(ground: Ground) -> None:
        async with ground.engine() as engine:
            await asyncio.gather(*(engine.accept(ground.asked()) for _ in range(3)))
            await ground.finish(engine, "a", "b")
            await engine.accept(ground.asked())
            assert engine.live == ()
        async with ground.engine() as engine:
            assert engine.live == ()

    play(ground, scene)

    assert ground.types() == WHOLE
    assert [attempt.node for attempt in ground.workers.started] == ["a", "b"]


def test_another_plan_under_the_same_id_is_refused(ground: Ground) -> None:
    async def scene(ground: Ground) -> None:
        async with ground.engine() as engine:
            await engine.accept(ground.asked())
            with pytest.raises(RunStateConflict):
                await engine.accept(ground.asked(of=plan(node("other"))))

    play(ground, scene)


def test_a_stopped_run_ends_and_stays_ended(ground: Ground) -> None:
    async def scene(ground: Ground) -> None:
        async with ground.engine() as engine:
            await engine.accept(ground.asked())
            await until(lambda: ground.at_work("a"))
            assert engine.stop(RUN, ADA, "enough")
            await until(lambda: not engine.live)
            with pytest.raises(RunStateConflict):
                engine.stop(RUN, ADA, "again")
        async with ground.engine() as engine:
            assert engine.live == ()

    play(ground, scene)

    assert getattr(list(ground.runs.events(RUN))[-1], "status", "") == "cancelled"


def test_the_next_engine_attaches_and_starts_nothing_twice(ground: Ground) -> None:
    async def scene(ground: Ground) -> None:
        await begun(ground)
        for _ in range(2):
            async with ground.engine():
                await until(lambda: ground.workers.attached)
                ground.workers.attached.clear()
        async with ground.engine() as engine:
            await ground.finish(engine, "a", "b")

    play(ground, scene)

    assert ground.types() == WHOLE
    assert [str(attempt) for attempt in ground.workers.started] == [f"{RUN}/a/1", f"{RUN}/b/1"]


def test_what_ended_while_nobody_drove_is_told_once(ground: Ground) -> None:
    async def scene(ground: Ground) -> None:
        await begun(ground)
        ground.workers.let_go("a")
        async with ground.engine() as engine:
            await ground.finish(engine, "b")

    play(ground, scene)

    assert ground.types() == WHOLE


def test_a_finished_node_is_never_repeated(ground: Ground) -> None:
    async def scene(ground: Ground) -> None:
        await begun(ground)
        async with ground.engine():
            ground.workers.let_go("a")
            await until(lambda: ground.at_work("b"))
        async with ground.engine() as engine:
            await ground.finish(engine, "b")

    play(ground, scene)

    assert ground.types() == WHOLE
    assert [attempt.node for attempt in ground.workers.started] == ["a", "b"]


class KilledRuns(RunLibrary):
    """Run folders of a process that is killed before it writes a run's first event."""

    def append(self, run: str, event: Event) -> Event:
        raise KeyboardInterrupt


@pytest.mark.parametrize("ground", ["sqlite", "postgres"], indirect=True)
def test_what_was_accepted_before_its_first_event_is_run(ground: Ground) -> None:
    async def scene(ground: Ground) -> None:
        async with ground.engine(KilledRuns(ground.state, ground.runs._clock, ground.project)) as engine:
            with pytest.raises(KeyboardInterrupt):
                await engine.accept(ground.asked())
        async with ground.engine() as engine:
            assert engine.live == (RUN,)
            await ground.finish(engine, "a", "b")

    play(ground, scene)

    assert ground.types() == WHOLE


class FullRuns(RunLibrary):
    """Run folders on a full disk."""

    def create(self, submission: Submission) -> None:
        raise WorkspaceUnwritable("no space left")


def test_what_was_refused_is_not_run_later(ground: Ground) -> None:
    async def scene(ground: Ground) -> None:
        async with ground.engine(FullRuns(ground.state, ground.runs._clock, ground.project)) as engine:
            with pytest.raises(WorkspaceUnwritable):
                await engine.accept(ground.asked())
            assert engine.live == ()
        async with ground.engine() as engine:
            assert engine.live == ()
            await engine.accept(ground.asked())
            await ground.finish(engine, "a", "b")

    play(ground, scene)

    assert ground.types() == WHOLE


def test_200_submissions_at_once_are_200_runs(ground: Ground) -> None:
    runs = [f"{number:016x}" for number in range(200)]
    one = plan(node("a"))

    async def scene(ground: Ground) -> None:
        async with ground.engine() as engine:
            await asyncio.gather(*(engine.accept(ground.asked(run, one)) for run in runs))
            await until(lambda: len(ground.workers.at_work) == ground.slots)
        async with ground.engine() as engine:
            assert sorted(engine.live) == runs
            await until(lambda: len(ground.workers.attached) == ground.slots)

    play(ground, scene)

    assert len(ground.workers.started) == ground.slots


def test_what_the_log_says_was_begun_is_done_though_the_store_forgot_it(ground: Ground) -> None:
    async def scene(ground: Ground) -> None:
        await begun(ground)
        if (store := await ground.store()) is not None:
            await store.forget([row.id for row in await store.alive()])
            await store.close()
        async with ground.engine() as engine:
            await ground.finish(engine, "a", "b")

    play(ground, scene)

    events = list(ground.runs.events(RUN))
    assert [event.node for event in events if isinstance(event, (Started, Ended))] == ["a", "a", "b", "b"]
