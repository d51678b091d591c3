"""Workers that are declared commands: run one after the other, each under a shim that outlives the daemon."""

import asyncio
import shutil
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ccorch.adapters.claude_code.places import Places
from ccorch.adapters.files import make_private_dir, write_private
from ccorch.adapters.process import attempt as shim
from ccorch.adapters.process.box import Box, boxed
from ccorch.adapters.process.gone import Gone
from ccorch.errors import SandboxUnavailable
from ccorch.ports import AttemptId, Ending, Report, WorkOrder
from ccorch.rules.amounts import limit
from ccorch.rules.passing import PASSED, PROXIES
from ccorch.rules.redaction import Redactor, passwords_in
from ccorch.rules.trial import Trial, handoff_of, shown
from ccorch.schema.event import CommandRan

POLL_SECONDS = 0.05
"""How long an end may go unnoticed."""

GRACE_SECONDS = 4
"""Patience between asking a command to end and killing it."""

MOST_PRINTED = 64 << 20
"""Bytes that a command may print before it is stopped, where nothing else is said."""

KEPT = 256 << 10
"""Bytes of the beginning and of the end of what it printed that are kept as evidence."""

FOLDERS = ("home", "tmp")
"""Folders of an attempt that stand in for the caller's own."""


@dataclass(frozen=True)
class _Place:
    """Where one command of an attempt lives, and where its evidence goes."""

    folder: Path
    evidence: Path


class DeclaredCommands:
    """Answers the Workers port for nodes with commands; nothing is run twice, whoever started it."""

    def __init__(self, places: Places, reviver: Mapping[str, Any] | None, most_printed: int = MOST_PRINTED) -> None:
        self._most_printed = most_printed
        self._places = places
        self._reviver = reviver
        self._stops: dict[AttemptId, str] = {}
        self._shims: dict[Path, shim.Running] = {}

    async def perform(self, order: WorkOrder, report: Report) -> Ending:
        """Run what was not run yet, attach to what still runs, and hand over how all of it ended."""
        trials: list[Trial] = []
        redactor = Redactor(_secrets(order))
        try:
            for number, words in enumerate(order.node.commands, 1):
                done = await self._run(order, number, words, trials, redactor)
                trial = None if isinstance(done, Ending) else done
                report(_told(order, number, redactor.text(shown(words)), trial))
                if isinstance(done, Ending):
                    return done
                trials.append(done)
        finally:
            self._stops.pop(order.id, None)
        return Ending("done", handoff=handoff_of(trials))

    async def stop(self, attempt: AttemptId, reason: str) -> None:
        """Stop the command that runs and begin no further one."""
        self._stops[attempt] = reason
        for folder in self._folders(attempt):
            if shim.adopt(folder) == "running":
                await asyncio.to_thread(shim.send, folder, {"do": "stop", "reason": reason[:500]})

    async def say(self, attempt: AttemptId, text: str, interrupts: bool) -> bool:
        """Commands do not listen."""
        return False

    def is_live(self, attempt: AttemptId) -> bool:
        """Whether a command of this attempt may still be alive."""
        return any(shim.adopt(folder) == "running" for folder in self._folders(attempt))

    async def _run(
        self, order: WorkOrder, number: int, words: tuple[str, ...], before: list[Trial], redactor: Redactor
    ) -> Trial | Ending:
        place = _Place(
            self._places.attempt(order.id) / "commands" / str(number), self._places.evidence(order) / "commands"
        )
        if shim.adopt(place.folder) == "absent":
            if order.id in self._stops:
                return Ending("stopped", self._stops[order.id])
            left = order.node.timeout_seconds - sum(trial.seconds for trial in before)
            if left <= 0:
                return _late(order)
            if (refused := await asyncio.to_thread(self._start, order, place, words, left)) is not None:
                return Ending("start_failed", refused)
        too_much = await self._until_over(order, place.folder)
        exited = await asyncio.to_thread(self._exit, place.folder)
        said = await asyncio.to_thread(_kept, place, number, redactor)
        shim.forget_environment(place.folder)
        if too_much and exited is not None:
            most = f"{self._most_printed >> 20} MB" if self._most_printed >> 20 else f"{self._most_printed} bytes"
            return Ending("failed", f"`{shown(words)}` was stopped: it printed more than {most}")
        return _judged(order, words, exited, said)

    def _start(self, order: WorkOrder, place: _Place, words: tuple[str, ...], left: float) -> str | None:
        """Start a command; why it cannot be started, where it cannot."""
        root = place.folder.parents[3]
        for name in FOLDERS:
            make_private_dir(place.folder.parents[1] / name, root)
        make_private_dir(place.folder, root)
        environment = _environment(order, place.folder.parents[1])
        program = _found(words[0], environment.get("PATH", ""), order.cwd)
        if program is None:
            return f"{words[0]!r} is not found in the PATH of whoever started the run, or cannot be executed"
        room = tuple(place.folder.parents[1] / name for name in FOLDERS)
        project = Path(order.launch.project)
        box = Box(order.node.sandbox, (self._places.writable(order), *room), self._places.hidden, shown=(project,))
        try:
            argv = boxed([program, *words[1:]], box, order.cwd, environment.get("PATH", ""))
        except SandboxUnavailable as problem:
            return problem.message
        spec = {
            "argv": argv,
            "env": environment,
            "cwd": str(order.cwd),
            "control": False,
            "hooks": False,
            "message_file": "",
            "timeout_seconds": left,
            "grace_seconds": GRACE_SECONDS,
            "marker": f"CCORCH_ATTEMPT={order.id}",
            "daemon": self._reviver,
        }
        self._shims[place.folder] = shim.start(place.folder, spec, None, b"")
        return None

    async def _until_over(self, order: WorkOrder, folder: Path) -> bool:
        """Wait for the command's end; whether it was stopped because it printed too much."""
        too_much = False
        with closing(Gone(folder)) as gone:
            while shim.adopt(folder) == "running":
                if order.id in self._stops:
                    await asyncio.to_thread(
                        shim.send, folder, {"do": "stop", "reason": self._stops[order.id][:500]}
                    )
                elif _size(folder / "raw.ndjson") > self._most_printed:
                    too_much = True
                    await asyncio.to_thread(shim.send, folder, {"do": "stop", "reason": "it printed too much"})
                await gone.rest(POLL_SECONDS)
        return too_much or _size(folder / "raw.ndjson") > self._most_printed

    def _exit(self, folder: Path) -> Mapping[str, Any] | None:
        if (running := self._shims.pop(folder, None)) is not None:
            running.wait(GRACE_SECONDS)
        record = shim.exit_record(folder)
        if record is None:
            shim.sweep_lost(folder)
        return record

    def _folders(self, attempt: AttemptId) -> list[Path]:
        return sorted((self._places.attempt(attempt) / "commands").glob("*"))


