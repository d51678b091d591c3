"""Claude Code's own sandbox around the commands of a worker: what it needs, and how it is pinned."""

import os
import shutil
from collections.abc import Mapping
from typing import Any

from ccorch.ports import WorkOrder

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
        }
    }
