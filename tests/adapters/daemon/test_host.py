"""Promises of the host: bookkeeping harms nothing, what was cut off is finished, what is lost ends as failed."""

import asyncio
import json
import sqlite3
import stat
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ccorch.adapters.daemon.host import Drive, Host, Shelf
from ccorch.adapters.daemon.launches import Launches
from ccorch.adapters.daemon.resuming import ResumedWorkers, Resuming
from ccorch.adapters.gateway.books import RunBooks
from ccorch.adapters.inline_engine import InlineEngine
from ccorch.adapters.run_folder.artifacts import Artifacts
from ccorch.adapters.run_folder.index import Index
from ccorch.adapters.run_folder.layout import Layout, State
from ccorch.adapters.run_folder.library import RunLibrary
from ccorch.adapters.run_folder.looking import IndexReader
from ccorch.adapters.usage.store import UsageStore
from ccorch.engine.perform import Tools
from ccorch.errors import CcorchError
from ccorch.rules.admission import Slots
from ccorch.schema.event import Event, Finished, Metered, Started, Submitted
from ccorch.schema.ledger import LedgerLine
from ccorch.schema.noted import Noted
from ccorch.schema.plan import Plan
from ccorch.schema.run import Submission
from tests.fakes.clock import FakeClock
from tests.fakes.outside import FlatWorktrees, NoSecrets, QuietGateway
from tests.fakes.workers import HeldWorkers
from tests.plan_kit import ADA, node, plan
from tests.run_kit import RUN, submission

SECRET = "sk-very-secret"
DAG = plan(node("a"), node("b", "a"))
GRACE = 120.0


@dataclass
class Stage:
    """A machine on which one daemon after the other hosts."""

    root: Path
    clock: FakeClock = field(default_factory=FakeClock)
    workers: HeldWorkers = field(default_factory=HeldWorkers)
    books: RunBooks = field(default_factory=RunBooks)

    def __post_init__(self) -> None:
        self.state, self.project = State(self.root / "state"), self.root / "project"
        self.state.make()
        self.project.mkdir()

    @asynccontextmanager
    async def daemon(self, drive: Drive = InlineEngine) -> AsyncIterator[Host]:
        """A host that has taken over what the last one left, and lets go at the end."""
        runs, index, resuming = (
            RunLibrary(self.state, self.clock, self.project),
            Index(self.state.index),
            Resuming(),
        )
        index.catch_up([self.project])
        usage = UsageStore(self.state.usage, self.state.ledger, self.state.bills)
        tools = Tools(
            workers={"claude": ResumedWorkers(self.workers, resuming), "simulated": self.workers},
            worktrees=FlatWorktrees(self.root),
            gateway=QuietGateway(),
            profiles=NoSecrets(),
            runs=runs,
        )
        host = Host(
            Shelf(self.state, runs, index, self.books, self.clock, resuming, lambda run: None, usage),
            tools,
            Slots(4),
            drive,
        )
        rows = runs.rows(10).rows
        host.settle([row.run_id for row in rows if row.status in ("done", "failed", "cancelled")])
        await host.take_over([row.run_id for row in rows if row.status in ("queued", "running")])
        try:
            yield host
        finally:
            await host.abandon()
            usage.close()
            index.close()

    @property
    def runs(self) -> RunLibrary:
        """A reader of its own."""
        return RunLibrary(self.state, self.clock, self.project)

    @property
    def folder(self) -> Path:
        return Layout(self.project).run(RUN)

    def types(self) -> list[str]:
        return [event.type for event in self.runs.events(RUN)]

    def asked(self, dag: Plan = DAG) -> Submission:
        asked = submission(self.project, of=dag)
        return asked.model_copy(update={"launch": asked.launch.model_copy(update={"secrets": {"KEY": SECRET}})})

    def kept(self) -> str:
        """Everything that lies in the state folder, as one text."""
        files = [path for path in self.state.attempts.rglob("*") if path.is_file()]
        return "".join(path.read_text() for path in files)


