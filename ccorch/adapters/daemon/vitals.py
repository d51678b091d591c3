"""What stands behind the runs on this machine: the daemon, the engine's database, room on disk, frozen shims."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ccorch.adapters.claude_code.contract import contract, unknown_shapes
from ccorch.adapters.claude_code.proofs import forget, proofs
from ccorch.adapters.daemon import build, lock
from ccorch.adapters.daemon.ask import NobodyHome, ask
from ccorch.adapters.daemon.client import DaemonEngine
from ccorch.adapters.daemon.place import Place
from ccorch.adapters.dbos import file
from ccorch.adapters.dbos.stranded import pending
from ccorch.adapters.files import make_private_dir, read_limited, write_private
from ccorch.adapters.local_disk import network_below
from ccorch.adapters.process.commands import run
from ccorch.adapters.process.frozen import frozen
from ccorch.adapters.run_folder.index import Index
from ccorch.adapters.run_folder.layout import State
from ccorch.adapters.run_folder.looking import MIGRATIONS as INDEX
from ccorch.adapters.run_folder.projects import known_projects
from ccorch.adapters.small_database import version_of
from ccorch.adapters.usage.tables import MIGRATIONS as USAGE
from ccorch.errors import Busy, CcorchError, StoreUnusable, WorkspaceUnwritable
from ccorch.ports.vitals import Contract, DaemonVitals, DatabaseVitals, Frozen, Rebuilt, Rehearsed, Room, Store
from ccorch.rules.plain import line
from ccorch.schema.config import Engine
from ccorch.schema.proof import FenceProof

ANSWER_SECONDS = 10.0
"""How long a daemon may take to say who it is."""

LOCKED_SECONDS = 2.0
"""How long another process may hold the database before that is told; the daemon's own writes take milliseconds."""

_LIMIT = 1 << 20


