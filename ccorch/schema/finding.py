"""What a rule noticed while a run was live or judged."""

from typing import Literal

from ccorch.schema.base import Many, Value

Severity = Literal["low", "medium", "high", "critical"]

Sureness = Literal["leak", "candidate", "placeholder", "identifier"]
"""leak: a real secret by all that can be told; candidate: it may be one; placeholder: it stands for one;
identifier: a word of the program, no value."""


class Finding(Value):
    """Something noticed, with where to look."""

    code: str
    """Name of the detector, such as route_mismatch."""
    severity: Severity
    """How bad it is."""
    blocking: bool
    """Whether it stands against acceptance."""
    node: str | None = None
    """Node it was noticed in."""
    attempt: int | None = None
    """Attempt it was noticed in."""
    message: str
    """What was noticed, with the values."""
    place: str = ""
    """File and line, or the line of the worker's stream, where there is one."""
    events: Many[int] = ()
    """Numbers of the events that it rests on."""
    provisional: bool = False
    """Whether it was seen in work that was not over; what is found at the end of the attempt takes its place."""


class Sighting(Value):
    """A secret that was seen; never its value."""

    kind: str
    """What sort of secret, such as github_token; `secret` is a known value of the profile."""
    sure: Sureness
    """leak blocks; the others are told."""
    place: str
    """File and line, or line of the worker's stream."""
    length: int
    """How many bytes it has."""
    mark: str
    """Four digits that tell values apart, and too few to find one by guessing."""
