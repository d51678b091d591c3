"""Claude Code's own sandbox around the commands of a worker: what it needs, and how it is pinned."""

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ccorch.adapters.files import make_private_dir
from ccorch.adapters.process import private
from ccorch.errors import WorkspaceUnwritable
from ccorch.ports import AttemptId, WorkOrder

TOOLS = ("bwrap", "socat")
"""Programs that it is built on."""


def missing(path: str) -> tuple[str, ...]:
    """Which of its programs are not found; only absolute entries of the PATH count."""
    entries = os.pathsep.join(entry for entry in path.split(os.pathsep) if os.path.isabs(entry))
    return tuple(tool for tool in TOOLS if shutil.which(tool, path=entries) is None)


def sandbox(order: WorkOrder) -> Mapping[str, Any]:
    """The settings of one worker; nothing where it can start none, or none is wanted or possible."""
    wanted = order.node.sandbox
    if wanted == "off" or not order.node.writes or "Bash" not in order.node.role.tools:
        return {}
    if wanted == "auto" and missing(order.launch.environment.get("PATH", "")):
        return {}
    return {
        "sandbox": {
            "enabled": True,
            # without it a sandbox that cannot be built is a warning, and commands run outside
            "failIfUnavailable": wanted == "required",
            "allowUnsandboxedCommands": False,
            # what may be run is still for rules and hook to say
            "autoAllowBashIfSandboxed": False,
            "network": {"allowedDomains": [], "allowLocalBinding": False},
            "filesystem": {"denyRead": list(private.there())},
        }
    }


def sockets_of(order: WorkOrder, place: Callable[[AttemptId], Path] | None) -> Path | None:
    """A folder for the sockets of its sandbox; none where it has no sandbox."""
    if place is None or not sandbox(order):
        return None
    folder = place(order.id)
    make_private_dir(folder, folder.parents[1])
    if folder.parent.stat().st_uid != os.getuid():
        raise WorkspaceUnwritable(f"{folder.parent} belongs to another user", path=str(folder.parent))
    return folder


def forget_sockets(order: WorkOrder, place: Callable[[AttemptId], Path] | None) -> None:
    """Take that folder away, where there is one."""
    if place is not None:
        shutil.rmtree(place(order.id), ignore_errors=True)
