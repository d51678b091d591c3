"""Detectors of how an attempt gets on: it stands still, repeats itself, runs into limits, or is held up."""

from ccorch.rules.findings.detector import Detector


class Stalled(Detector):
    """Nothing was heard of a worker for half of the time after which it is stopped, or for all of it.

    ## Why it matters
    A provider that does not answer, or a tool that hangs, costs time and brings nothing.
    ## What to do
    Wait for the limit, `policy.stall_seconds`, or end it now: `ccorch stop RUN`, then `ccorch retry RUN NODE`.
    ## Example
    nothing was heard of it for 5 min; after 10 min it is stopped
    """


class NoProgress(Detector):
    """A worker said and did nothing new for half of the time after which it is stopped, or for all of it.

    ## Why it matters
    It pays for turns that repeat what it knows.
    ## What to do
    Tell it what is missing with `ccorch send RUN TEXT`, or wait for the limit, `policy.no_progress_seconds`.
    ## Example
    it said and did nothing new for 7m30s; after 15 min it is stopped
    """


class Frozen(Detector):
    """A worker, or the process that watches over it, was stopped by a signal.

    ## Why it matters
    It holds its place and its promised money, and gets nowhere.
    ## What to do
    `kill -CONT PID`, as the message says, lets it go on; past its time it is made to.
    ## Example
    the worker was stopped by a signal and gets nowhere; `kill -CONT 4711` lets it go on
    """


class Budget(Detector):
    """Most of a limit in money or tokens is spent, or all of it.

    ## Why it matters
    What is cut off by a limit is paid for and not finished.
    ## What to do
    `ccorch show RUN --view cost` tells what it went for. A limit of the run holds to its end: stop what is not
    worth the rest, and raise the limit for the next one.
    ## Example
    80% of cost.usd_per_run is spent
    """


class RetryStorm(Detector):
    """Claude Code asked again and again because its requests failed.

    ## Why it matters
    The provider is overloaded or unreachable; the attempt takes long and may end without a result.
    ## What to do
    `ccorch profiles` says what is known of the provider. Declare a fallback in policies/routing, or go on later.
    ## Example
    3 requests failed and were asked again, the last after 529 overloaded_error
    """


class ContextNearLimit(Detector):
    """A request held most of what the model can take in at once.

    ## Why it matters
    What comes next is summed up by the worker and forgotten, or refused; every turn is as dear as it can be.
    ## What to do
    Split the task, name the files that matter, or plan a model with a larger context.
    ## Example
    a request of 171000 tokens; Claude Code takes the model to hold 200000
    """
