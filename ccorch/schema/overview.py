"""Where all runs of a project stand, short enough to begin anew from."""

from typing import Any

from pydantic import model_serializer

from ccorch.schema.base import Many, Value
from ccorch.schema.status import RunStatus


class Stand(Value):
    """One run in short; what there is nothing to say of is left out."""

    run_id: str
    """Id of the run."""
    status: RunStatus
    """Its state."""
    task: str
    """Beginning of its task."""
    nodes: str
    """How many of its nodes passed, of how many."""
    working: Many[str] = ()
    """Nodes at work, with their tool calls."""
    found: Many[str] = ()
    """Codes of what rules noticed, those that stand against acceptance with an exclamation mark."""
    drift: Many[str] = ()
    """What its last checkpoint says of other ways than planned."""
    usd: float | None = None
    """Money so far; null is unknown, or none because a subscription pays."""
    left_usd: float | None = None
    """Money that it may still spend; null where there is no limit or its money is unknown."""
    next: str
    """What is recommended now."""
    why: str
    """Why."""
    choices: Many[str] = ()
    """Commands among which somebody has to choose."""

    @model_serializer
    def sent(self) -> dict[str, Any]:
        """As it is sent."""
        told = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: list(v) if isinstance(v, tuple) else v for name, v in told.items() if v not in (None, (), "")}


class Overview(Value):
    """Runs that are not over, and those that are over and not decided, what needs somebody first."""

    project: str
    """The project."""
    runs: Many[Stand]
    """The runs."""
    left_out: int = 0
    """How many more of them there are."""
    brief: dict[str, Many[str]] = {}
    """Of those the beginnings of their ids, by what is recommended; of a crowd the first ones."""
    settled: int = 0
    """How many runs there are besides that need nobody."""
    wait: str = ""
    """Command that waits for news of the runs that are not over."""
    note: str | None = None
    """What to know about how they were found."""

    @model_serializer
    def sent(self) -> dict[str, Any]:
        """As it is sent: the runs always, and what else there is to say."""
        told = {name: getattr(self, name) for name in type(self).model_fields if name != "runs"}
        runs = [one.model_dump() for one in self.runs]
        return {"runs": runs, **{name: value for name, value in told.items() if value}}