class MachineVitals:
    """Answers the vitals port; only `rebuild` changes anything."""

    def __init__(
        self, state: State, place: Place, engine: Callable[[], Engine], daemon: DaemonEngine, path: str
    ) -> None:
        """`path` is the caller's PATH."""
        self._path = os.pathsep.join(entry for entry in path.split(os.pathsep) if os.path.isabs(entry))
        self._state = state
        self._place = place
        self._engine = engine
        self._daemon = daemon

    def daemon(self) -> DaemonVitals:
        """Whether it lives, and what it says of itself."""
        if not lock.is_held(self._place.lock):
            return DaemonVitals(alive=False)
        pid = self._record().get("pid")
        try:
            said = ask(self._place.socket, "hello", ANSWER_SECONDS)
        except NobodyHome:
            return DaemonVitals(alive=True, pid=pid, problem="it is just starting or ending")
        except CcorchError as problem:
            return DaemonVitals(alive=True, pid=pid, problem=problem.message)
        found = build.told_by(said)
        return DaemonVitals(
            alive=True,
            pid=int(said["pid"]),
            version=found.version,
            is_other=found != build.this(),
            live=frozenset(said["live"]),
        )

    def database(self) -> DatabaseVitals:
        """Whether the engine's database can be used, in words where it cannot."""
        engine, path = self._engine(), self._state.database
        aside = tuple(str(path) for path in sorted(self._state.root.glob(f"{path.name}.unusable-*[0-9]")))
        if engine.store == "postgres":
            from ccorch.adapters.dbos.postgres import problem_of

            return DatabaseVitals(engine.store, problem_of(engine), aside=aside)
        problem = self._problem_of(path) if engine.store == "sqlite" else None
        known = pending(path) if engine.store == "sqlite" and not problem else ()
        return DatabaseVitals(engine.store, problem, tuple(row.id for row in known if row.is_stranded), aside)

    def rooms(self, project: Path) -> tuple[Room, ...]:
        """Free space where things are written."""
        return tuple(_room(name, path) for name, path in (("state", self._state.root), ("project", project)))

    def frozen(self) -> tuple[Frozen, ...]:
        """Shims and workers that somebody has stopped with a signal."""
        return tuple(Frozen(*found) for found in frozen(self._state.attempts))

    def fences(self) -> tuple[FenceProof, ...]:
        """What was seen when fences were tried, the latest last."""
        return proofs(self._state.canaries)

    def stores(self) -> tuple[Store, ...]:
        """The databases that are migrated by number; the daemon brings them up to date when it opens them."""
        known = ((self._state.index, len(INDEX)), (self._state.usage, len(USAGE)))
        return tuple(Store(path.name, version_of(path), newest) for path, newest in known)

    def program(self, name: str) -> tuple[Path, str] | None:
        """A program of the PATH and the first line that it says of its version."""
        found = shutil.which(name, path=self._path)
        if found is None:
            return None
        try:
            done = run([found, "--version"], cwd="/", env={"PATH": self._path, "HOME": "/nonexistent"}, timeout=20)
        except OSError:
            return Path(found), ""
        said = done.stdout.decode("utf-8", "replace").splitlines()
        return Path(found), line(said[0])[:80] if said and done.rc == 0 else ""

    def contract(self, binary: Path, version: str) -> Contract:
        """What a Claude Code binary offers of what is needed."""
        return contract(binary, version, self._path)

    def unknown_shapes(self, stream: bytes) -> tuple[str, ...]:
        """Kinds of lines in a worker's stream that this ccorch does not know."""
        return unknown_shapes(stream)

    def rehearsed(self, sha256: str) -> Rehearsed | None:
        """The last rehearsal that went well with this binary."""
        try:
            found = Rehearsed.model_validate_json(read_limited(self._state.rehearsed(sha256), _LIMIT))
        except (OSError, ValidationError):
            return None
        return found if found.sha256 == sha256 else None

    def note_rehearsal(self, done: Rehearsed) -> None:
        """Write down that a rehearsal went well."""
        path = self._state.rehearsed(done.sha256)
        make_private_dir(path.parent, self._state.root)
        write_private(path, done.model_dump_json().encode())

    def forget_fences(self) -> int:
        """Have them tried anew; how many were known."""
        return forget(self._state.canaries)

    def rebuild(self) -> Rebuilt:
        """Make index and database anew from the run folders; the next daemon goes on with what is not over.

        A living daemon ends before that; workers go on. Raises Busy and DaemonUnreachable.
        """
        with self._alone():
            self._state.make()
            path = self._state.database
            aside = file.set_aside(path) if path.exists() else None
            with closing(Index(self._state.index)) as index:
                unreadable = index.rebuild(known_projects(self._state))
        self._daemon.ensure()
        return Rebuilt(tuple(unreadable), str(aside) if aside else None)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep every daemon away meanwhile; shims revive one that ended, so the first try may come too late."""
        for _ in range(3):
            self._daemon.drain()
            if (held := lock.take(self._place.lock, 0.0)) is not None:
                try:
                    yield
                finally:
                    os.close(held)
                return
        raise Busy("a daemon is started again and again", hint="try again")

    def _problem_of(self, path: Path) -> str | None:
        if not path.exists():
            in_use = lock.is_held(self._place.lock) and self._record().get("store") == "sqlite"
            return f"{path} was deleted under the living daemon, which accepts no run now" if in_use else None
        try:
            file.inspect(path, LOCKED_SECONDS)
        except (StoreUnusable, WorkspaceUnwritable, Busy) as problem:
            return problem.message
        return None

    def _record(self) -> dict[str, Any]:
        """What the latest daemon wrote down of itself."""
        try:
            found = json.loads(read_limited(self._state.daemon_record, _LIMIT))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}


def _room(name: str, path: Path) -> Room:
    there = next(folder for folder in (path, *path.parents) if folder.exists())
    about = os.statvfs(there)
    network = network_below(there) if name == "state" else None
    return Room(
        name, str(path), about.f_bavail * about.f_frsize, there.is_dir() and os.access(there, os.W_OK), network
    )
