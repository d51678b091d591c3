"""A machine's vitals that are what the test says."""

from dataclasses import dataclass
from pathlib import Path

from ccorch.ports.vitals import DaemonVitals, DatabaseVitals, Frozen, Rebuilt, Room
from ccorch.schema.proof import FenceProof

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

    def daemon(self) -> DaemonVitals:
        return self.of_daemon

    def database(self) -> DatabaseVitals:
        return self.of_database

    def rooms(self, project: Path) -> tuple[Room, ...]:
        return (Room("state", "/state", self.free_bytes, self.writable),)

    def fences(self) -> tuple[FenceProof, ...]:
        return ()

    def forget_fences(self) -> int:
        return 0

    def frozen(self) -> tuple[Frozen, ...]:
        return self.stopped

    def rebuild(self) -> Rebuilt:
        self.rebuilt += 1
        return Rebuilt((), "/state/db.sqlite.unusable-1")
