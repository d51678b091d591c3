"""The only place that spells the names of the workspace and of the state folder."""

import hashlib
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from ccorch.adapters.files import make_private_dir, write_private, writing
from ccorch.adapters.local_disk import refuse_network
from ccorch.config.layers import folder_of
from ccorch.errors import NotFound, RunNotFound, WorkspaceUnwritable
from ccorch.ports.attempt import AttemptFile, AttemptId, attempt_file

HIDDEN = ".agent-workspace"
"""Folder in the project that holds everything that was generated."""
MANIFEST = "manifest.json"
PLAN = "plan.json"
CONFIG = "config.json"
EVENTS = "events.ndjson"
LONGEST_SOCKET = 107
"""Bytes that the address of a unix socket may have."""

RunFile = Literal[
    "plan.json",
    "config.json",
    "events.ndjson",
    "ledger.ndjson",
    "verdict.json",
    "decision.json",
    "manifest.json",
]

_RUN = re.compile(r"[0-9a-f]{16}")
_NODE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,99}")


def log_of(project: Path, run: str) -> str:
    """Path of a run's log as text: who looks at thousands would spend most of the time on making paths."""
    if not is_run_id(run):
        raise RunNotFound(f"{run!r} is not a run id", run=run)
    return f"{project}/{HIDDEN}/ccorch/runs/{run}/{EVENTS}"


def is_run_id(name: str) -> bool:
    """Whether a folder of that name may be a run."""
    return _RUN.fullmatch(name) is not None


@dataclass(frozen=True)
class Layout:
    """What lies where in the workspace of a project."""

    project: Path

    @property
    def workspace(self) -> Path:
        """Root of what ccorch generates in the project."""
        return self.project / HIDDEN / "ccorch"

    @property
    def runs(self) -> Path:
        """Folder of the run folders."""
        return self.project.joinpath(HIDDEN, "ccorch", "runs")

    @property
    def archives(self) -> Path:
        """Folder of packed runs."""
        return self.workspace / "archives"

    def run(self, run: str) -> Path:
        """Folder of a run."""
        if not is_run_id(run):
            raise RunNotFound(f"{run!r} is not a run id", run=run)
        return self.project.joinpath(HIDDEN, "ccorch", "runs", run)

    def file(self, run: str, file: RunFile) -> Path:
        """A file of a run."""
        return self.run(run) / file

    def attempt(self, attempt: AttemptId, file: AttemptFile) -> Path:
        """A file of an attempt."""
        return self.run(attempt.run) / attempt_file(_node(attempt.node), attempt.attempt, file)

    def make(self) -> None:
        """Make the workspace; git ignores it by a file of its own."""
        with writing(self.workspace):
            os.stat(self.project)
        make_private_dir(self.runs, self.project)
        ignore = self.project / HIDDEN / ".gitignore"
        if not os.path.lexists(ignore):
            write_private(ignore, b"*\n")


