"""The neck: who answers each plug, in a caller's process and in the daemon."""

from __future__ import annotations

import json
import os
import secrets
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from ccorch.adapters.clock import SystemClock
from ccorch.adapters.daemon.client import DaemonEngine
from ccorch.adapters.daemon.place import Place
from ccorch.adapters.daemon.thrift import ALLOCATOR
from ccorch.adapters.files import write_private
from ccorch.adapters.run_folder.layout import State
from ccorch.adapters.user import user
from ccorch.config.layers import default_user_dir, folder_of, packaged_folder, project_root
from ccorch.operations.house import House

if TYPE_CHECKING:
    from socket import socket

    from ccorch.adapters.cc_switch.switch import CcSwitch
    from ccorch.adapters.daemon.hosting import Hosting
    from ccorch.adapters.daemon.vitals import MachineVitals
    from ccorch.ports import Binaries, Clock, Commands, Library, Profiles, Records, Setups, Worktrees
    from ccorch.ports.front import Front
    from ccorch.ports.results import Results
    from ccorch.ports.usage import Usage
    from ccorch.ports.windows import Windows
    from ccorch.ports.workspace import Workspace
    from ccorch.schema.ceiling import Ceiling
    from ccorch.schema.config import Engine
    from ccorch.schema.fact import Caller
    from ccorch.schema.keeping import ServeRequest
    from ccorch.schema.mcp import Call, McpSettings

T = TypeVar("T")

SERVING = "serving; Ctrl-C ends it, workers go on"

ALLOWED = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "XDG_RUNTIME_DIR")
"""Variables that the daemon starts with, besides those beginning with CCORCH_ and XDG_."""


def open_house(project: Path, by: Caller, environment: Mapping[str, str], who: str = "") -> House:
    """Everything a caller's verbs need; nothing is started or written by opening it.

    `who` names the person; at a terminal and on the board that is the user of this process.
    """
    state = State.of(environment)
    clock = SystemClock()
    records = _later(lambda: _records(state))
    project = project_root(project)
    user_config = default_user_dir()
    return House(
        by=by,
        who=who or (user() if by in ("terminal", "board") else ""),
        project=project,
        environment=environment,
        cache=_cache(environment),
        user_config=user_config,
        scripts=(Path(packaged_folder("conf")) / "scripts",),
        read_script=_read_script,
        ceiling=lambda: _ceiling(user_config),
        profiles=_later(lambda: _profiles(state, environment, records, clock)),
        binaries=_later(lambda: _binaries(environment)),
        worktrees=_later(lambda: _worktrees(state)),
        results=_later(lambda: _results(state)),
        commands=_later(lambda: _commands(state)),
        setups=_later(lambda: _setups(state)),
        library=_later(lambda: _library(state, clock, project)),
        records=records,
        usage=_later(lambda: _usage(state)),
        switch_log=lambda since, until, days: (
            switch.logged(since, until, days) if (switch := _switch(environment)()) else None
        ),
        bench_room=state.bench,
        engine=_engine(state, environment),
        vitals=lambda: _vitals(state, environment, user_config),
        workspace=lambda: _workspace(state, project),
        windows=_later(lambda: _windows(environment)),
        clock=clock,
        new_run=lambda: secrets.token_hex(8),
        pause=time.sleep,
        front=_later(lambda: _front(environment, user_config)),
    )


def _read_script(path: Path) -> object:
    from ccorch.adapters.scripted.script import load

    return load(path)


def serve(request: ServeRequest, environment: Mapping[str, str], loaded: Callable[[], None]) -> int:
    """Be the daemon until it is idle or told to end; 5 when another one lives. With `stop`, end the living one.

    `loaded` is called when everything is there that a daemon needs.
    """
    from ccorch.adapters.daemon.hosting import be_daemon

    state = State.of(environment)
    if request.stop:
        ended = _engine(state, environment).drain()
        print("the daemon has ended; its workers go on" if ended else "no daemon was alive")
        return 0

    def ready() -> None:
        loaded()
        if not request.daemon:
            print(SERVING, flush=True)

    if be_daemon(_hosting(state, environment), ready):
        return 0
    print("another daemon is alive; `ccorch serve --stop` ends it", file=sys.stderr)
    return 5


