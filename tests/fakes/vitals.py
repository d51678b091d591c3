"""A machine's vitals that are what the test says."""

from dataclasses import dataclass, field
from pathlib import Path

from ccorch.ports.vitals import Contract, DaemonVitals, DatabaseVitals, Frozen, Rebuilt, Rehearsed, Room, Store
from ccorch.schema.proof import FenceProof

TRIED = Contract("f" * 12, True)
NONE, FOLDERS = DaemonVitals(alive=False), DatabaseVitals("inline")


@dataclass
class SaidVitals:
    """All is well unless said otherwise."""

    of_daemon: DaemonVitals = NONE
    of_database: DatabaseVitals = FOLDERS
    free_bytes: int = 50 << 30
    writable: bool = True
    stopped: tuple[Frozen, ...] = ()
    rebuilt: int = 0
    network: str | None = None
    programs: tuple[str, ...] = ("git", "codex")
    of_claude: Contract = TRIED
    known: dict[str, Rehearsed] = field(default_factory=dict)

    def daemon(self) -> DaemonVitals:
        return self.of_daemon

    def database(self) -> DatabaseVitals:
        return self.of_database

    def rooms(self, project: Path) -> tuple[Room, ...]:
        return (Room("state", "/state", self.free_bytes, self.writable, self.network),)

    def stores(self) -> tuple[Store, ...]:
        return (Store("index.sqlite", 1, 2), Store("usage.sqlite", None, 1))

    def program(self, name: str) -> tuple[Path, str] | None:
        return (Path("/usr/bin") / name, f"{name} 1.2") if name in self.programs else None

    def contract(self, binary: Path, version: str) -> Contract:
        return self.of_claude

    def unknown_shapes(self, stream: bytes) -> tuple[str, ...]:
        return ()

    def rehearsed(self, sha256: str) -> Rehearsed | None:
        return self.known.get(sha256)

    def note_rehearsal(self, done: Rehearsed) -> None:
        self.known[done.sha256] = done

    def fences(self) -> tuple[FenceProof, ...]:
        return ()

    def forget_fences(self) -> int:
        return 0

    def frozen(self) -> tuple[Frozen, ...]:
        return self.stopped

    def rebuild(self) -> Rebuilt:
        self.rebuilt += 1
        return Rebuilt((), "/state/db.sqlite.unusable-1")