@dataclass(frozen=True)
class State:
    """What lies where in the state folder: the daemon's side, one for each user of the machine."""

    root: Path
    runtime: Path = Path("/tmp")
    """Where a short address for the socket is made when the root's is too long."""

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "State":
        """The state folder that the caller's variables name."""
        root = folder_of(environment, "CCORCH_STATE_DIR", "XDG_STATE_HOME", ".local/state")
        runtime = environment.get("XDG_RUNTIME_DIR", "")
        return cls(root, Path(runtime if os.path.isabs(runtime) else "/tmp"))

    @property
    def daemon_lock(self) -> Path:
        """Held by the daemon while it lives."""
        return self.root / "daemon.lock"

    @property
    def daemon_record(self) -> Path:
        """What the daemon tells of itself."""
        return self.root / "daemon.json"

    @property
    def gateway(self) -> Path:
        """The gateway's port and the hashes of its tokens."""
        return self.root / "gateway.json"

    @property
    def projects(self) -> Path:
        """Projects that have a workspace, one a line."""
        return self.root / "projects.ndjson"

    @property
    def database(self) -> Path:
        """What is scheduled."""
        return self.root / "db.sqlite"

    @property
    def index(self) -> Path:
        """Rolling aggregates of every run."""
        return self.root / "index.sqlite"

    @property
    def usage(self) -> Path:
        """Sums of the ledger and of the bills."""
        return self.root / "usage.sqlite"

    @property
    def bills(self) -> Path:
        """What each run was, how it was judged and what it cost, one line each time that is told anew."""
        return self.root / "bills.ndjson"

    @property
    def breakers(self) -> Path:
        """Profiles on which nothing starts, and until when."""
        return self.root / "breakers.json"

    @property
    def records(self) -> Path:
        """Folder of what was measured of models."""
        return self.root / "models"

    @property
    def mcp_http(self) -> Path:
        """Address and token of the MCP server over HTTP."""
        return self.root / "mcp-http.json"

    @property
    def calls(self) -> Path:
        """What MCP clients have called, one file a month."""
        return self.root / "mcp"

    @property
    def bench(self) -> Path:
        """Folder of the projects of the benchmark suite and of checks."""
        return self.root / "bench"

    @property
    def canaries(self) -> Path:
        """Folder of what was seen when fences were tried."""
        return self.root / "canaries"

    def rehearsed(self, sha256: str) -> Path:
        """What is kept of the last rehearsal that went well with a binary."""
        return self.root / "rehearsals" / f"{sha256[:64]}.json"

    @property
    def setups(self) -> Path:
        """Folder of what set-ups of worktrees have made and later ones are given."""
        return self.root / "setups"

    @property
    def spares(self) -> Path:
        """Folder of files of large repositories that lie ready for worktrees."""
        return self.root / "spares"

    @property
    def ledger(self) -> Path:
        """Folder of the ledger's months."""
        return self.root / "ledger"

    @property
    def attempts(self) -> Path:
        """Folder of the attempts' private sides."""
        return self.root / "attempts"

    @property
    def worktrees(self) -> Path:
        """Folder of the isolated working copies."""
        return self.root / "worktrees"

    @property
    def trials(self) -> Path:
        """Folder in which results are laid out while commands try them."""
        return self.root / "trials"

    def seals(self, run: str) -> Path:
        """What ccorch has written of a run, by hash."""
        if not is_run_id(run):
            raise RunNotFound(f"{run!r} is not a run id", run=run)
        return self.root / "seals" / f"{run}.ndjson"

    @property
    def socket(self) -> Path:
        """Address of the daemon's socket, short enough for the system."""
        plain = self.root / "daemon.sock"
        if len(os.fsencode(plain)) <= LONGEST_SOCKET:
            return plain
        name = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:16]
        return self.runtime / f"ccorch-{os.getuid()}" / f"{name}.sock"

    @property
    def hidden(self) -> tuple[Path, ...]:
        """What no command in a sandbox has to see: secrets, other attempts, and the daemon's door."""
        return (self.root,) if self.socket.is_relative_to(self.root) else (self.root, self.socket.parent)

    def private(self, run: str) -> Path:
        """Folder of everything that is kept of a run outside its project."""
        if not is_run_id(run):
            raise RunNotFound(f"{run!r} is not a run id", run=run)
        return self.attempts / run

    def launch(self, run: str) -> Path:
        """What a run needs of its caller's machine, without secrets."""
        return self.private(run) / "launch.json"

    def secrets(self, run: str) -> Path:
        """The caller's secrets, while the run is not over."""
        return self.private(run) / "secrets.json"

    def ended(self, run: str) -> Path:
        """When the run was over, and how long its private evidence is kept."""
        return self.private(run) / "ended.json"

    def attempt(self, attempt: AttemptId) -> Path:
        """The private side of an attempt."""
        return self._of(self.attempts, attempt)

    def brought(self, attempt: AttemptId) -> Path:
        """What the set-up of an attempt's worktree has put there."""
        return self.attempt(attempt) / "setup.json"

    def sockets(self, attempt: AttemptId) -> Path:
        """A folder with a short name for what an attempt can reach by sockets alone."""
        name = hashlib.sha256(os.fsencode(self.attempt(attempt))).hexdigest()[:16]
        return self.runtime / f"ccorch-{os.getuid()}" / name

    def worktree(self, attempt: AttemptId) -> Path:
        """The isolated working copy of an attempt."""
        return self._of(self.worktrees, attempt)

    def make(self) -> None:
        """Make the state folder and the socket's, for the owner only; raises StoreUnusable on a network disk."""
        refuse_network(self.root)
        make_private_dir(self.root, self.root)
        _owned(self.root)
        folder = self.socket.parent
        if folder != self.root:
            make_private_dir(folder, folder.parent)
            _owned(folder)

    def _of(self, folder: Path, attempt: AttemptId) -> Path:
        if not is_run_id(attempt.run):
            raise RunNotFound(f"{attempt.run!r} is not a run id", run=attempt.run)
        return folder / attempt.run / _node(attempt.node) / str(attempt.attempt)


def _node(node: str) -> str:
    if not _NODE.fullmatch(node):
        raise NotFound(f"{node!r} is not a node id", node=node)
    return node


def _owned(folder: Path) -> None:
    """Nobody else may own the folder or put files into it."""
    with writing(folder):
        about = os.stat(folder)
    if about.st_uid != os.getuid():
        raise WorkspaceUnwritable(f"{folder} belongs to another user", path=str(folder))
    if stat.S_IMODE(about.st_mode) & 0o022:
        hint = f"chmod 700 {folder}"
        raise WorkspaceUnwritable(f"others may write into {folder}", hint=hint, path=str(folder))


def relative_name(path: str) -> str:
    """The name, when it can only lie below the folder it is relative to; raises NotFound."""
    parts = PurePosixPath(path).parts
    is_plain = path == "/".join(parts) and not any(part == ".." or part.startswith((".", "/")) for part in parts)
    if not parts or not is_plain or "\0" in path or "\\" in path:
        raise no_artifact(path)
    return path


def no_artifact(path: str) -> NotFound:
    """The error for a name that the run has no file of."""
    return NotFound(f"no artifact {path!r} in this run", path=path, hint="`ccorch artifact ls` lists them")