def _judged(
    order: WorkOrder, words: tuple[str, ...], exited: Mapping[str, Any] | None, said: str
) -> Trial | Ending:
    """What the exit record means; only a command that came to its own end is a trial."""
    name = shown(words)
    if exited is None:
        return Ending("killed", f"`{name}` was lost with the process that watched it")
    match exited["reason"]:
        case "exited":
            seconds = max(float(exited["ended_at"]) - float(exited["started_at"]), 0.0)
            return Trial(name, int(exited["rc"]), seconds, said)
        case "timeout":
            return _late(order)
        case "stopped":
            return Ending("stopped", str(exited["detail"]))
        case "start_failed":
            return Ending("start_failed", f"`{name}`: {exited['detail']}")
    return Ending("failed", f"`{name}`: {exited['reason']}: {exited['detail']}")


def _late(order: WorkOrder) -> Ending:
    return Ending("timed_out", f"the commands were not done after {limit(order.node.timeout_seconds)}")


def _told(order: WorkOrder, number: int, command: str, trial: Trial | None) -> CommandRan:
    return CommandRan(
        node=order.id.node,
        attempt=order.id.attempt,
        line=number,
        command=command,
        status=trial.status if trial else None,
        seconds=round(trial.seconds, 3) if trial else 0.0,
    )


def _environment(order: WorkOrder, folder: Path) -> dict[str, str]:
    """Exactly what a command is given: what programs need to be found and to speak; no credential, no home."""
    passed = {name: value for name, value in order.launch.environment.items() if name in PASSED}
    home, temporary = (str(folder / name) for name in FOLDERS)
    return {**passed, **order.environment, "HOME": home, "TMPDIR": temporary}


def _found(word: str, path: str, cwd: Path) -> str | None:
    """The program that a word means; a name is looked for in absolute entries of the caller's PATH alone."""
    if "/" in word:
        return shutil.which(str(cwd / word))
    entries = [entry for entry in path.split(":") if entry.startswith("/")]
    return shutil.which(word, path=":".join(entries))


def _secrets(order: WorkOrder) -> tuple[str, ...]:
    proxies = [order.launch.environment[name] for name in PROXIES if name in order.launch.environment]
    return (*order.secrets, *order.launch.secrets.values(), *passwords_in(proxies))


def _kept(place: _Place, number: int, redactor: Redactor) -> str:
    """Put the beginning and the end of what it printed into the workspace; gives the end of it."""
    printed = [_ends(place.folder / name) for name in ("raw.ndjson", "stderr.log")]
    said = [redactor.text(text.decode("utf-8", "replace")) for text in printed]
    log = "\n--- standard error ---\n".join(said) if said[1] else said[0]
    make_private_dir(place.evidence, place.evidence.parent)
    write_private(place.evidence / f"{number}.log", log.encode())
    return log


def _ends(path: Path) -> bytes:
    """The beginning and the end of a file, in whole lines; a part of a line may hold a part of a secret."""
    try:
        with open(path, "rb") as file:
            size = file.seek(0, 2)
            file.seek(0)
            if size <= 2 * KEPT:
                return file.read()
            first = file.read(KEPT).rpartition(b"\n")[0]
            file.seek(size - KEPT)
            last = file.read().partition(b"\n")[2]
            return b"%s\n\xe2\x80\xa6 %d bytes are left out here \xe2\x80\xa6\n%s" % (
                first,
                size - len(first) - len(last),
                last,
            )
    except FileNotFoundError:
        return b""


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
