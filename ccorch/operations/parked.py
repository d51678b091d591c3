"""Until when a profile is shut, in words that a person reads."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ccorch.schema.summary import ShutProfile

SOON = timedelta(hours=23)
"""Within this time an hour and a minute say enough, also over midnight."""


def until(shut: ShutProfile, now: datetime | None = None) -> str:
    """
    Such as `quota until 14:05 (glm, its 5h limit)`, in local time.

    A day is named where the hour alone could be misread; a time that is reckoned and not told is called so.
    """
    at, now = datetime.fromtimestamp(shut.until), now or datetime.now()
    clear = at.date() == now.date() or timedelta() <= at - now < SOON
    day = "" if clear else f"{at:%Y-%m-%d} "
    limit = f", its {shut.window} limit" if shut.window else ""
    reckoned = "" if shut.told else "; it does not say how long, so one node tries then"
    return f"{shut.error} until {day}{at:%H:%M} ({shut.profile}{limit}{reckoned})"
