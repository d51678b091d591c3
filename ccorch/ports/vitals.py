"""What the house needs to know of what stands behind its runs."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ccorch.schema.base import Many, Value
from ccorch.schema.ids import Sha256
from ccorch.schema.proof import FenceProof


@dataclass(frozen=True)
class DaemonVitals:
    """What is known of the daemon."""

    alive: bool
    """Whether its lock is held."""
    pid: int | None = None
    version: str | None = None
    is_other: bool = False
    """Whether its code is not this command's."""
    problem: str | None = None
    """Why it cannot be asked, in words."""
    live: frozenset[str] = frozenset()
    """Runs that it drives."""


@dataclass(frozen=True)
class DatabaseVitals:
    """What is known of the engine's database."""

    store: str
    problem: str | None = None
    """Why it cannot be used, in words."""
    stranded: tuple[str, ...] = ()
    """What stands in it and no daemon of this ccorch takes up."""
    aside: tuple[str, ...] = ()
    """Files that could not be used and were set aside."""


@dataclass(frozen=True)
class Room:
    """Space where things are written."""

    name: str
    path: str
    free_bytes: int
    writable: bool
    network: str | None = None
    """Kind of network file system that the state folder lies on; null on a local disk, and for others."""


@dataclass(frozen=True)
class Contract:
    """What a Claude Code binary offers of what is needed."""

    fingerprint: str
    """One word for all its flags."""
    is_tried: bool
    """Whether this ccorch was tried with exactly these."""
    missing: tuple[str, ...] = ()
    """Flags that workers are started with and that it does not have."""


class Rehearsed(Value):
    """A rehearsal that went well, with a certain binary."""

    sha256: Sha256
    """The binary."""
    version: str
    """Its version."""
    at: float
    """Unix time."""
    shapes: Many[str] = ()
    """Kinds of lines in its stream that this ccorch does not know."""


@dataclass(frozen=True)
class Store:
    """A database of the state folder, and the number of its form."""

    name: str
    found: int | None
    """Number that the file has; null when there is none, or nobody can read it."""
    newest: int
    """Number that this ccorch makes of it."""


@dataclass(frozen=True)
class Frozen:
    """A process of an attempt that somebody has stopped with a signal."""

    attempt: str
    who: str
    pid: int


@dataclass(frozen=True)
class Rebuilt:
    """What was made anew from the run folders."""

    unreadable: tuple[str, ...]
    """Runs whose folders cannot be read."""
    aside: str | None
    """Where the database lies that was there before."""


class Vitals(Protocol):
    """What stands behind the runs on this machine."""

    def daemon(self) -> DaemonVitals:
        """Whether it lives, and what it says of itself."""
        ...

    def database(self) -> DatabaseVitals:
        """Whether the engine's database can be used."""
        ...

    def rooms(self, project: Path) -> tuple[Room, ...]:
        """Free space where things are written."""
        ...

    def frozen(self) -> tuple[Frozen, ...]:
        """Shims and workers that were stopped with a signal."""
        ...

    def fences(self) -> tuple[FenceProof, ...]:
        """What was seen when fences were tried, the latest last."""
        ...

    def forget_fences(self) -> int:
        """Have them tried anew; how many were known."""
        ...

    def stores(self) -> tuple[Store, ...]:
        """The databases that are migrated by number."""
        ...

    def program(self, name: str) -> tuple[Path, str] | None:
        """A program of the PATH and what it says of its version; null when there is none."""
        ...

    def contract(self, binary: Path, version: str) -> Contract:
        """What a Claude Code binary offers; raises ClaudeUnusable when it says nothing."""
        ...

    def unknown_shapes(self, stream: bytes) -> tuple[str, ...]:
        """Kinds of lines in a worker's stream that this ccorch does not know."""
        ...

    def rehearsed(self, sha256: str) -> Rehearsed | None:
        """The last rehearsal that went well with this binary."""
        ...

    def note_rehearsal(self, done: Rehearsed) -> None:
        """Write down that a rehearsal went well."""
        ...

    def rebuild(self) -> Rebuilt:
        """Make index and database anew from the run folders. Raises Busy and DaemonUnreachable."""
        ...
