"""A short account of a run that is under way, for whoever has lost sight of it."""

from ccorch.schema.base import Many, Value


class Checkpoint(Value):
    """What happened since the checkpoint before, and what remains."""

    number: int
    """From 1, in the order in which they were made."""
    seq: int
    """Number of the last event that it tells of."""
    at: float
    """Unix time of that event."""
    done: Many[str] = ()
    """Nodes that came to an end, and how; which tools the nodes have called."""
    found: Many[str] = ()
    """Codes of what rules noticed, with the node."""
    changed: Many[str] = ()
    """Files that workers called a writing tool for."""
    repeated: Many[str] = ()
    """Tool calls that were made more than once, with how often."""
    remaining: Many[str] = ()
    """Nodes at work, and how many wait."""
    drift: Many[str] = ()
    """What went another way than planned: other models, other routes, work set back, limits reached."""