def _front(environment: Mapping[str, str], user_config: Path) -> Front:
    from ccorch.adapters.process.warming import McpFront
    from ccorch.config.owner import MCP

    return McpFront(_cache(environment), user_config / MCP, environment)


def listening(port: int) -> socket:
    """A socket of this machine alone at this port; raises ArgumentInvalid."""
    from ccorch.adapters.loopback import listening as made

    return made(port)


def tell_http(address: str, token: str, environment: Mapping[str, str]) -> Path:
    """Write down where MCP is served over HTTP, for who may read this user's private files; the file."""
    state = State.of(environment)
    state.make()
    told = {"url": address, "token": token}
    write_private(state.mcp_http, json.dumps(told).encode() + b"\n")
    return state.mcp_http


def mcp_settings() -> McpSettings:
    """What the owner lets MCP clients see."""
    from ccorch.config.owner import read_mcp

    return read_mcp(default_user_dir())


def note_call(call: Call, environment: Mapping[str, str]) -> None:
    """Write a client's call down."""
    from ccorch.adapters.calls import CallLog

    CallLog(State.of(environment).calls).note(call)


@contextmanager
def in_foreground(environment: Mapping[str, str]) -> Iterator[None]:
    """Host the daemon in a thread of this process while the block runs; attach when one lives already."""
    from ccorch.adapters.daemon.hosting import beside

    state = State.of(environment)
    if _engine(state, environment).is_alive():
        yield
        return
    with beside(_hosting(state, environment)):
        yield


class _Later:
    """A plug that is put in when something is first asked of it, so that a verb loads no other verb's adapters."""

    def __init__(self, open: Callable[[], object]) -> None:
        self._open = cache(open)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._open(), name)


def _later(open: Callable[[], T]) -> T:
    return cast(T, _Later(open))


def _records(state: State) -> Records:
    from ccorch.adapters.records import RecordFiles

    return RecordFiles(state.records)


def _profiles(state: State, environment: Mapping[str, str], records: Records, clock: Clock) -> Profiles:
    from ccorch.adapters.profiles import ProfileFiles

    return ProfileFiles(
        environment,
        scripted_token=lambda: _scripted(state)["token"],
        switch=_switch(environment),
        records=records,
        clock=clock,
    )


def _binaries(environment: Mapping[str, str]) -> Binaries:
    from ccorch.adapters.claude_code.binary import ClaudeBinaries

    return ClaudeBinaries(_cache(environment), environment)


def _worktrees(state: State) -> Worktrees:
    from ccorch.adapters.git import GitWorktrees

    return GitWorktrees(state.worktree)


def _results(state: State) -> Results:
    from ccorch.adapters.git_results import GitResults

    return GitResults(lambda: _trials(state))


def _commands(state: State) -> Commands:
    from ccorch.adapters.process.confined import ConfinedCommands

    return ConfinedCommands(state.hidden)


def _setups(state: State) -> Setups:
    from ccorch.adapters.worktree_setup import WorktreeSetups

    return WorktreeSetups(state.brought, state.worktree, state.setups, state.hidden)


def _library(state: State, clock: Clock, project: Path) -> Library:
    from ccorch.adapters.run_folder.library import RunLibrary

    return RunLibrary(state, clock, project)


def _usage(state: State) -> Usage:
    from ccorch.adapters.usage.reader import UsageLedger

    return UsageLedger(state.usage, state.ledger, state.bills)


def _windows(environment: Mapping[str, str]) -> Windows:
    from ccorch.adapters.process.windows import TerminalWindows

    return TerminalWindows([sys.executable, "-m", "ccorch"], environment)


def _trials(state: State) -> Path:
    state.make()
    return state.trials


def _ceiling(user_config: Path) -> Ceiling:
    from ccorch.config.owner import read_ceiling  # brings a YAML parser, which reading verbs do without

    return read_ceiling(user_config)


