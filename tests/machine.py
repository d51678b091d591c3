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

from tests import loaded
from tests.canaries import leaks, leaks_below, open_to_others

PATIENCE = 180.0
"""Seconds after which something will never come; a machine may be many times slower than another."""
LONGEST_REST = 0.2
CACHE = Path(tempfile.gettempdir()) / f"ccorch-test-cache-{os.getuid()}"
"""Shared by all tests: hashing the claude binary takes a second."""
PROVEN = CACHE / "canaries"

USERS_OWN = (".claude", ".claude.json", ".cc-switch", ".ccs", ".claude-code-router", ".config")
"""Where other tools keep the user's secrets, below the home folder."""
RAW = ("raw.ndjson", "claude-config")
"""What may hold raw bytes in an attempt's private folder."""
PROVIDER = b"ccorch.adapters.scripted"
"""A provider that a test itself started, with its credential."""
WORKERS_OWN = ("worktrees", "setups", "bench", "claude-config", "home", "tmp", "run")
"""Folders below the private ones whose content others write, with modes of their own."""


def midday(now: float) -> str:
    """A time zone in which it is about noon: days do not end under tests that tell or limit them."""
    return f"NOON{time.gmtime(now).tm_hour - 12:+d}"


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


class Command(subprocess.Popen[bytes]):
    """A ccorch command whose words are noted when it has ended."""

    said: list[bytes]

    def communicate(self, input: bytes | None = None, timeout: float | None = None) -> tuple[bytes, bytes]:
        """As usual; what was said goes to the notes."""
        out, err = super().communicate(input, timeout)
        self.said += [out, err]
        return out, err

    def __exit__(self, kind: type[BaseException] | None, *failure: Any) -> None:
        """As usual; where the test has failed the command is ended, or a daemon would be waited for without end."""
        if kind is not None:
            self.kill()
        super().__exit__(kind, *failure)


@dataclass
class Machine:
    """One user's machine; nothing of the real one is seen by what runs on it."""

    root: Path
    extra: dict[str, str] = field(default_factory=dict)
    said: list[bytes] = field(default_factory=list)
    """What commands have said so far."""
    argvs: set[bytes] = field(default_factory=set)
    """The words of every process that was at work when a command ended."""
    planted: set[Path] = field(default_factory=set)
    """Files into which the test itself put a secret."""
    begun: float = field(default_factory=time.time)

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
    def temporary(self) -> Path:
        return self.root / "tmp"

    @property
    def environment(self) -> dict[str, str]:
        """Exactly what commands see."""
        return {
            "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self.home),
            "TMPDIR": str(self.temporary),
            "LANG": "C.UTF-8",
            "TZ": os.environ.get("TZ") or midday(time.time()),
            "CCORCH_STATE_DIR": str(self.state),
            "CCORCH_CONFIG_HOME": str(self.config),
            "CCORCH_CACHE_DIR": str(CACHE),
            "COLUMNS": "120",
            **self.extra,
        }

    def start(
        self,
        *words: str,
        stdin: bytes | None = None,
        cwd: Path | None = None,
        program: tuple[str, ...] = ("-m", "ccorch"),
    ) -> Command:
        """Start a ccorch command and leave it running."""
        command = Command(
            [sys.executable, *program, *words],
            stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.environment,
            cwd=cwd or self.project,
            start_new_session=True,
        )
        command.said = self.said
        return command

    def ccorch(self, *words: str, stdin: bytes | None = None, cwd: Path | None = None) -> Result:
        """Run a ccorch command to its end."""
        if stdin is None and loaded.can_become(self.environment):
            status, *said = loaded.command(words, self.environment, cwd or self.project, 2 * PATIENCE)
            self.said += said
            return self._result(status, *said)
        with self.start(*words, stdin=stdin, cwd=cwd) as process:
            out, err = process.communicate(stdin, timeout=2 * PATIENCE)
        return self._result(process.returncode, out, err)

    def _result(self, status: int, out: bytes, err: bytes) -> Result:
        self.argvs.update(words_of(pid) for pid in self.processes())
        return Result(status, out.decode(), err.decode())

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
        waited = self.ccorch("wait", run, "--timeout", str(PATIENCE))
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
        """Living claude processes of this machine; what one of them is about to start has its name."""
        found = [pid for pid in self.processes() if _name(pid).startswith("claude")]
        return [pid for pid in found if _parent(pid) not in found]

    def shims(self) -> list[int]:
        """Living shims of this machine; a worker that is not born yet has the words of its shim."""
        found = [pid for pid in self.processes() if b"shim" in words_of(pid)]
        return [pid for pid in found if _parent(pid) not in found]

    def end(self) -> None:
        """End everything that was started here."""
        for _ in range(3):
            for pid in self.processes():
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    continue
            if until(lambda: not self.processes(), patience=10, must=False):
                return

    def leaks(self) -> list[str]:
        """Every secret where none belongs, and every private file that others can read."""
        said = [leak for number, text in enumerate(self.said) for leak in leaks(text, f"output {number}")]
        return [
            *said,
            *(leak for words in self.argvs if PROVIDER not in words for leak in leaks(words, "an argument list")),
            *leaks_below(self.project, lambda path: path in self.planted or path.name == "objects"),
            *leaks_below(self.home, lambda path: path in self.planted or path.name in USERS_OWN),
            *leaks_below(self.state, self._may_hold_secrets),
            *leaks_below(self.temporary, lambda path: path in self.planted),
            *leaks_below(CACHE, since=self.begun - 1),
            *open_to_others(self.state, lambda path: path.name in WORKERS_OWN),
        ]

    def _may_hold_secrets(self, path: Path) -> bool:
        if path in self.planted or not path.is_relative_to(self.state / "attempts"):
            return path in self.planted
        is_over = (path.parent / "ended.json").exists()
        return path.name in RAW or (path.name == "secrets.json" and not is_over)


