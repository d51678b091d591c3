"""Supervising one attempt: start the worker, tee its stream, obey commands, end it, leave nothing, say how."""

from __future__ import annotations

import fcntl
import os
import select
import signal
import time
from collections.abc import Callable

from . import processes
from .child import Child, StartFailed, adopt_orphans, start
from .commands import Channel
from .conversation import Conversation
from .feed import Feed
from .fence import Fence
from .ladder import Ladder
from .lines import Line, Lines
from .records import ErrorLog, RawLog, Reservation, never_started, write_record
from .revive import Reviver
from .spec import Spec
from .sweep import Sweep
from .turnstile import Turnstile
from .wakeup import Wakeup

_CHUNK = 128 << 10
_PIPE_SIZE = 1 << 20
_HELLO_SECONDS = 60.0
_LINGER_SECONDS = 15.0
_RECORD_SECONDS = 60.0
_CHUNKS_BETWEEN_SWEEPS = 64


def supervise(folder: str, lock: int | None) -> int:
    """Run the attempt in `folder` to its exit record, holding the inherited `lock` until the very end."""
    os.umask(0o077)
    if lock is not None:
        os.set_inheritable(lock, False)  # the worker must not keep the lock when we are gone
    folder = os.path.abspath(folder)
    record = Reservation(folder, "exit.json")
    try:
        spec = Spec.read(folder)
        attempt = _Attempt(folder, spec, record)
    except (OSError, ValueError, KeyError, TypeError) as error:
        record.fill(never_started(f"the attempt folder cannot be used: {error!r}"))
        return 1
    adopt_orphans(True)
    attempt.run()
    attempt.reviver.last_look()
    return 0


