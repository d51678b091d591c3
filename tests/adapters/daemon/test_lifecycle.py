"""Promises of the daemon's life: one at a time, answers its owner, ends when idle or asked."""

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import pytest

from ccorch.adapters.daemon import lock
from ccorch.adapters.daemon.ask import ask
from ccorch.adapters.daemon.client import DaemonEngine
from ccorch.adapters.daemon.lifecycle import serve
from ccorch.adapters.daemon.place import Place
from ccorch.errors import ArgumentInvalid, DaemonUnreachable, RunStateConflict
from ccorch.schema.run import Launch, Submission
from tests.plan_kit import node, plan

RUN = "0123456789abcdef"


class Hosted:
    """A house that only remembers."""

    def __init__(self, idle: float = 60.0) -> None:
        self.live: tuple[str, ...] = ()
        self.idle_seconds = idle
        self.submitted: list[Submission] = []

    def submit(self, submission: Submission) -> None:
        self.submitted.append(submission)

    def stop(self, run: str, by: str, reason: str) -> bool:
        raise RunStateConflict(f"run {run} is over", hint="look at it", run_id=run)

    def tidy(self) -> None:
        pass


@contextmanager
def daemon(root: Path, hosted: Hosted) -> Iterator[Place]:
    place, ready = Place(root / "s", root / "l"), threading.Event()

    @asynccontextmanager
    async def house() -> AsyncIterator[Hosted]:
        yield hosted

    thread = threading.Thread(target=lambda: asyncio.run(serve(place, house, ready.set, signals=False)))
    thread.start()
    assert ready.wait(10)
    try:
        yield place
    finally:
        with suppress(DaemonUnreachable):  # it may be ending by itself
            ask(place.socket, "drain", 5)
        thread.join(10)
        assert not thread.is_alive()


def never() -> None:
    raise AssertionError("a living daemon needs no other")


def test_a_submission_arrives_as_it_was_sent(tmp_path: Path) -> None:
    task = "fix #12 = ${x} '\"\n日本 🎉 \ud800"[:-1]
    sent = Submission(
        run=RUN,
        plan=plan(node("a"), task=task * 1000),
        config={},
        launch=Launch(project="/", claude=None, environment={}),
        by="terminal",
    )
    hosted = Hosted()
    with daemon(tmp_path, hosted) as place:
        DaemonEngine(place, never, tmp_path / "log").submit(sent)

    assert hosted.submitted == [sent]


def test_errors_come_back_as_what_they_are(tmp_path: Path) -> None:
    with daemon(tmp_path, Hosted()) as place:
        with pytest.raises(RunStateConflict) as caught:
            DaemonEngine(place, never, tmp_path / "log").stop(RUN, "terminal", "")
        with pytest.raises(ArgumentInvalid):
            ask(place.socket, "dance", 5)

    assert (caught.value.hint, caught.value.facts) == ("look at it", {"run_id": RUN})


def test_a_second_daemon_does_not_serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ccorch.adapters.daemon.lifecycle.PATIENCE", 0.1)
    with daemon(tmp_path, Hosted()) as place:
        assert asyncio.run(serve(place, never, signals=False)) is False  # type: ignore[arg-type]


def test_an_idle_daemon_ends_and_leaves_no_socket(tmp_path: Path) -> None:
    with daemon(tmp_path, Hosted(idle=0.0)):
        pass

    assert not (tmp_path / "s").exists()
    assert not lock.is_held(tmp_path / "l")


def test_looking_for_a_daemon_creates_nothing(tmp_path: Path) -> None:
    assert not lock.is_held(tmp_path / "l")
    assert list(tmp_path.iterdir()) == []


def test_the_socket_is_for_its_owner_only(tmp_path: Path) -> None:
    with daemon(tmp_path, Hosted()) as place:
        assert os.stat(place.socket).st_mode & 0o077 == 0


def test_nobody_at_home_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(DaemonUnreachable, match="does not answer"):
        ask(tmp_path / "s", "hello", 1)


def test_a_look_at_the_lock_does_not_keep_a_daemon_from_starting(tmp_path: Path) -> None:
    held = lock.take(tmp_path / "l", 0)
    assert held is not None
    threading.Timer(0.2, lambda: os.close(held)).start()

    taken = lock.take(tmp_path / "l", 5)

    assert taken is not None
    os.close(taken)
