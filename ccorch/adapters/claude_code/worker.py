"""Workers that are real Claude Code processes: started once, followed wherever they live, judged at their end."""

import asyncio
import json
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from ccorch.adapters.claude_code import command, environment, last_turn, repair, resuming
from ccorch.adapters.claude_code.clocks import Clocks, News
from ccorch.adapters.claude_code.ending import Classifier, Json
from ccorch.adapters.claude_code.evidence import Copy
from ccorch.adapters.claude_code.grave import Grave, is_talk
from ccorch.adapters.claude_code.last_words import last_words
from ccorch.adapters.claude_code.message import message, readable
from ccorch.adapters.claude_code.passing import Passing
from ccorch.adapters.claude_code.places import Places
from ccorch.adapters.claude_code.refused import Refusals
from ccorch.adapters.claude_code.sandbox import forget_sockets, sockets_of
from ccorch.adapters.claude_code.stream import Interpreter
from ccorch.adapters.claude_code.tokens import Tokens
from ccorch.adapters.claude_code.watching import Watch
from ccorch.adapters.files import make_private_dir, write_private
from ccorch.adapters.process import attempt as shim
from ccorch.adapters.process.frozen import thaw
from ccorch.adapters.process.gone import Gone
from ccorch.errors import WorkspaceUnwritable
from ccorch.ports import AttemptId, Block, Clock, Ending, Report, WorkOrder
from ccorch.rules.findings import secret_in_stream
from ccorch.rules.mending import MOST_PROBLEMS
from ccorch.rules.passing import PROXIES
from ccorch.rules.pricing import same_model
from ccorch.rules.redaction import Redactor, passwords_in
from ccorch.rules.room import Room, shortened
from ccorch.schema.event import Found, OutputReached, RepairAsked
from ccorch.schema.finding import Sighting
from ccorch.schema.ledger import LedgerLine
from ccorch.schema.policy import Output

POLL_SECONDS = 0.05
"""How long a new line may go unnoticed."""

GRACE_SECONDS = 4
"""Patience between the rungs of the stop ladder."""

HOLD_SECONDS = 5.0
"""How long a worker whose turn was ended waits for what it is told."""

_SHIM_SECONDS = 5.0


