"""Sentences that several views of a run say."""

from ccorch.schema.fact import named


def submitted(by: str, who: str) -> str:
    """Who wanted the run."""
    return f"submitted from {named(by, who)}"


def held_back(reason: str) -> str:
    """That it could start but does not."""
    return f"waits: {reason}"


def finished(status: str) -> str:
    """How a run ended."""
    return f"the run is over: {status}"