Scene = Callable[[Stage], Awaitable[None]]


def play(root: Path, scene: Scene) -> Stage:
    stage = Stage(root)
    asyncio.run(scene(stage))
    return stage


async def until(done: Callable[[], object]) -> None:
    """Wait for a condition."""
    async with asyncio.timeout(GRACE):
        while not done():
            await asyncio.sleep(0.005)


async def begun(stage: Stage, dag: Plan = DAG) -> None:
    """A run that a daemon left while its first node was at work."""
    async with stage.daemon() as host:
        await host.submit(stage.asked(dag))
        await until(lambda: stage.workers.at_work)


async def finished(stage: Stage, dag: Plan = DAG) -> None:
    """A run that is over."""
    async with stage.daemon() as host:
        await host.submit(stage.asked(dag))
        for name in dag.by_id:
            await until(lambda name=name: name in stage.workers.at_work)
            stage.workers.let_go(name)
        await until(lambda: not host.live)


def test_a_run_that_is_over_has_verdict_manifest_and_a_term(tmp_path: Path) -> None:
    stage = play(tmp_path, finished)

    assert json.loads((stage.folder / "verdict.json").read_text())["judgement"] == "unknown"
    assert Artifacts(stage.folder).listed().final
    assert Artifacts(stage.folder).differences() == ()
    assert json.loads(stage.state.ended(RUN).read_text())["keep_raw"] == 7
    assert not stage.runs.is_closing(RUN)
    assert not stage.state.launch(RUN).exists()


