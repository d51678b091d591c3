"""Promises of the daemon's life: one at a time, answers its owner, ends when idle or asked."""

import asyncio
import gc
import json
import os
import socket as raw_socket
import threading
import weakref
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from ccorch.adapters.daemon import lock, socket
from ccorch.adapters.daemon.ask import DaemonBug, ask
from ccorch.adapters.daemon.build import this
from ccorch.adapters.daemon.client import DaemonEngine
from ccorch.adapters.daemon.lifecycle import _Desk, serve
from ccorch.adapters.daemon.place import Place
from ccorch.errors import ArgumentInvalid, Busy, DaemonUnreachable, RunStateConflict
from ccorch.schema.run import Launch, Submission
from tests.plan_kit import ADA, node, plan

RUN = "0123456789abcdef"
GRACE = 120.0


class Hosted:
    """A house that only remembers."""

    def __init__(self, idle: float = 60.0) -> None:
        self.live: tuple[str, ...] = ()
        self.idle_seconds = idle
        self.submitted: list[Submission] = []
        self.over = asyncio.Event()

    async def submit(self, submission: Submission) -> None:
        self.submitted.append(submission)

    def stop(self, run: str, by: str, reason: str) -> bool:
        raise RunStateConflict(f"run {run} is over", hint="look at it", run_id=run)

    def tidy(self) -> None:
        pass


async def served(place: Place, hosted: Hosted, ready: Callable[[], None] = lambda: None) -> None:
    @asynccontextmanager
    async def house() -> AsyncIterator[Hosted]:
        yield hosted

    await serve(place, house, ready, signals=False, enough=hosted.over)


@contextmanager
def daemon(root: Path, hosted: Hosted) -> Iterator[Place]:
    place, ready = Place(root / "s", root / "l"), threading.Event()

    thread = threading.Thread(target=lambda: asyncio.run(served(place, hosted, ready.set)))
    thread.start()
    assert ready.wait(GRACE)
    try:
        yield place
    finally:
        with suppress(DaemonUnreachable):  # it may be ending by itself
            ask(place.socket, "drain", 60)
        thread.join(GRACE)
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
            DaemonEngine(place, never, tmp_path / "log").stop(RUN, ADA, "")
        with pytest.raises(ArgumentInvalid):
            ask(place.socket, "dance", 60)

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


class Circle:
    """Something that only the collector can take away."""

    def __init__(self) -> None:
        self.itself = self


class Worked(Hosted):
    """Works between two looks, leaves something behind, and ends at the fourth."""

    def __init__(self) -> None:
        super().__init__()
        self.looks = 0

    def tidy(self) -> None:
        self.looks += 1
        self.live = ("a run",) if self.looks == 1 else ()
        if self.looks == 2:
            self.left = weakref.ref(Circle())
        if self.looks == 4:
            self.over.set()


def test_what_runs_have_left_in_memory_is_given_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ccorch.adapters.daemon.lifecycle.LOOK", 0.01)
    monkeypatch.setattr("ccorch.adapters.daemon.lifecycle.BREATH", 0.0)
    gc.disable()
    try:
        asyncio.run(served(Place(tmp_path / "s", tmp_path / "l"), worked := Worked()))
        assert worked.left() is None
    finally:
        gc.enable()


def test_looking_for_a_daemon_creates_nothing(tmp_path: Path) -> None:
    assert not lock.is_held(tmp_path / "l")
    assert list(tmp_path.iterdir()) == []


def test_the_socket_is_for_its_owner_only(tmp_path: Path) -> None:
    with daemon(tmp_path, Hosted()) as place:
        assert os.stat(place.socket).st_mode & 0o077 == 0


def test_nobody_at_home_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(DaemonUnreachable, match="no daemon answers"):
        ask(tmp_path / "s", "hello", 1)


def test_a_look_at_the_lock_does_not_keep_a_daemon_from_starting(tmp_path: Path) -> None:
    held = lock.take(tmp_path / "l", 0)
    assert held is not None
    threading.Timer(0.2, lambda: os.close(held)).start()

    taken = lock.take(tmp_path / "l", 60)

    assert taken is not None
    os.close(taken)


class Breaking(Hosted):
    """A house with a bug."""

    async def submit(self, submission: Submission) -> None:
        raise KeyError("oops")


def sent(**more: object) -> Submission:
    launch = Launch(project="/", claude=None, environment={})
    return Submission(run=RUN, plan=plan(node("a"), **more), config={}, launch=launch, by="terminal")