class ClaudeWorkers:
    """Answers the Workers port; one attempt is one shim, whoever started it."""

    def __init__(
        self,
        places: Places,
        redactor: Callable[[tuple[str, ...]], Redactor],
        fence: Callable[[WorkOrder], Mapping[str, Any] | None],
        resume_line: Callable[[AttemptId], int],
        reviver: Mapping[str, Any] | None,
        clock: Clock,
        book: Callable[[LedgerLine], None],
        spent: Callable[[AttemptId, int], str | None] = lambda attempt, more: None,
        tail: Callable[[AttemptId], bool] = lambda attempt: False,
        pulse: Counter[str] | None = None,
    ) -> None:
        """`book` takes a ledger line of requests that no gateway saw, the same one again after a restart.

        `spent` tells which limit is used up with so many tokens more than are booked. `tail` lets an attempt use
        what is kept for its handoff, and says whether anything is. `pulse` counts what the gateway passes on to it.
        """
        self._pulse = Counter[str]() if pulse is None else pulse
        self._places = places
        self._redactor = redactor
        self._fence = fence
        self._resume_line = resume_line
        self._reviver = reviver
        self._clock = clock
        self._book = book
        self._spent, self._tail = spent, tail
        self._active: set[AttemptId] = set()
        self._stops: dict[AttemptId, str] = {}
        self._shims: dict[AttemptId, shim.Running] = {}

    async def perform(self, order: WorkOrder, report: Report) -> Ending:
        """Start the attempt, or attach to it where it already lives or has ended, and see it to its end."""
        self._active.add(order.id)
        try:
            return await self._perform(order, report)
        except OSError as error:
            await self._end(order.id, "its evidence cannot be written")
            raise WorkspaceUnwritable(f"the files of attempt {order.id} cannot be written: {error}") from error
        except Exception as problem:  # whatever it is: no worker outlives what is recorded as its end
            await self._end(order.id, f"it cannot be followed any more: {problem}")
            raise
        finally:
            self._active.discard(order.id)
            self._stops.pop(order.id, None)
            self._pulse.pop(str(order.id), None)

    async def stop(self, attempt: AttemptId, reason: str) -> None:
        """Ask a live attempt to end; `perform` then returns. An attempt that is over is left alone."""
        if not await self._ask_to_stop(attempt, reason) and attempt in self._active:
            # between its order and its shim; `perform` passes it on
            self._stops[attempt] = reason

    async def say(self, attempt: AttemptId, text: str, interrupts: bool) -> bool:
        """Tell a live worker something in its session; False when it does not listen any more."""
        folder = self._places.attempt(attempt)
        if shim.adopt(folder) != "running":
            return False
        if interrupts:
            await asyncio.to_thread(shim.send, folder, {"do": "interrupt", "hold": HOLD_SECONDS})
        name = str(uuid.uuid4())  # without one, its answer is waited for two seconds longer than it takes
        return await asyncio.to_thread(shim.say, folder, message((Block(text=text),), name), name)

    def is_live(self, attempt: AttemptId) -> bool:
        """Whether a worker process of this attempt may still be alive."""
        return shim.adopt(self._places.attempt(attempt)) == "running"

    async def _perform(self, order: WorkOrder, report: Report) -> Ending:
        folder, evidence = self._places.attempt(order.id), self._places.evidence(order)
        redactor = self._redactor(_secrets(order))
        tokens = Tokens(order, self._book, lambda more: self._spent(order.id, more), self._clock)
        reading = _Reading(order, self._resume_line(order.id), report, tokens, self._clock)
        # opened first: a worker whose evidence cannot be kept is not started
        raw, kept = folder / "raw.ndjson", evidence / "stream.ndjson"
        copy = Copy(raw, kept, redactor, reading.take, reading.saw, reading.room, reading.grave.awaits)
        try:
            await asyncio.to_thread(copy.catch_up)
            if shim.adopt(folder) == "absent":
                if order.id in self._stops:
                    return Ending("stopped", self._stops[order.id])
                await asyncio.to_thread(self._start, order, folder, evidence, redactor)
            with closing(Gone(folder)) as gone:
                await self._follow(order, folder, copy, reading, report, gone)
        finally:
            copy.close()
        reading.finish()
        await self._collect(order.id)
        exited = await asyncio.to_thread(self._exit, folder)
        ending = reading.ending(exited, last_words(folder, redactor))
        if ending.passed:
            ending = replace(ending, reason=reading.room.noted(ending.reason))
        if ending.passed and last_turn.was_asked(folder):
            ending = replace(ending, outcome="budget_spent", reason="it was asked for its handoff and stopped")
        _keep(evidence, redactor, exited or {"reason": "lost", "ended_at": self._clock.now()}, ending, order.output)
        (folder / command.SETTINGS).unlink(missing_ok=True)
        shim.forget_environment(folder)
        forget_sockets(order, self._places.sockets)
        return ending

    def _start(self, order: WorkOrder, folder: Path, evidence: Path, redactor: Redactor) -> None:
        fence = self._fence(order) if order.node.writes else None
        for name in environment.FOLDERS:
            make_private_dir(folder / name, folder.parents[1])
        folder.chmod(0o700)
        earlier = resuming.taken_up(order, folder)
        blocks = order.blocks if earlier is None else resuming.first_words(order)
        argv = command.argv(order, folder, earlier)
        spec = {
            "argv": argv,
            "env": environment.environment(order, folder, sockets_of(order, self._places.sockets)),
            "cwd": str(order.cwd),
            "control": True,
            "hooks": order.node.writes,
            "message_file": "message.json",
            "timeout_seconds": order.node.timeout_seconds,
            "grace_seconds": GRACE_SECONDS,
            "marker": f"CCORCH_ATTEMPT={order.id}",
            "daemon": self._reviver,
            "hold_seconds": repair.HOLD_SECONDS if order.node.role.handoff else 0,
            # no gateway could refuse what its next turn asks for
            "turnstile": order.tokens_limited and not order.profile.needs_gateway,
        }
        # not waited for: a loss of power ends the worker too, and nobody starts it again
        write_private(folder / command.SETTINGS, json.dumps(environment.settings(order)).encode(), durable=False)
        write_private(folder / command.SYSTEM_PROMPT, order.node.system_prompt.encode(), durable=False)
        shown = {"argv": argv, "cwd": str(order.cwd), "permissions": command.permissions(order.node)}
        write_private(evidence / "argv.json", redactor.text(json.dumps(shown, indent=1)).encode(), durable=False)
        prompt = readable(order.node.system_prompt, blocks)
        write_private(evidence / "prompt.md", redactor.text(prompt).encode("utf-8", "replace"), durable=False)
        # left by a start that was cut off before its spec; nothing has run yet
        for name in ("message.json", "fence.json"):
            (folder / name).unlink(missing_ok=True)
        self._shims[order.id] = shim.start(folder, spec, fence, message(blocks))

    async def _follow(
        self, order: WorkOrder, folder: Path, copy: Copy, reading: "_Reading", report: Report, gone: Gone
    ) -> None:
        """Read until the shim is gone and nothing is left to read."""
        attempt, asked, answered = order.id, False, 0
        clocks = Clocks(order.stall_seconds, order.no_progress_seconds)
        watch = Watch(folder, order.node.timeout_seconds, self._clock.now)
        passing = Passing(folder)
        while True:
            # asked before reading, so that what is written before the end is read after it
            over = shim.adopt(folder) != "running"
            grew = False
            while copy.step():
                grew = True
                await asyncio.sleep(0)
            if over:
                copy.finish()
                return
            heard = copy.heard + self._pulse[str(attempt)]
            if wrong := clocks.look(heard, reading.news.count, asyncio.get_running_loop().time()):
                reading.classifier.give_up(wrong.outcome, wrong.reason)
            if (limit := reading.tokens.too_many()) is not None:
                reading.classifier.overspend(limit)
            if reading.classifier.verdict is None:
                await passing.read(copy.line)
            if reading.classifier.verdict and not asked:
                asked = await self._ask_to_stop(attempt, reading.classifier.verdict.reason)
            elif attempt in self._stops and await self._ask_to_stop(attempt, self._stops[attempt]):
                self._stops.pop(attempt, None)
            if order.node.role.handoff and reading.results > answered:
                answered = reading.results
                if last_turn.is_due(reading.result) and not last_turn.was_asked(folder) and self._tail(attempt):
                    await asyncio.to_thread(last_turn.ask, folder)
                else:
                    await _reply_to(order, folder, reading, report)
            for begun in reading.grave.begun(asyncio.get_running_loop().time()):
                report(begun)
            for finding in (*clocks.warnings(order.id), *(() if grew else watch.look(order.id))):
                report(Found(finding=finding))
            if not grew:
                await gone.rest(POLL_SECONDS)

    async def _ask_to_stop(self, attempt: AttemptId, reason: str) -> bool:
        # in a thread: a shim that is just starting may take a while to listen
        folder, command = self._places.attempt(attempt), {"do": "stop", "reason": reason[:500]}
        heard = await asyncio.to_thread(shim.send, folder, command)
        if heard:
            thaw(folder)  # whoever was stopped by a signal hears nothing until it goes on
        return heard

    async def _end(self, attempt: AttemptId, reason: str) -> None:
        """Stop the attempt and see that nothing of it is left."""
        await asyncio.to_thread(shim.end, self._places.attempt(attempt), reason)
        await self._collect(attempt)

    async def _collect(self, attempt: AttemptId) -> None:
        if attempt in self._shims:
            await asyncio.to_thread(self._shims.pop(attempt).wait, _SHIM_SECONDS)

    @staticmethod
    def _exit(folder: Path) -> dict[str, Any] | None:
        record = shim.exit_record(folder)
        if record is None:
            shim.sweep_lost(folder)
        return record


