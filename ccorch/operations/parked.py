"""Until when a profile is shut, in words that a person reads."""

from datetime import datetime

from ccorch.schema.summary import ShutProfile


def until(shut: ShutProfile) -> str:
    """Such as `quota until 14:05 (glm, its 5h limit)`; other days are named, a reckoned time is called so."""
    at = datetime.fromtimestamp(shut.until)
    day = "" if at.date() == datetime.today().date() else f"{at:%Y-%m-%d} "
    limit = f", its {shut.window} limit" if shut.window else ""
    reckoned = "" if shut.told else "; it does not say how long, so one node tries then"
    return f"{shut.error} until {day}{at:%H:%M} ({shut.profile}{limit}{reckoned})"
