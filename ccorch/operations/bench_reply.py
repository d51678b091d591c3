"""What `models bench` answers: a row for each case, a total for each model, and what to know before running it."""

import shlex
from collections.abc import Iterator, Sequence
from typing import Literal

from ccorch.schema.base import Many, Value
from ccorch.schema.experience import SUITE, Case
from ccorch.schema.measuring import BenchRequest


class BenchRow(Value):
    """One case for one model at one profile."""

    profile: str
    """Profile by name, or by its id where names are not enough."""
    model: str
    """Model that is asked for."""
    case: Case
    """What is asked."""
    worst_usd: float | None
    """Most it can cost; null when the price is unknown."""
    state: Literal["planned", "answered", "failed"] = "planned"
    """answered counts and is kept, also when the answer is wrong; failed says nothing of the model."""
    run_id: str | None = None
    """Run that did it; null when none was started."""
    score: float | None = None
    """Share of the answer that was right; null when none came."""
    reason: str = ""
    """What was wrong."""
    seconds: float | None = None
    """How long the worker took."""
    usd: float | None = None
    """What it cost; null is unknown."""


class BenchTotal(Value):
    """All cases of one model at one profile."""

    profile: str
    """Profile."""
    model: str
    """Model."""
    answered: int
    """Cases that count."""
    score: float | None
    """Mean of their scores; null without any."""
    seconds: float | None
    """Time of their workers together; null when part of it is unknown."""
    usd: float | None
    """Their money together; null when part of it is unknown."""


class BenchReply(Value):
    """The suite as planned, or as it went."""

    suite: str
    """Version of the suite."""
    ran: bool
    """Whether runs were started."""
    rows: Many[BenchRow]
    """Every case of every model, in the order in which they are run."""
    totals: Many[BenchTotal] = ()
    """Each model at each profile."""
    worst_usd: float | None
    """Most that all of it can cost; null when a price is unknown."""
    warnings: Many[str] = ()
    """What the caller should know before running it."""
    command: str
    """Command that runs it."""
    timed_out: bool = False
    """Whether the time was over before all had ended; the rest was stopped."""


def reply(
    request: BenchRequest, rows: Sequence[BenchRow], warnings: Sequence[str], timed_out: bool = False
) -> BenchReply:
    """Everything in one value."""
    return BenchReply(
        suite=SUITE,
        ran=request.run,
        rows=tuple(rows),
        totals=tuple(_totals(rows)) if request.run else (),
        worst_usd=_sum([row.worst_usd for row in rows]),
        warnings=tuple(warnings),
        command=_command(request),
        timed_out=timed_out,
    )


def _totals(rows: Sequence[BenchRow]) -> Iterator[BenchTotal]:
    for profile, model in dict.fromkeys((row.profile, row.model) for row in rows):
        own = [row for row in rows if (row.profile, row.model) == (profile, model)]
        scores = [row.score for row in own if row.score is not None]
        ended = [row for row in own if row.run_id is not None]
        yield BenchTotal(
            profile=profile,
            model=model,
            answered=len(scores),
            score=sum(scores) / len(scores) if scores else None,
            seconds=_sum([row.seconds for row in ended]),
            usd=_sum([row.usd for row in ended]),
        )


def _sum(parts: list[float | None]) -> float | None:
    known = [part for part in parts if part is not None]
    return sum(known) if len(known) == len(parts) else None


def _command(request: BenchRequest) -> str:
    flags = [("--profile", request.profile), ("--model", request.model), ("--case", request.case)]
    words = [word for flag, values in flags for value in values for word in (flag, value)]
    if "timeout" in request.model_fields_set:
        words += ["--timeout", f"{request.timeout:g}"]
    return shlex.join(["ccorch", "models", "bench", *words, *request.overrides, "--run"])
