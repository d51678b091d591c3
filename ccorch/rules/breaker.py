"""Whether anything may start on a profile: closed, open until a time, or half open for one that finds out."""

from collections.abc import Container
from typing import Literal

from ccorch.schema.breaker import Breaker, Standing, Trouble, Window

FIRST_WAIT = {"quota": 900.0, "overload": 30.0}
"""Seconds until the first look where the provider names no time; doubled with every further opening in a row."""

LONGEST_WAIT = {"quota": 3600.0, "overload": 900.0}

AFTER = 1.0
"""Seconds after the provider's own time: its clock and ours differ."""


def standing(breaker: Breaker | None, now: float, at_work: Container[str]) -> Standing:
    """Where a breaker stands; `at_work` holds the attempts that are not over, for a probe may be lost."""
    if breaker is None:
        return "closed"
    if now < steadied(breaker, now).until or (breaker.probe is not None and breaker.probe in at_work):
        return "open"
    return "half_open"


def opens(trouble: Trouble) -> bool:
    """Whether a trouble that was just seen keeps others from starting at once."""
    return trouble.lasting and trouble.error in ("quota", "overload")


def struck(breaker: Breaker | None, profile: str, trouble: Trouble, attempt: str, now: float) -> Breaker:
    """The breaker of a profile after an attempt met quota or overload there; nothing starts from now on.

    What was under way when it opened may fail as well: only a probe that fails counts as a further opening.
    """
    error: Literal["quota", "overload"] = "quota" if trouble.error == "quota" else "overload"
    if breaker is None:
        return Breaker(
            profile=profile, error=error, windows=(_window(trouble, 1, now),), opened_at=now, said=trouble.said
        )
    known = steadied(breaker, now)
    is_probe = known.probe == attempt
    strikes = known.strikes + is_probe
    window = _window(trouble, strikes, now)
    others = tuple(one for one in known.windows if one.until > now and one.name != window.name)
    # of a limit that several attempts tell of the later time holds
    same = [one for one in known.windows if one.until > now and one.name == window.name and not is_probe]
    changes = {
        "error": "quota" if others and known.error == "quota" else error,
        "windows": (*others, max([window, *same], key=lambda one: (one.told, one.until))),
        "opened_at": now,
        "strikes": strikes,
        "probe": None if is_probe else known.probe,
        "said": trouble.said,
    }
    return known.model_copy(update=changes)


def probing(breaker: Breaker, attempt: str) -> Breaker:
    """The breaker while this attempt finds out; it is open for all others."""
    return breaker.model_copy(update={"probe": attempt})


def answered(breaker: Breaker | None, attempt: str) -> Breaker | None:
    """The breaker after the provider answered an attempt: closed by its probe, unchanged by any other."""
    return None if breaker is None or breaker.probe == attempt else breaker


def let_go(breaker: Breaker | None, attempt: str) -> Breaker | None:
    """The breaker after an attempt ended that had found out nothing: another one may."""
    if breaker is None or breaker.probe != attempt:
        return breaker
    return breaker.model_copy(update={"probe": None})


def hurried(breaker: Breaker, now: float) -> Breaker:
    """The breaker after somebody asked not to wait any longer: the next one finds out."""
    windows = tuple(one.model_copy(update={"until": min(one.until, now)}) for one in breaker.windows)
    return breaker.model_copy(update={"windows": windows, "opened_at": min(breaker.opened_at, now)})


def steadied(breaker: Breaker, now: float) -> Breaker:
    """The same where the clock was set back behind its opening: what was left of its time then is left now."""
    back = breaker.opened_at - now
    if back <= 0:
        return breaker
    windows = tuple(one.model_copy(update={"until": one.until - back}) for one in breaker.windows)
    return breaker.model_copy(update={"windows": windows, "opened_at": now})


def _window(trouble: Trouble, strikes: int, now: float) -> Window:
    if trouble.until is not None and trouble.until > now:
        return Window(name=trouble.window, until=trouble.until + AFTER, told=True)
    # doubled at most so often that no float overflows
    wait = FIRST_WAIT[trouble.error] * 2.0 ** min(strikes - 1, 20)
    return Window(name=trouble.window, until=now + min(wait, LONGEST_WAIT[trouble.error]), told=False)