def test_a_bug_is_answered_and_told_in_the_log(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with daemon(tmp_path, Breaking()) as place:
        with pytest.raises(DaemonBug, match="KeyError: 'oops'") as caught:
            DaemonEngine(place, never, tmp_path / "log").submit(sent())
        assert ask(place.socket, "hello", 60)["live"] == []

    assert (caught.value.code, caught.value.exit_status) == ("INTERNAL", 70)
    assert "Traceback" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("request_line", "code"),
    [
        (b"no json\n", "ARG_INVALID"),
        (b"[]\n", "ARG_INVALID"),
        (b'{"v": 1}\n', "ARG_INVALID"),
        (b'{"v": 1, "verb": "submit"}\n', "ARG_INVALID"),
        (b'{"v": 1, "verb": "submit", "submission": "{}"}\n', "ARG_INVALID"),
        (b'{"v": 99, "verb": "stop"}\n', "DAEMON_UNREACHABLE"),
        (b"x" * (socket.LIMIT + 10) + b"\n", "ARG_INVALID"),
    ],
    ids=["text", "list", "no verb", "no words", "no submission", "protocol", "too long"],
)
def test_every_request_is_answered(tmp_path: Path, request_line: bytes, code: str) -> None:
    with daemon(tmp_path, Hosted()) as place, raw_socket.socket(raw_socket.AF_UNIX) as link:
        link.connect(str(place.socket))
        link.sendall(request_line)
        answer = json.loads(b"".join(iter(lambda: link.recv(1 << 16), b"")))

    assert answer["error"]["code"] == code


def test_a_request_that_is_too_long_is_refused_before_it_is_sent(tmp_path: Path) -> None:
    with pytest.raises(ArgumentInvalid, match="67108864"):
        ask(tmp_path / "s", "submit", 5, submission="x" * socket.LIMIT)


def test_another_protocol_is_said_and_starts_no_daemon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with daemon(tmp_path, Hosted()) as place:
        monkeypatch.setattr("ccorch.adapters.daemon.ask.PROTOCOL", 99)
        with pytest.raises(DaemonUnreachable, match=r"speaks protocol 99 and the daemon .* protocol 1"):
            DaemonEngine(place, never, tmp_path / "log").submit(sent())


def test_a_slow_daemon_is_said_and_starts_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ccorch.adapters.daemon.client.ANSWER_SECONDS", 0.1)
    with raw_socket.socket(raw_socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "s"))
        silent.listen()
        with pytest.raises(DaemonUnreachable, match=r"lives, but gave no answer within 0\.1s"):
            DaemonEngine(Place(tmp_path / "s", tmp_path / "l"), never, tmp_path / "log").ensure()


def test_a_daemon_that_does_not_start_is_told_with_its_last_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ccorch.adapters.daemon.client.START_SECONDS", 0.0)
    place, log = Place(tmp_path / "s", tmp_path / "l"), tmp_path / "log"
    with pytest.raises(DaemonUnreachable, match=r"did not start; its log is \S+log\Z"):
        DaemonEngine(place, lambda: None, log).ensure()
    log.write_text(f"error: earlier\n{'x' * 9000}\nerror: another one's\n")
    with pytest.raises(DaemonUnreachable, match=r"did not start; its log is \S+log\Z"):
        DaemonEngine(place, lambda: None, log).ensure()

    def start() -> None:
        with log.open("a") as told:
            told.write("error: no room\nhint: make some\n")

    with pytest.raises(DaemonUnreachable, match=r"did not start; its log is \S+log: no room\Z"):
        DaemonEngine(place, start, log).ensure()


def test_a_daemon_that_has_told_why_it_does_not_start_is_given_up_at_once(tmp_path: Path) -> None:
    place, log, starts = Place(tmp_path / "s", tmp_path / "l"), tmp_path / "log", list[str]()

    def start() -> None:
        starts.append("once")
        with log.open("a") as told:
            told.write("error: no room\nhint: make some\n")

    with pytest.raises(DaemonUnreachable, match=r"log: no room\Z"):
        DaemonEngine(place, start, log).ensure()
    assert starts == ["once"]


def test_what_another_daemon_tells_is_no_reason_to_give_up_one_that_starts(tmp_path: Path) -> None:
    place, log = Place(tmp_path / "s", tmp_path / "l"), tmp_path / "log"
    slow, hosted = list[int](), Hosted()

    class Patient(DaemonEngine):
        """Sees a daemon that holds the lock for three looks before it answers."""

        def is_alive(self) -> bool:
            is_alive = super().is_alive()
            if slow and is_alive and len(slow) < 4:
                slow.append(slow[0])
                if len(slow) == 4:
                    os.close(slow[0])
                    lives.enter_context(daemon(tmp_path, hosted))
            return is_alive

    def start() -> None:
        held = lock.take(place.lock, 60)
        assert held is not None
        slow.append(held)
        log.write_text("another daemon is alive; `ccorch serve --stop` ends it\nerror: too late\n")

    with ExitStack() as lives:
        Patient(place, start, log).submit(sent())

    assert (hosted.submitted, len(slow)) == ([sent()], 4)