class _Reading:
    """One pass over an attempt's stream: every line judged, only new ones reported."""

    def __init__(
        self,
        order: WorkOrder,
        resume_line: int,
        report: Report,
        tokens: Tokens,
        clock: Clock,
    ) -> None:
        node = order.node
        self.tokens = tokens
        self._clock = clock
        self._refusals = None if order.profile.needs_gateway else Refusals()
        self._resume_line = resume_line
        self._report = report
        self._interpreter = Interpreter(order.id.node, order.id.attempt)
        self.grave = Grave(self._interpreter, resume_line)
        self._seen: set[tuple[str, str]] = set()
        self._at, self._limits = order.id, order.output
        self._line = 0
        self.room = Room(order.output, self._reached)
        """What of the stream and its events is kept."""
        self.news = News()
        self.results = 0
        self.result: Mapping[str, Any] = {}
        """The last one."""
        self.classifier = Classifier(
            profile=order.profile.name,
            model=node.route.model,
            wants_handoff=node.role.handoff is not None,
            same_model=same_model,
            mismatch_fails=order.route_mismatch == "fail",
        )

    def take(self, number: int, line: bytes) -> None:
        """Judge a line; one that is no JSON object means nothing."""
        try:
            data = json.loads(line)
        except (ValueError, RecursionError):
            return
        if not isinstance(data, dict):
            return
        self._line = number
        self.classifier.take(data)
        self.tokens.take(data)
        if self._refusals and (pointless := self._refusals.take(data, self._clock.now())):
            self.classifier.give_up("api_error", pointless)
        self.news.take(data)
        if data.get("type") == "result":
            self.results, self.result = self.results + 1, data
        for event in self._interpreter.events(number, data):
            talk = is_talk(event)
            kept = self.room.tells(len(event.model_dump_json())) or not talk
            if number > self._resume_line and kept and not (talk and self._limits.final_only):
                self._report(event)

    def saw(self, line: int, seen: tuple[Sighting, ...]) -> None:
        """Tell each secret of the stream once; whoever reads the stream again tells the same."""
        for one in seen:
            if (one.kind, one.mark) not in self._seen:
                self._seen.add((one.kind, one.mark))
                self._report(Found(finding=secret_in_stream(self._at.node, self._at.attempt, one)))

    def _reached(self, limit: str, wanted: int, hard: bool) -> None:
        """Tell of a limit, and end the attempt where its policy says so."""
        does: Literal["warn", "stop", "truncate"] = self._limits.policy if hard else "warn"
        if self._line + 1 > self._resume_line:
            told = OutputReached(
                node=self._at.node,
                attempt=self._at.attempt,
                line=self._line + 1,
                limit=limit,
                bytes=wanted,
                does=does,
            )
            self._report(told)
        if does == "stop":
            self.classifier.give_up("output_spent", f"its output of {wanted} bytes is more than {limit} allows")

    def finish(self) -> None:
        """Nothing follows."""
        self.tokens.finish()

    def ending(self, exited: Json | None, last_words: str) -> Ending:
        """How it ended, and what its provider refused where no gateway heard that."""
        ending = self.classifier.ending(exited, last_words)
        return replace(ending, trouble=self._refusals.trouble) if self._refusals else ending