def _ceiling_now(user_config: Path) -> Callable[[], Ceiling]:
    """The ceilings as they are now; their file is read again only when it has changed."""
    from ccorch.config.owner import CEILING

    path = user_config / CEILING
    known: dict[tuple[int, int], Ceiling] = {}

    def now() -> Ceiling:
        try:
            found = path.stat()
            seen = (found.st_mtime_ns, found.st_size)
        except OSError:
            return _ceiling(user_config)
        if seen not in known:
            read = _ceiling(user_config)
            known.clear()
            known[seen] = read
        return known[seen]

    return now


def _engine_config(user_config: Path) -> Engine:
    from ccorch.config.owner import read_engine

    return read_engine(user_config)


def _hosting(state: State, environment: Mapping[str, str]) -> Hosting:
    from ccorch.adapters.daemon.hosting import Hosting
    from ccorch.adapters.profiles import ProfileFiles
    from ccorch.rules.admission import Slots

    return Hosting(
        state=state,
        place=Place(state.socket, state.daemon_lock),
        profiles=ProfileFiles({}, lambda: _scripted(state)["token"], _switch(environment)),
        slots=Slots.of(_ceiling(default_user_dir())),
        ceiling=_ceiling_now(default_user_dir()),
        engine=_engine_config(default_user_dir()),
        reviver={
            "lock": str(state.daemon_lock),
            "argv": _daemon_argv(),
            "env": _daemon_environment(environment),
            "log": str(state.root / "daemon.log"),
        },
    )


def _switch(environment: Mapping[str, str]) -> Callable[[], CcSwitch | None]:
    """CC Switch's files as they are when they are asked for; null as long as there is nothing of it."""
    found: list[CcSwitch] = []

    def look() -> CcSwitch | None:
        from ccorch.adapters.cc_switch.home import discover

        if not found and ((home := discover(environment)).installed or home.expected):
            from ccorch.adapters.cc_switch.switch import CcSwitch

            found.append(CcSwitch(environment))
        return found[0] if found else None

    return look


def _engine(state: State, environment: Mapping[str, str]) -> DaemonEngine:
    log = state.root / "daemon.log"

    def start() -> None:
        state.make()
        from ccorch.adapters.process.detached import start_detached

        start_detached(_daemon_argv(), _daemon_environment(environment), log)

    return DaemonEngine(Place(state.socket, state.daemon_lock), start, log)


def _vitals(state: State, environment: Mapping[str, str], user_config: Path) -> MachineVitals:
    from ccorch.adapters.daemon.vitals import MachineVitals

    place = Place(state.socket, state.daemon_lock)
    path = environment.get("PATH", os.defpath)
    return MachineVitals(state, place, lambda: _engine_config(user_config), _engine(state, environment), path)


def _workspace(state: State, project: Path) -> Workspace:
    from ccorch.adapters.workspace.keeper import WorkspaceKeeper

    return WorkspaceKeeper(state, project.resolve())


def _daemon_argv() -> list[str]:
    return [sys.executable, "-m", "ccorch", "serve", "--daemon"]


def _daemon_environment(environment: Mapping[str, str]) -> dict[str, str]:
    allowed = {
        name: value
        for name, value in environment.items()
        if name in ALLOWED or name.startswith(("CCORCH_", "XDG_", "CC_SWITCH_"))
    }
    return {**allowed, **ALLOCATOR}


def _cache(environment: Mapping[str, str]) -> Path:
    """Folder for what can be made again, as CCORCH_CACHE_DIR or XDG_CACHE_HOME name it."""
    return folder_of(environment, "CCORCH_CACHE_DIR", "XDG_CACHE_HOME", ".cache")


def _scripted(state: State) -> dict[str, str]:
    """The credential of the bundled scripted model; made once and kept in the state folder."""
    path = state.root / "scripted.json"
    if not path.exists():
        state.make()
        write_private(path, json.dumps({"token": f"scripted-{secrets.token_urlsafe(24)}"}).encode())
    known: dict[str, str] = json.loads(path.read_bytes())
    return known
