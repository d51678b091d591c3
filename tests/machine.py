"""A private machine for journeys: its own home, state and configuration, and the real commands."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PATIENCE = 60.0
CACHE = Path(tempfile.gettempdir()) / f"ccorch-test-cache-{os.getuid()}"
"""Shared by all tests: hashing the claude binary takes a second."""


@dataclass
class Result:
    """What a command said."""

    status: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)


@dataclass
class Machine:
    """One user's machine; nothing of the real one is seen by what runs on it."""

    root: Path
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        return self.root / "home"

    @property
    def state(self) -> Path:
        return self.root / "state"

    @property
    def config(self) -> Path:
        return self.root / "config"

    @property
    def project(self) -> Path:
        return self.root / "project"

    @property
    def environment(self) -> dict[str, str]:
        """Exactly what commands see."""
        return {
            "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "CCORCH_STATE_DIR": str(self.state),
            "CCORCH_CONFIG_HOME": str(self.config),
            "CCORCH_CACHE_DIR": str(CACHE),
            "COLUMNS": "120",
            **self.extra,
        }

    def start(self, *words: str, stdin: bytes | None = None, cwd: Path | None = None) -> "subprocess.Popen[bytes]":
        """Start a ccorch command and leave it running."""
        return subprocess.Popen(
            [sys.executable, "-m", "ccorch", *words],
            stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.environment,
            cwd=cwd or self.project,
            start_new_session=True,
        )

    def ccorch(self, *words: str, stdin: bytes | None = None, cwd: Path | None = None) -> Result:
        """Run a ccorch command to its end."""
        with self.start(*words, stdin=stdin, cwd=cwd) as process:
            out, err = process.communicate(stdin, timeout=PATIENCE)
        return Result(process.returncode, out.decode(), err.decode())

    def json(self, *words: str, status: int = 0, stdin: bytes | None = None) -> Any:
        """Run a command with --json and give its data; the exit status must be as said."""
        result = self.ccorch(*words, "--json", stdin=stdin)
        assert result.status == status, result
        return json.loads(result.out if status == 0 or result.out else result.err)

    def run(self, *words: str, status: int = 0) -> Any:
        """Run to the end and show the run."""
        result = self.ccorch("run", *words, "--detach")
        assert result.status == 0, result
        run = result.out.split()[0]
        waited = self.ccorch("wait", run, "--timeout", "60")
        assert waited.status == status, (waited, self.ccorch("show", run).out)
        return self.json("show", run)

    def daemon_pid(self) -> int:
        """The living daemon."""
        return int(json.loads((self.state / "daemon.json").read_text())["pid"])

    def processes(self) -> list[int]:
        """Every process that this machine's state folder is known to, by its environment or words."""
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == os.getpid():
                continue
            try:
                told = (entry / "environ").read_bytes() + (entry / "cmdline").read_bytes()
                state = (entry / "stat").read_text().rsplit(")", 1)[1].split()[0]
            except OSError:
                continue
            if str(self.root).encode() in told and state != "Z":
                found.append(int(entry.name))
        return found

    def claudes(self) -> list[int]:
        """Living claude processes of this machine."""
        return [pid for pid in self.processes() if _name(pid).startswith("claude")]

    def shims(self) -> list[int]:
        """Living shims of this machine."""
        return [pid for pid in self.processes() if b"shim" in _words(pid)]

    def end(self) -> None:
        """End everything that was started here."""
        for _ in range(3):
            for pid in self.processes():
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    continue
            if until(lambda: not self.processes(), patience=2, must=False):
                return


@contextmanager
def machine(root: Path) -> Iterator[Machine]:
    """A fresh machine with a small git repository as its project."""
    made = Machine(root)
    for folder in (made.home, made.config, made.project):
        folder.mkdir(parents=True)
    (made.project / "app.py").write_text("def add(a, b):\n    return a - b\n")
    git(made.project, "init", "-q", "-b", "main", ".")
    commit(made.project, "first")
    try:
        yield made
    finally:
        made.end()


def git(project: Path, *words: str) -> str:
    """Run git in a project."""
    done = subprocess.run(
        ["git", "-c", "user.name=t", "-c", "user.email=t@example.invalid", *words],
        cwd=project,
        check=True,
        capture_output=True,
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1"},
    )
    return done.stdout.decode()


def commit(project: Path, message: str) -> str:
    """Commit everything and give the commit."""
    git(project, "add", "-A")
    git(project, "commit", "-q", "-m", message)
    return git(project, "rev-parse", "HEAD").strip()


def until(done: Callable[[], Any], patience: float = PATIENCE, must: bool = True) -> Any:
    """Wait for a condition; what it gave."""
    deadline = time.monotonic() + patience
    while not (found := done()):
        if time.monotonic() > deadline:
            assert not must, "the condition never came true"
            return found
        time.sleep(0.02)
    return found


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def _words(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
