"""The daemon's life: lock, house, adoption, socket, and an end when it is idle or asked to drain."""

import asyncio
import json
import os
import signal
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, TypeVar

from pydantic import ValidationError

from ccorch import __version__
from ccorch.adapters.daemon import build, lock, socket
from ccorch.adapters.daemon.place import Place
from ccorch.adapters.daemon.thrift import give_back
from ccorch.errors import ArgumentInvalid, Busy
from ccorch.schema.base import Value
from ccorch.schema.event import Answered
from ccorch.schema.fact import Asker
from ccorch.schema.noted import Noted
from ccorch.schema.run import Launch, Submission, Told

V = TypeVar("V", bound=Value)

PATIENCE = 5.0
"""Seconds to wait for the lock: an older daemon may be draining."""

LOOK = 0.5
"""Seconds between looks whether the daemon is idle."""

BREATH = 2.0
"""Seconds without runs after which what they have left in memory is given back."""


class House(Protocol):
    """What the daemon hosts."""

    @property
    def live(self) -> tuple[str, ...]:
        """Runs that are not over."""
        ...

    @property
    def idle_seconds(self) -> float:
        """Seconds without runs after which it may end."""
        ...

    async def submit(self, submission: Submission) -> None:
        """Accept a run."""
        ...

    def stop(self, run: str, by: Asker, reason: str) -> bool:
        """Ask a run to stop."""
        ...

    def pause(self, run: str, by: Asker, reason: str) -> bool:
        """Start nothing more of a run."""
        ...

    def resume(self, run: str, by: Asker, launch: Launch | None, drift: tuple[str, ...]) -> bool:
        """Go on with a run."""
        ...

    def move(self, run: str, by: Asker, priority: int) -> bool:
        """Give a run another place in the queue."""
        ...

    async def retry(self, run: str, node: str, by: Asker, reason: str) -> tuple[str, ...]:
        """Have a node and everything after it done again."""
        ...

    async def send(self, run: str, told: Told, launch: Launch | None) -> str:
        """Tell a worker something."""
        ...

    def note(self, run: str, noted: Noted) -> None:
        """Write something down about a run."""
        ...

    def answer(self, run: str, answered: Answered) -> None:
        """Answer a gate."""
        ...

    def tidy(self) -> None:
        """Do the housekeeping that is due."""
        ...


async def serve(
    place: Place,
    open_house: Callable[[], AbstractAsyncContextManager[House]],
    ready: Callable[[], None] = lambda: None,
    *,
    signals: bool = True,
    enough: asyncio.Event | None = None,
) -> bool:
    """Be the daemon until idle, drained or signalled; False when another one lives."""
    held = lock.take(place.lock, PATIENCE)
    if held is None:
        return False
    over = enough or asyncio.Event()
    if signals:
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, over.set)
    try:
        async with open_house() as house:
            desk = _Desk(house, over)
            door = socket.listen(place.socket, desk.answer)
            try:
                ready()
                await _until_over(house, over)
            finally:
                # nothing is awaited between the last look and this, so no run can slip in
                desk.close()
                place.socket.unlink(missing_ok=True)
                await door.close()
    finally:
        os.close(held)
    return True


async def _until_over(house: House, over: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    busy_at = loop.time()
    has_worked = False
    while not over.is_set():
        house.tidy()
        if house.live:
            busy_at, has_worked = loop.time(), True
        elif has_worked and loop.time() - busy_at >= BREATH:
            has_worked = False
            give_back()
        if loop.time() - busy_at >= house.idle_seconds:
            return
        try:
            await asyncio.wait_for(over.wait(), LOOK)
        except TimeoutError:
            continue


class _Desk:
    """Answers clients until it is closed; whoever asks later is told to ask the next daemon."""

    def __init__(self, house: House, over: asyncio.Event) -> None:
        self._house = house
        self._over = over
        self._is_closed = False
        # now and not when somebody asks: the code that runs is the one that lay there at the start
        self._build = build.this().told()

    def close(self) -> None:
        """Take nothing on any more."""
        self._is_closed = True

    async def answer(self, verb: str, words: dict[str, Any]) -> dict[str, Any]:
        if verb != "drain" and (self._is_closed or self._over.is_set()):
            raise Busy("the daemon is ending", hint="ask again: the next one is started by any command")
        match verb, words:
            case "hello", _:
                return {**self._build, "pid": os.getpid(), "live": list(self._house.live)}
            case "submit", {"submission": str(submission)}:
                await self._house.submit(_submission(submission))
                return {"accepted": True}
            case "stop", {"run": str(run), "by": str(), "reason": str(reason)}:
                return {"asked": self._house.stop(run, _asker(words), reason)}
            case "pause", {"run": str(run), "by": str(), "reason": str(reason)}:
                return {"asked": self._house.pause(run, _asker(words), reason)}
            case "resume", {"run": str(run), "by": str(), "launch": launch}:
                drift = _sentences(words.get("drift"))
                return {"asked": self._house.resume(run, _asker(words), _launch(launch), drift)}
            case "move", {"run": str(run), "by": str(), "priority": int(priority)}:
                return {"moved": self._house.move(run, _asker(words), priority)}
            case "retry", {"run": str(run), "node": str(node), "by": str(), "reason": str(reason)}:
                return {"nodes": list(await self._house.retry(run, node, _asker(words), reason))}
            case "send", {"run": str(run), "told": str(told), "launch": launch}:
                return {"how": await self._house.send(run, _read(Told, told), _launch(launch))}
            case "answer", {"run": str(run), "answered": str(answered)}:
                self._house.answer(run, _answered(answered))
                return {"answered": True}
            case "note", {"run": str(run), "noted": str(noted)}:
                self._house.note(run, _read(Noted, noted))
                return {"noted": True}
            case "drain", _:
                self._over.set()
                return {"draining": True}
        raise ArgumentInvalid(f"the daemon does not know {verb!r} with {', '.join(sorted(words)) or 'no words'}")


def _submission(content: str) -> Submission:
    return _read(Submission, content, Submission.read)


def _launch(content: Any) -> Launch | None:
    return _read(Launch, content) if isinstance(content, str) else None


def _sentences(content: Any) -> tuple[str, ...]:
    return tuple(map(str, content)) if isinstance(content, list) else ()


def _asker(words: dict[str, Any]) -> Asker:
    return _read(Asker, json.dumps({name: words[name] for name in ("by", "who") if name in words}))


def _answered(content: str) -> Answered:
    return _read(Answered, content)


def _read(kind: type[V], content: str, read: Callable[[str], V] | None = None) -> V:
    try:
        return (read or kind.model_validate_json)(content)
    except ValidationError as problem:
        first = problem.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        what = f"the {kind.__name__.lower()} cannot be read by the daemon, ccorch {__version__}"
        raise ArgumentInvalid(
            f"{what}: {where}: {first['msg']}", hint="`ccorch serve --stop` ends a daemon of another build"
        ) from problem