def test_a_daemon_that_is_ending_takes_nothing_on(tmp_path: Path) -> None:
    async def ends_while_asked() -> None:
        over, hosted = asyncio.Event(), Hosted()
        desk = _Desk(hosted, over)
        over.set()
        for verb in ("hello", "submit", "stop"):
            with pytest.raises(Busy):
                await desk.answer(verb, {"submission": sent().model_dump_json()})
        assert hosted.submitted == []
        assert await desk.answer("drain", {}) == {"draining": True}

    asyncio.run(ends_while_asked())


def test_a_daemon_has_ended_when_the_next_one_answers_though_the_lock_was_never_free(tmp_path: Path) -> None:
    place, asked, settled, over = Place(tmp_path / "s", tmp_path / "l"), [], threading.Event(), threading.Event()

    async def answer(verb: str, words: dict[str, Any]) -> dict[str, Any]:
        asked.append(verb)
        if verb == "hello" and asked.count("hello") < 3:
            raise Busy("the daemon is ending")
        return {"draining": True} if verb == "drain" else this().told()

    async def both() -> None:
        door = socket.listen(place.socket, answer)
        settled.set()
        await asyncio.to_thread(over.wait)
        await door.close()

    held = lock.take(place.lock, 0.0)
    assert held is not None
    thread = threading.Thread(target=lambda: asyncio.run(both()))
    thread.start()
    try:
        assert settled.wait(60)
        assert DaemonEngine(place, never, tmp_path / "log").drain()
    finally:
        over.set()
        thread.join()
        os.close(held)
    assert asked == ["drain", "hello", "hello", "hello"]


@contextmanager
def older(place: Place) -> Iterator[None]:
    """A daemon of an earlier version, which ends when it is asked to."""
    ended, settled = threading.Event(), threading.Event()

    async def answer(verb: str, words: dict[str, Any]) -> dict[str, Any]:
        if verb == "drain":
            ended.set()
        return {"version": "0.0.1"}

    async def life() -> None:
        held = lock.take(place.lock, 60)
        assert held is not None
        door = socket.listen(place.socket, answer)
        settled.set()
        await asyncio.to_thread(ended.wait)
        place.socket.unlink()
        await door.close()
        os.close(held)

    thread = threading.Thread(target=lambda: asyncio.run(life()))
    thread.start()
    assert settled.wait(60)
    try:
        yield
    finally:
        ended.set()
        thread.join()


def test_a_daemon_that_came_too_late_is_started_again_once_the_older_one_has_ended(tmp_path: Path) -> None:
    place, log, starts = Place(tmp_path / "s", tmp_path / "l"), tmp_path / "log", []
    with ExitStack() as lives:

        def start() -> None:
            starts.append(1)
            if len(starts) == 1:
                # somebody else started the older one meanwhile
                lives.enter_context(older(place))
                log.write_text("error: another daemon is alive\n")
            else:
                lives.enter_context(daemon(tmp_path, Hosted()))

        DaemonEngine(place, start, log).ensure()

    assert len(starts) == 2


def test_what_an_ending_daemon_refused_its_successor_is_given(tmp_path: Path) -> None:
    class Leaving(Hosted):
        async def submit(self, submission: Submission) -> None:
            self.over.set()
            raise Busy("the daemon is ending")

    successor = Hosted()
    with ExitStack() as lives:
        place = lives.enter_context(daemon(tmp_path, Leaving()))

        def start() -> None:
            lives.enter_context(daemon(tmp_path, successor))

        DaemonEngine(place, start, tmp_path / "log").submit(sent())

    assert successor.submitted == [sent()]


def test_nothing_is_said_to_a_daemon_of_another_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hosted = Hosted()
    with daemon(tmp_path, hosted) as place:
        me = os.getuid()
        with monkeypatch.context() as other:
            other.setattr("ccorch.adapters.daemon.ask.os.getuid", lambda: me + 1)
            with pytest.raises(DaemonUnreachable, match="another user"):
                ask(place.socket, "submit", 5, submission="secret")

    assert hosted.submitted == []
