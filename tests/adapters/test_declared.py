"""Promises of declared commands: real processes under real shims, run once, whoever watches."""

import asyncio
import os
import secrets
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ccorch.adapters.claude_code.places import Places
from ccorch.adapters.declared import DeclaredCommands
from ccorch.adapters.process import attempt as shim
from ccorch.plan import commands as planned
from ccorch.ports import AttemptId, Ending, WorkOrder
from ccorch.schema.event import Event
from ccorch.schema.run import Launch
from tests.plan_kit import node

RUN = secrets.token_hex(8)
"""Another in every process: what an attempt leaves behind is found by its id and killed, over the whole machine."""
AT = AttemptId(RUN, "testing", 1)
PATIENCE = 120.0
Words = tuple[str, ...]


def python(code: str) -> Words:
    return ("python3", "-c", code)


class Bench:
    """A place where commands are run."""

    def __init__(self, root: Path) -> None:
        self.state, self.cwd, self.evidence = root / "state", root / "work", root / "evidence"
        self.cwd.mkdir()
        self.events: list[Event] = []

    def workers(self, **more: Any) -> DeclaredCommands:
        places = Places(lambda at: self.state / "attempts" / at.run / at.node / str(at.attempt), self._evidence)
        return DeclaredCommands(places, None, **more)

    def order(self, *commands: Words, seconds: int = 300) -> WorkOrder:
        path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
        told = {"PATH": path, "LANG": "C.UTF-8", "AWS_SECRET_ACCESS_KEY": "x"}
        does = node("testing", role=planned.ROLE, route=planned.ROUTE, commands=commands, timeout_seconds=seconds)
        return WorkOrder(
            id=AT,
            node=does,
            profile=planned.PROFILE,
            launch=Launch(project=str(self.cwd), claude=None, environment=told, secrets={"k": "hush-hush-hush"}),
            cwd=self.cwd,
            blocks=(),
            seat=None,
        )

    def run(self, *commands: Words, seconds: int = 300, **more: Any) -> Ending:
        return asyncio.run(self.workers(**more).perform(self.order(*commands, seconds=seconds), self.events.append))

    def log(self, number: int) -> str:
        return (self.evidence / "commands" / f"{number}.log").read_text()

    @property
    def folder(self) -> Path:
        return self.state / "attempts" / RUN / "testing" / "1" / "commands" / "1"

    def _evidence(self, order: WorkOrder) -> Path:
        return self.evidence


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_every_command_is_run_and_its_status_is_what_counts(bench: Bench) -> None:
    ending = bench.run(python("print('2 failed'); exit(0)"), python("import sys; print('ok'); sys.exit(3)"))

    assert ending.outcome == "done"
    assert ending.handoff is not None
    assert ending.handoff["status"] == "fail"
    assert [one["outcome"] for one in ending.handoff["tests_run"]] == ["passed", "failed"]
    assert [getattr(event, "status", None) for event in bench.events] == [0, 3]
    assert bench.log(1) == "2 failed\n"


def test_a_command_sees_an_exact_environment_and_its_worktree_and_no_secret_is_kept(bench: Bench) -> None:
    code = "import os; print(os.getcwd()); print(sorted(os.environ)); print('hush-hush-hush')"
    assert bench.run(python(code)).outcome == "done"

    where, names, said = bench.log(1).splitlines()
    assert where == str(bench.cwd)
    assert names == "['CCORCH_ATTEMPT', 'HOME', 'LANG', 'PATH', 'TMPDIR']"
    assert said == "[redacted:secret]"


def test_what_cannot_be_found_did_not_start(bench: Bench) -> None:
    ending = bench.run(("no-such-program", "-q"))

    assert ending.outcome == "start_failed"
    assert "'no-such-program' is not found in the PATH" in ending.reason


def test_the_time_is_for_all_commands_together_and_nothing_is_left_behind(bench: Bench) -> None:
    code = "import subprocess, time; subprocess.Popen(['sleep', '600']); print('up', flush=True); time.sleep(600)"
    ending = bench.run(python(code), seconds=1)

    assert (ending.outcome, ending.reason) == ("timed_out", "the commands were not done after 1s")
    assert shim.group.marked(f"CCORCH_ATTEMPT={AT}") == []


def test_a_command_that_prints_without_end_is_stopped(bench: Bench) -> None:
    ending = bench.run(python("while True: print('x' * 9999)"), most_printed=1 << 20)

    assert (ending.outcome, ending.passed) == ("failed", False)
    assert "printed more than 1 MB" in ending.reason
    assert len(bench.log(1)) < 1 << 20


def test_who_watches_next_goes_on_and_runs_nothing_twice(bench: Bench) -> None:
    wait = python("open('n', 'a').write('1'); import os, time\nwhile not os.path.exists('go'): time.sleep(0.01)")
    order = bench.order(wait, python("open('n', 'a').write('2')"))

    async def watched() -> Ending:
        begun = bench.workers()
        first = asyncio.create_task(begun.perform(order, bench.events.append))
        await until(lambda: (bench.cwd / "n").exists())
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        assert bench.workers().is_live(AT)
        (bench.cwd / "go").touch()
        await bench.workers().perform(order, bench.events.append)
        return await begun.perform(order, bench.events.append)

    ending = asyncio.run(watched())
    assert ending.outcome == "done"
    assert (bench.cwd / "n").read_text() == "12"


def test_a_stop_ends_what_runs_and_begins_nothing_more(bench: Bench) -> None:
    order = bench.order(python("open('n', 'w'); import time; time.sleep(600)"), python("open('m', 'w')"))

    async def stopped() -> Ending:
        workers = bench.workers()
        work = asyncio.create_task(workers.perform(order, bench.events.append))
        await until(lambda: (bench.cwd / "n").exists())
        await workers.stop(AT, "enough")
        return await work

    assert asyncio.run(stopped()) == Ending("stopped", "enough")
    assert not (bench.cwd / "m").exists()


def test_a_command_whose_shim_was_killed_is_lost(bench: Bench) -> None:
    order = bench.order(python("open('n', 'w'); import time; time.sleep(600)"))

    async def lost() -> Ending:
        work = asyncio.create_task(bench.workers().perform(order, bench.events.append))
        await until(lambda: (bench.cwd / "n").exists())
        watcher = shim.shim_of(bench.folder)
        assert watcher is not None
        os.kill(watcher.pid, signal.SIGKILL)
        return await work

    assert asyncio.run(lost()).outcome == "killed"
    assert shim.group.marked(f"CCORCH_ATTEMPT={AT}") == []


async def until(done: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not done():
            await asyncio.sleep(0.01)
