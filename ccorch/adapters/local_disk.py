"""Which file system a folder lies on, and a refusal where what is kept there could not be trusted."""

import os
import re
from pathlib import Path

from ccorch.errors import StoreUnusable

NETWORK = frozenset(
    (
        *("9p", "afs", "beegfs", "ceph", "cifs", "gfs2", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4"),
        *("ocfs2", "orangefs", "pvfs2", "smb3", "smbfs"),
        *("fuse.ceph", "fuse.gcsfuse", "fuse.glusterfs", "fuse.juicefs", "fuse.rclone", "fuse.s3fs", "fuse.sshfs"),
    )
)
"""File systems on which the locks of SQLite, and locks on files, cannot be trusted."""

_MOUNTS = Path("/proc/self/mountinfo")


def refuse_network(folder: Path, mounts: str | None = None) -> None:
    """Raise StoreUnusable when the folder lies on a network file system."""
    if (kind := network_below(folder, mounts)) is not None:
        raise StoreUnusable(
            f"{folder} lies on {kind}, where locks cannot be trusted, neither SQLite's nor the daemon's",
            hint="name a folder on a local disk with CCORCH_STATE_DIR; projects may stay where they are",
            path=str(folder),
        )


def network_below(folder: Path, mounts: str | None = None) -> str | None:
    """Kind of the network file system that a folder lies on; null on a local disk, or where nobody knows."""
    kind = filesystem(folder, _mounted() if mounts is None else mounts)
    return kind if kind in NETWORK else None


def filesystem(folder: Path, mounts: str) -> str:
    """Kind of the file system that a folder lies on, by the system's list of mounts; empty when that is unknown."""
    here = os.path.realpath(folder)
    best, kind = "", ""
    for line in mounts.splitlines():
        fields, _, rest = line.partition(" - ")
        if not rest or len(fields.split(" ")) < 5:
            continue
        point = re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), fields.split(" ")[4])
        if (here == point or here.startswith(point.rstrip("/") + "/")) and len(point) >= len(best):
            best, kind = point, rest.split(" ")[0]  # of two at one place the later one hides the first
    return kind


def _mounted() -> str:
    try:
        return _MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return ""