def test_secrets_lie_apart_while_the_run_lives_and_nowhere_after_it(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await begun(stage)
        assert SECRET not in stage.state.launch(RUN).read_text()
        assert stat.S_IMODE(stage.state.secrets(RUN).stat().st_mode) == 0o600
        async with stage.daemon() as host:
            await until(lambda: len(stage.workers.orders) == 2)
            assert stage.workers.orders[-1].launch.secrets == {"KEY": SECRET}
            host.stop(RUN, ADA, "enough")
            await until(lambda: not host.live)

    assert SECRET not in play(tmp_path, scene).kept()


def test_an_end_that_was_cut_off_is_made_by_the_next_daemon(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await begun(stage)
        for event in (Started(node="a", attempt=2), Finished(status="failed")):
            stage.runs.append(RUN, event)
        assert stage.state.secrets(RUN).exists()
        async with stage.daemon():
            await until(stage.state.ended(RUN).exists)

    stage = play(tmp_path, scene)

    assert (stage.folder / "verdict.json").exists()
    assert Artifacts(stage.folder).listed().final
    assert SECRET not in stage.kept()


def test_evidence_of_a_run_that_is_gone_gets_a_term(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        (stage.state.attempts / RUN).mkdir(parents=True)
        async with stage.daemon():
            assert json.loads(stage.state.ended(RUN).read_text()) == {"at": 1000.0, "keep_raw": 7}

    play(tmp_path, scene)


@pytest.mark.parametrize("content", [None, b"", b"{", b'{"plan": "x"}', b"\xff"])
def test_a_run_whose_launch_is_lost_ends_as_failed_and_says_why(tmp_path: Path, content: bytes | None) -> None:
    async def scene(stage: Stage) -> None:
        await begun(stage)
        launch = stage.state.launch(RUN)
        launch.unlink() if content is None else launch.write_bytes(content)
        async with stage.daemon() as host:
            assert host.live == ()
            await until(lambda: stage.workers.stopped)
        assert [stopped.node for stopped in stage.workers.stopped] == ["a"]

    stage = play(tmp_path, scene)
    summary = stage.runs.summary(RUN)

    assert stage.types() == ["submitted", "started", "ended", "skipped", "finished"]
    assert (stage.runs.row(RUN).status, summary.nodes[0].outcome) == ("failed", "killed")
    assert all("launch.json" in found.reason for found in summary.nodes)
    assert stage.state.ended(RUN).exists()


def test_a_plan_that_was_changed_together_with_its_log_is_not_run(tmp_path: Path) -> None:
    other = plan(node("a"), node("b", "a"), task="delete everything")

    async def scene(stage: Stage) -> None:
        await begun(stage)
        (stage.folder / "plan.json").write_text(other.spelled)
        log = stage.folder / "events.ndjson"
        log.write_text(log.read_text().replace(DAG.sha256, other.sha256))
        async with stage.daemon() as host:
            assert host.live == ()

    stage = play(tmp_path, scene)

    assert len(stage.workers.orders) == 1
    assert stage.runs.row(RUN).status == "failed"
    assert "plan.json in the run folder was changed" in stage.runs.summary(RUN).nodes[0].reason


@pytest.mark.parametrize("name", ["plan.json", "events.ndjson"])
def test_a_run_that_cannot_be_read_is_left_as_it_is(tmp_path: Path, name: str) -> None:
    async def scene(stage: Stage) -> None:
        await begun(stage)
        with open(stage.folder / name, "ab") as file:
            file.write(b'{"type":"started","seq":3,"at":1,"node":"x","attempt":1}\n')
        content = (stage.folder / name).read_bytes()
        async with stage.daemon() as host:
            await host.submit(submission(stage.project, "f" * 16))
            await until(lambda: host.live == ("f" * 16,))
        assert (stage.folder / name).read_bytes() == content

    with pytest.raises(CcorchError, match=r"cannot be read|does not have"):
        play(tmp_path, scene).runs.row(RUN)


def test_an_unfinished_run_from_elsewhere_ends_when_nobody_can_be_driving_it(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        stage.runs.create(stage.asked())
        stage.runs.append(RUN, Submitted(run=RUN, plan=DAG.sha256, by="terminal"))
        stage.clock.time = (stage.folder / "events.ndjson").stat().st_mtime
        async with stage.daemon() as host:
            assert stage.types() == ["submitted"]
            stage.clock.time += 10_000
            host.tidy()
            assert stage.types() == ["submitted", "skipped", "skipped", "finished"]

    play(tmp_path, scene)


def test_an_index_that_cannot_be_written_costs_no_event_and_is_made_up_for(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async def scene(stage: Stage) -> None:
        async with stage.daemon() as host:
            host._shelf.index._database.execute("PRAGMA busy_timeout = 0")
            with sqlite3.connect(stage.state.index, timeout=0) as other:
                other.execute("BEGIN IMMEDIATE")
                await host.submit(stage.asked())
                await until(lambda: stage.workers.at_work)
                other.rollback()
            other.close()
            assert stage.types() == ["submitted", "started"]
            assert IndexReader(stage.state.index).row(RUN) is None
            host.tidy()
            found = IndexReader(stage.state.index).row(RUN)
            assert found
            assert found[0].status == "running"

    play(tmp_path, scene)

    assert "database is locked" in capfd.readouterr().err


def test_a_submission_that_is_refused_leaves_nothing_behind(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        (stage.project / ".agent-workspace").symlink_to(tmp_path)
        async with stage.daemon() as host:
            with pytest.raises(CcorchError):
                await host.submit(stage.asked())

    stage = play(tmp_path, scene)
    assert SECRET not in stage.kept()
    assert list(stage.state.attempts.iterdir()) == []


def test_the_copy_of_the_ledger_grows_and_is_whole_after_a_restart(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        copy = stage.folder / "ledger.ndjson"
        async with stage.daemon() as host:
            await host.submit(stage.asked(plan(node("a"), node("b", "a"), node("c", "b"))))
            for name in "ab":
                await until(lambda name=name: name in stage.workers.at_work)
                stage.books.add(line(name))
                stage.workers.let_go(name)
            await until(lambda: "c" in stage.workers.at_work)
            assert copy.read_bytes() == stage.books.lines_of(RUN)
        with open(copy, "ab") as file:
            file.write(b'{"torn')
        async with stage.daemon() as host:
            await until(lambda: [order.id.node for order in stage.workers.orders].count("c") == 2)
            stage.books.add(line("c"))
            whole = stage.books.lines_of(RUN)
            stage.workers.let_go("c")
            await until(lambda: not host.live)
        assert copy.read_bytes() == whole
        assert whole.count(b"\n") == 3

    play(tmp_path, scene)


def test_a_charge_that_a_killed_daemon_booked_and_did_not_tell_is_told_by_the_next_once(tmp_path: Path) -> None:
    charges = list[list[int | None]]()

    async def scene(stage: Stage) -> None:
        await begun(stage)
        paid = line("a").model_copy(update={"nano_usd": 7, "input_tokens": 5, "output_tokens": 1})
        stage.books.add(paid)
        stage.books.add(paid.model_copy(update={"id": "another of the same figures"}))
        stage.books.add(paid.model_copy(update={"id": "refused", "state": "refused"}))
        for _ in range(2):
            async with stage.daemon():
                told = [event for event in stage.runs.events(RUN) if isinstance(event, Metered)]
                charges.append([event.input_tokens for event in told])

    play(tmp_path, scene)

    assert charges == [[5, 5], [5, 5]]


def line(node: str) -> LedgerLine:
    return LedgerLine(
        id=f"request-{node}",
        state="closed",
        at=1.0,
        run=RUN,
        node=node,
        attempt=1,
        profile="scripted",
        declared_model="m",
        basis="exact",
    )


def test_what_the_host_sees_is_in_the_index(tmp_path: Path) -> None:
    events: list[Event] = []

    async def scene(stage: Stage) -> None:
        await finished(stage)
        events.extend(stage.runs.events(RUN))

    stage = play(tmp_path, scene)

    found = IndexReader(stage.state.index).row(RUN)
    assert found
    assert (found[0].status, found[0].seq) == ("done", len(events))


def test_what_comes_after_the_daemons_end_is_indexed_by_the_next(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ccorch.adapters.daemon.indexing.INDEX_SECONDS", 0.0)

    async def scene(stage: Stage) -> None:
        async with stage.daemon() as host:
            await host.submit(stage.asked())
            await until(lambda: stage.workers.at_work)
        host._seen(RUN, stage.runs.append(RUN, Noted(by="terminal", text="late")))
        for _ in range(3):
            await asyncio.sleep(0)
        async with stage.daemon():
            found = IndexReader(stage.state.index).row(RUN)
            assert found
            assert found[0].seq == len(stage.types())
        assert "noted" in stage.types()

    play(tmp_path, scene)

    said = capfd.readouterr()
    assert "cannot be indexed" not in said.out + said.err


def remembering(stage: Stage) -> tuple[Drive, list[str]]:
    """An engine whose database knows of one accepted run, and what it was told to forget."""
    dropped: list[str] = []

    class Remembering(InlineEngine):
        async def waiting(self) -> tuple[Submission, ...]:
            return (submission(stage.project, of=DAG),)

        async def drop(self, run: str) -> None:
            dropped.append(run)

    return Remembering, dropped


def test_what_an_earlier_daemon_had_only_accepted_is_begun_with_its_callers_side(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        Launches(stage.state).keep(stage.asked())
        drive, dropped = remembering(stage)
        async with stage.daemon(drive) as host:
            await until(lambda: stage.workers.at_work)
            assert stage.workers.orders[0].launch.secrets == {"KEY": SECRET}
            assert (host.live, dropped) == ((RUN,), [])

    assert play(tmp_path, scene).types() == ["submitted", "started"]


def test_what_was_accepted_without_a_callers_side_is_told_and_forgotten(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async def scene(stage: Stage) -> None:
        drive, dropped = remembering(stage)
        async with stage.daemon(drive) as host:
            assert (host.live, dropped) == ((), [RUN])

    play(tmp_path, scene)

    assert "was accepted and cannot be begun" in capfd.readouterr().out
