"""What a caller can ask of a run that goes on: stop, pause, resume, retry, answer, move, note, send."""

from typing import Annotated, Literal

from pydantic import Field

from ccorch.schema.base import Value
from ccorch.schema.noted import ReportedTokens, ReportedUsd

Action = Literal["stop", "pause", "resume", "retry", "send", "answer", "note"]


class StopRequest(Value):
    """Stop a run; its evidence is kept."""

    run: str | None = None
    """Run id or a unique beginning of it; none means this project's latest run, never another project's."""
    reason: str = ""
    """Why, for the record."""


class PauseRequest(Value):
    """Start nothing more of a run; what is at work goes on."""

    run: str | None = None
    """Run id or a unique beginning of it; none means this project's latest run, never another project's."""
    reason: str = ""
    """Why, for the record."""


class ResumeRequest(Value):
    """Go on with a paused run, or do the work again that was set back after its end."""

    run: str | None = None
    """Run id or a unique beginning of it; none means this project's latest run, never another project's."""


class RetryRequest(Value):
    """Have a node and everything after it done again; a run that was over then waits for `resume`."""

    run: str
    """Run id or a unique beginning of it."""
    node: str
    """Node or gate."""
    reason: str = ""
    """Why, for the record."""


class AnswerRequest(Value):
    """Answer a gate that waits for somebody."""

    run: str
    """Run id or a unique beginning of it."""
    node: str
    """The gate."""
    choice: str
    """One of its choices."""
    reason: str = ""
    """Why, for the record."""


class MoveRequest(Value):
    """Give a run that is not over another place in the queue."""

    run: str
    """Run id or a unique beginning of it."""
    priority: Annotated[int, Field(ge=-1000, le=1000)]
    """Its priority from now on; runs with a higher one start first, and equal ones as they came."""


class NoteRequest(Value):
    """Write something down about a run: words, and what its controller has spent on it itself."""

    run: str
    """Run id or a unique beginning of it."""
    text: str = ""
    """The words."""
    controller_tokens: ReportedTokens = None
    """Tokens that the controller has spent on the run since its last report."""
    controller_usd: ReportedUsd = None
    """US dollars that it has spent."""
    controller_model: str | None = None
    """Model that the controller is."""


class SendRequest(Value):
    """Tell a worker something in its session; one that has ended goes on with it, on the same route."""

    run: str
    """Run id or a unique beginning of it."""
    text: str
    """What is said."""
    node: str | None = None
    """The node; none means the only one at work, or the only one of the run."""
    interrupt: bool = False
    """End the running turn first; else it is heard when that turn is over."""
    profile: str | None = None
    """Of a run that is over: go on with the declared fallback on this profile; none keeps the route."""


class ControlRequest(Value):
    """Stop, pause, resume, retry, send, answer or note, and note what the caller itself has spent on the run."""

    run: str
    """Run id or a unique beginning of it."""
    action: Action
    """What is done."""
    node: str | None = None
    """For retry and send: node; for answer: gate."""
    text: str = ""
    """Words of send or note, choice of answer; else why."""
    controller_tokens: ReportedTokens = None
    """Tokens you have spent on the run since your last report."""
    controller_usd: ReportedUsd = None
    """US dollars you have spent on it since."""
    controller_model: str | None = None
    """Model you are."""
