"""The folder policy: what lies where in a project and beside it, what for, and who may write there."""

from typing import Literal

from ccorch.schema.base import Many, Value
from ccorch.schema.policy import WriteScope

Writer = Literal["people", "daemon", "keeper", "worker"]


class Place(Value):
    """A folder, or a file, with its purpose."""

    name: str
    """Its name in words."""
    path: str
    """Where it lies: relative to the project, or to the state folder when that begins with `$STATE/`."""
    purpose: str
    """What it is for."""
    written_by: Many[Writer]
    """Who may write there."""
    kept: str
    """How long what lies there is kept."""


class FolderPolicy(Value):
    """Every place with its purpose, and the scopes by which the rule of writes judges."""

    principle: str
    """The idea in a sentence."""
    places: Many[Place]
    """The places."""
    worker: WriteScope
    """Where workers may write: the scope that a run of this project has unless it asks for a smaller one."""
    keeper: WriteScope
    """Where `workspace clean`, `archive` and `restore` may write and delete."""
