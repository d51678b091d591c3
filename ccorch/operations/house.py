"""What the verbs are done with: the plugs, and the caller's side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ccorch.ports import Binaries, Clock, Commands, Engine, Library, Profiles, Records, Setups, Worktrees
    from ccorch.ports.front import Front
    from ccorch.ports.results import Results
    from ccorch.ports.usage import Usage
    from ccorch.ports.vitals import Vitals
    from ccorch.ports.windows import Windows
    from ccorch.ports.workspace import Workspace
    from ccorch.rules.reconcile import SwitchLog
    from ccorch.schema.ceiling import Ceiling
    from ccorch.schema.fact import Asker, Caller


@dataclass(frozen=True)
class House:
    """Everything a verb may use; `wiring` fills it."""

    by: Caller
    """Which door the caller came through."""
    who: str
    """The person behind that door; empty is unknown."""
    project: Path
    """The project, as `-C` or the working directory names it; not yet checked."""
    environment: Mapping[str, str]
    """The caller's environment."""
    cache: Path
    """Folder for what can be made again."""
    user_config: Path
    """The user's configuration layer."""
    scripts: tuple[Path, ...]
    """Folders with scripts for the scripted model, by precedence."""
    read_script: Callable[[Path], object]
    """Reads a script as the scripted model will; raises ConfigInvalid with the file and every wrong key."""
    ceiling: Callable[[], Ceiling]
    """The owner's ceilings; raises ConfigInvalid when their file is broken."""
    profiles: Profiles
    binaries: Binaries
    worktrees: Worktrees
    results: Results
    commands: Commands
    setups: Setups
    library: Library
    records: Records
    usage: Usage
    switch_log: Callable[[float, float, tuple[str, str]], SwitchLog | None]
    """What CC Switch has logged between two moments, and its older days between two dates; null without a log."""
    bench_room: Path
    """Folder for the projects of the benchmark suite and of checks."""
    engine: Engine
    vitals: Callable[[], Vitals]
    """What stands behind the runs; looked for only by those who ask."""
    workspace: Callable[[], Workspace]
    """The project's workspace; looked for only by those who keep house."""
    windows: Windows
    """Where somebody can watch."""
    clock: Clock
    new_run: Callable[[], str]
    """A fresh run id."""
    pause: Callable[[float], None]
    """Wait for that many seconds."""
    front: Front
    """What clients start as the MCP server."""

    @property
    def asker(self) -> Asker:
        """Who asks."""
        from ccorch.schema.fact import Asker

        return Asker(by=self.by, who=self.who)