class _Attempt:
    def __init__(self, folder: str, spec: Spec, record: Reservation) -> None:
        self._folder, self._spec, self._record = folder, spec, record
        self._started = time.time()
        self._raw, self._errors = RawLog(folder), ErrorLog(folder)
        self._channel = Channel(folder, self._errors.note)
        self._wakeup = Wakeup()
        self._poll = select.poll()
        self._readers: dict[int, Callable[[], None]] = {}
        self._lines = Lines(self._on_line)
        self._status: int | None = None
        self._polled_stdin: int | None = None
        self._disk_full = ""
        self._last_output = self._begun = time.monotonic()
        self.reviver = Reviver(spec.daemon)

    def run(self) -> None:
        try:
            self._child = self._start()
        except (StartFailed, OSError) as error:
            self._errors.finish()
            self._write_record(never_started(str(error)))
            return
        self._sweep = Sweep(self._child.pid, self._spec.marker)
        self._ladder = Ladder(self._spec.grace_seconds, self._signal, self._sweep.kill_family)
        self._open_conversation()
        self._watch(self._child.stdout, self._on_stdout)
        self._watch(self._child.stderr, self._on_stderr)
        self._watch(self._channel.pipe, self._on_commands)
        self._watch(self._wakeup.pipe, self._wakeup.clear)
        self._tend_stdin(time.monotonic())  # what comes first is said before anything is waited for
        while self._status is None:
            self._turn()
        self._drain_and_sweep()
        self._finish(self._status)

    def _start(self) -> Child:
        child = start(self._spec.argv, self._spec.worker_env(), self._spec.cwd, self._record_pids)
        for stream in (child.stdout, child.stderr):
            os.set_blocking(stream, False)
        try:
            fcntl.fcntl(child.stdout, fcntl.F_SETPIPE_SZ, _PIPE_SIZE)
        except OSError:  # the user's share of pipe memory is used up; the default size works too
            pass
        return child

    def _record_pids(self, pid: int) -> None:
        shim, worker = processes.identify(os.getpid()), processes.born(pid)
        if shim is None or worker is None:
            raise StartFailed(f"process {pid} ended before it was recorded")
        pids: dict[str, object] = {
            "version": 1,
            "shim_pid": shim.pid,
            "shim_start": shim.start,
            "claude_pid": worker.pid,
            "claude_start": worker.start,
            "session": worker.pid,
            "marker": self._spec.marker,
        }
        write_record(self._folder, "pid.json", pids)

    def _open_conversation(self) -> None:
        spec = self._spec
        self._feed = Feed(self._child.stdin)
        fence = Fence.read(os.path.join(self._folder, "fence.json"), spec.cwd) if spec.hooks else None
        turnstile = Turnstile() if spec.turnstile else None
        self._conversation = Conversation(
            self._feed, fence, self._refuse, spec.hold_seconds, turnstile, spec.timeout_seconds
        )
        first = os.path.join(self._folder, spec.message_file) if spec.message_file else None
        if spec.control:
            self._conversation.begin(first)
        elif first:
            self._feed.file(first, as_line=False)

    def _turn(self) -> None:
        for file, _ in self._poll.poll(self._patience()):
            if file in self._readers:
                self._readers[file]()
        now = time.monotonic()
        self._reap()
        self._check_deadlines(now)
        self._ladder.tick(now)
        self.reviver.tick(now)
        self._tend_stdin(now)

    def _patience(self) -> int:
        """Milliseconds to wait at most: short while a ladder or a pause runs, else the reviver's rhythm."""
        hurried = self._ladder.climbing or (self._conversation.pausing and self._feed.pipe is not None)
        left = self._begun + self._spec.timeout_seconds - time.monotonic()
        return max(1, int(1000 * min(0.05 if hurried else 1.0, max(left, 0.0))))

    def _check_deadlines(self, now: float) -> None:
        if self._wakeup.asked_to_stop:
            self._stop("stopped", "SIGTERM")
        if now - self._begun >= self._spec.timeout_seconds:
            self._stop("timeout", f"still running after {self._spec.limit}")
        if self._spec.control and not self._conversation.ready and now - self._begun >= _HELLO_SECONDS:
            self._refuse("start_failed", f"no answer to initialize within {_HELLO_SECONDS:g}s")
        if (
            self._spec.control
            and self._feed.pipe is None
            and self._conversation.results
            and now - self._last_output >= _LINGER_SECONDS
        ):
            self._stop("exited", f"still there {_LINGER_SECONDS:g}s after its last result; ended")

    def _stop(self, reason: str, detail: str) -> None:
        if self._ladder.climbing:
            return
        conversation = self._conversation
        conversation.stopping = True
        talks = conversation.ready and self._feed.pipe is not None
        interrupt = (lambda: conversation.interrupt(0.0)) if talks else None
        self._ladder.start(reason, detail[:500], time.monotonic(), interrupt)

    def _refuse(self, reason: str, detail: str) -> None:
        """End a worker that was never prompted: closing its stdin is enough for most."""
        self._stop(reason, detail)
        self._feed.close()

    def _tend_stdin(self, now: float) -> None:
        feed = self._feed
        feed.pump()
        done = self._conversation.over(now) if self._spec.control else feed.empty
        if done:
            feed.close()
        wanted = None if feed.empty else feed.pipe
        if wanted != self._polled_stdin:
            if self._polled_stdin is not None:
                self._poll.unregister(self._polled_stdin)
            if wanted is not None:
                self._poll.register(wanted, select.POLLOUT)
            self._polled_stdin = wanted

    def _on_stdout(self) -> None:
        self._take(self._read(self._child.stdout))

    def _on_stderr(self) -> None:
        self._errors.write(self._read(self._child.stderr))

    def _take(self, data: bytes) -> None:
        if not data:
            return
        self._last_output = time.monotonic()
        if not self._disk_full:
            try:
                self._raw.write(data)
            except OSError as error:
                self._disk_full = str(error)
                self._stop("disk_full", f"raw stream cut at {self._raw.size} bytes: {error}")
        if self._spec.control:
            self._lines.feed(data)

    def _on_line(self, line: Line) -> None:
        self._conversation.take(line, time.monotonic())

    def _on_commands(self) -> None:
        for command in self._channel.commands():
            self._obey(command)

    def _obey(self, command: dict[str, object]) -> None:
        match command:
            case {"do": "stop"}:
                self._stop("stopped", str(command.get("reason", "")))
            case {"do": "interrupt"} if self._spec.control:
                hold = command.get("hold", 2.0)
                self._conversation.interrupt(float(hold) if isinstance(hold, int | float) else 2.0)
            case {"do": "interrupt"}:
                self._signal(signal.SIGINT)
            case {"do": "say", "file": str(name)} if self._spec.control and _is_name(name):
                self._say(name, str(command.get("uuid", "")))
            case {"do": "pass", "lines": int(lines)}:
                self._conversation.read_up_to(lines)
            case {"do": "close"}:
                self._conversation.close_after_turn()
            case _:
                self._errors.note(f"cannot do {command!r}"[:300])

    def _say(self, name: str, uuid: str) -> None:
        try:
            self._conversation.say(os.path.join(self._folder, name), uuid, time.monotonic())
        except OSError as error:
            self._errors.note(f"cannot say {name}: {error}")

    def _watch(self, file: int, read: Callable[[], None]) -> None:
        self._readers[file] = read
        self._poll.register(file, select.POLLIN)

    def _forget(self, file: int) -> None:
        self._readers.pop(file, None)
        try:
            self._poll.unregister(file)
        except KeyError:
            pass

    def _read(self, stream: int) -> bytes:
        try:
            data = os.read(stream, _CHUNK)
        except BlockingIOError:
            return b""
        if not data:
            self._forget(stream)
        return data

    def _reap(self) -> None:
        """Collect whoever ended: the worker, and orphans that became ours."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid == self._child.pid:
                self._status = status

    def _signal(self, number: int) -> None:
        if self._status is None:  # not reaped yet, so the pid is still the worker's
            os.kill(self._child.pid, number)

    def _drain_and_sweep(self) -> None:
        """Take what the worker wrote, end what it left behind, and take what that wrote."""
        self._ended = time.time()
        left = self._sweep.until_clean(self._between_sweeps)
        if left:
            self._errors.note(f"could not end {left}")
        self._drain(_PIPE_SIZE)
        self._reap()

    def _between_sweeps(self) -> None:
        self._drain(_CHUNKS_BETWEEN_SWEEPS)
        self._reap()

    def _drain(self, chunks: int) -> None:
        for stream, take in ((self._child.stdout, self._take), (self._child.stderr, self._errors.write)):
            for _ in range(chunks):
                data = self._read(stream)
                take(data)
                if not data:
                    break

    def _finish(self, status: int) -> None:
        code = os.waitstatus_to_exitcode(status)
        self._errors.finish()
        self._write_record(
            {
                "version": 1,
                "rc": code,
                "signal": -code if code < 0 else None,
                "reason": self._ladder.reason or "exited",
                "detail": self._ladder.detail,
                "results": self._conversation.results,
                "started_at": self._started,
                "ended_at": self._ended,
                "raw_bytes": self._raw.size,
                "orphans_killed": self._sweep.killed,
            }
        )

    def _write_record(self, value: dict[str, object]) -> None:
        give_up = time.monotonic() + _RECORD_SECONDS
        while not _try_fill(self._record, value) and time.monotonic() < give_up:
            time.sleep(0.5)


def _try_fill(record: Reservation, value: dict[str, object]) -> bool:
    try:
        record.fill(value)
    except OSError:  # a full or failing disk may recover; nobody else can write this record
        return False
    return True


def _is_name(name: str) -> bool:
    return name == os.path.basename(name) and name not in ("", ".", "..")
