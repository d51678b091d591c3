"""What was last seen of a profile, in words with its age."""

from ccorch.rules.amounts import span
from ccorch.rules.cc_switch import Health, worth_telling
from ccorch.schema.experience import ProfileCheck

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))


def ago(seconds: float) -> str:
    """An age, such as 4 min ago or 2 d ago; anything below a minute is just now."""
    return next((f"{int(seconds // size)} {unit} ago" for size, unit in _UNITS if seconds >= size), "just now")


def seen(health: Health | None, now: float) -> str | None:
    """What CC Switch saw of an endpoint; null when that says nothing about today."""
    told = worth_telling(health, now)
    if told is None:
        return None
    if told.source == "traffic":
        failures = f", {told.failures} failures in a row" if told.failures else ""
        return f"seen by CC Switch's proxy {ago(now - told.at)}: {told.state}{failures}"
    facts = [f"HTTP {told.http_status}"] if told.http_status is not None and told.state == "failed" else []
    facts += [span(told.response_ms / 1000)] if told.response_ms is not None else []
    return f"checked by CC Switch {ago(now - told.at)}: {', '.join([told.state, *facts])}"


def checked(check: ProfileCheck, now: float) -> str:
    """What our own check found."""
    if not check.ok:
        return f"checked {ago(now - check.at)}: failed" + (f", {check.reason}" if check.reason else "")
    seconds = "" if check.seconds is None else f", {span(check.seconds)}"
    return f"checked {ago(now - check.at)}: ok{seconds}"