@contextmanager
def machine(root: Path) -> Iterator[Machine]:
    """A fresh machine with a small git repository as its project; at its end no secret may have leaked."""
    made = Machine(root)
    for folder in (made.home, made.config, made.temporary):
        folder.mkdir(parents=True)
    repository(made.project)
    _copied(PROVEN, made.state / "canaries")
    try:
        yield made
    finally:
        made.end()
        if not made.extra.get("CLAUDE_CODE_BIN"):
            _copied(made.state / "canaries", PROVEN)
    leaks = made.leaks()
    assert not leaks, "\n".join(leaks)


def _copied(source: Path, target: Path) -> None:
    """Bring what is known of fences along: the canary of a Claude Code takes seconds, and one is enough for all."""
    for known in source.glob("*.json"):
        place = target / known.name
        # a canary that was killed in one test tells nothing to the next one
        if not place.exists() and b'"untried": null' in known.read_bytes():
            for folder in (target.parent, target):
                folder.mkdir(mode=0o700, exist_ok=True)
            half = target / f".{known.name}.{os.getpid()}"
            half.touch(mode=0o600)
            half.write_bytes(known.read_bytes())
            half.rename(place)


def repository(project: Path) -> Path:
    """A small git repository with a commit."""
    project.mkdir(parents=True)
    (project / "app.py").write_text("def add(a, b):\n    return a - b\n")
    git(project, "init", "-q", "-b", "main", ".")
    commit(project, "first")
    return project


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


def files_below(root: Path, but: Callable[[Path], bool] = lambda path: False) -> list[Path]:
    """Every file there, but for what lies in folders of that kind; a daemon may take folders away meanwhile."""
    found: list[Path] = []
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not but(Path(folder, name))]
        found += [Path(folder, name) for name in names]
    return sorted(found)


def until(done: Callable[[], Any], patience: float = PATIENCE, must: bool = True) -> Any:
    """Wait for a condition; what it gave. The longer it takes, the less often is looked."""
    deadline, rest = time.monotonic() + patience, 0.02
    while not (found := done()):
        left = deadline - time.monotonic()
        if left < 0:
            assert not must, "the condition never came true"
            return found
        time.sleep(min(rest, left))
        rest = min(rest * 1.1, LONGEST_REST)
    return found


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def words_of(pid: int) -> bytes:
    """The command line of a process, its words ended by NUL; nothing once it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