async def _reply_to(order: WorkOrder, folder: Path, reading: _Reading, report: Report) -> None:
    """Accept a result, or have its handoff mended once; nothing more is said to the worker then."""
    # mending is a turn, and no limit is left for one
    may_mend = reading.tokens.used_up() is None and not repair.was_asked(folder)
    found = repair.problems(order.node.role, reading.result) if may_mend else ()
    if not found:
        await asyncio.to_thread(shim.send, folder, {"do": "close"})
        return
    told = "; ".join(found[:MOST_PROBLEMS])
    report(RepairAsked(node=order.id.node, attempt=order.id.attempt, reason=told[:1000]))
    await asyncio.to_thread(repair.ask, folder, found)


def _secrets(order: WorkOrder) -> tuple[str, ...]:
    """Everything that this attempt could get hold of and that must never be stored."""
    token = [order.seat.token] if order.seat else []
    launch = order.launch
    proxies = [launch.environment[name] for name in PROXIES if name in launch.environment]
    passed = [launch.environment[name] for name in order.profile.passes if name in launch.environment]
    return (*order.secrets, *token, *launch.secrets.values(), *passed, *passwords_in(proxies))


def _keep(evidence: Path, redactor: Redactor, exited: Mapping[str, Any], ending: Ending, output: Output) -> None:
    write_private(evidence / "exit.json", redactor.text(json.dumps(exited, indent=1)).encode())
    if ending.answer is not None:
        told = shortened(ending.answer, output.final_max_chars)
        write_private(evidence / "answer.md", told.encode("utf-8", "replace"))
        if told != ending.answer:
            write_private(evidence / "answer-full.md", ending.answer.encode("utf-8", "replace"))
