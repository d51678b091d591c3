"""What the house needs of the outside world, as small protocols; adapters and fakes answer them.

Each is loaded when it is first asked for: whoever reads a run brings along none of what starts workers.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ccorch.ports.attempt import AttemptId as AttemptId
    from ccorch.ports.binaries import Binaries as Binaries
    from ccorch.ports.canaries import Canaries as Canaries
    from ccorch.ports.clock import Clock as Clock
    from ccorch.ports.commands import Commands as Commands
    from ccorch.ports.commands import Ran as Ran
    from ccorch.ports.engine import Engine as Engine
    from ccorch.ports.gateway import Gateway as Gateway
    from ccorch.ports.gateway import Held as Held
    from ccorch.ports.gateway import Seat as Seat
    from ccorch.ports.listing import Census as Census
    from ccorch.ports.listing import Listing as Listing
    from ccorch.ports.profiles import Carried as Carried
    from ccorch.ports.profiles import Profiles as Profiles
    from ccorch.ports.records import Records as Records
    from ccorch.ports.runs import Library as Library
    from ccorch.ports.runs import Runs as Runs
    from ccorch.ports.setups import Fresh as Fresh
    from ccorch.ports.setups import SetUp as SetUp
    from ccorch.ports.setups import Setups as Setups
    from ccorch.ports.work import Block as Block
    from ccorch.ports.work import Ending as Ending
    from ccorch.ports.work import Report as Report
    from ccorch.ports.work import Workers as Workers
    from ccorch.ports.work import WorkOrder as WorkOrder
    from ccorch.ports.worktrees import Change as Change
    from ccorch.ports.worktrees import Head as Head
    from ccorch.ports.worktrees import Worktrees as Worktrees

ROOMS = {
    "attempt": ("AttemptId",),
    "binaries": ("Binaries",),
    "canaries": ("Canaries",),
    "clock": ("Clock",),
    "commands": ("Commands", "Ran"),
    "engine": ("Engine",),
    "gateway": ("Gateway", "Held", "Seat"),
    "listing": ("Census", "Listing"),
    "profiles": ("Carried", "Profiles"),
    "records": ("Records",),
    "runs": ("Library", "Runs"),
    "setups": ("Fresh", "SetUp", "Setups"),
    "work": ("Block", "Ending", "Report", "WorkOrder", "Workers"),
    "worktrees": ("Change", "Head", "Worktrees"),
}
"""What is asked for by the name of this package, by the module in which it stands."""

_PLACES = {name: room for room, names in ROOMS.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: object = getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
    globals()[name] = found
    return found
