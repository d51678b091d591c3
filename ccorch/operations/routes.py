"""The verb that explains routes: for every role profile, model, price, reason, and what would change them."""

from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

from ccorch.errors import ArgumentInvalid, NotFound
from ccorch.operations.house import House
from ccorch.operations.look import Look, look
from ccorch.operations.role_routes import RoutesReply, told
from ccorch.operations.strategy_report import MARK, report
from ccorch.operations.ways import advice, notes
from ccorch.operations.whole_file import put
from ccorch.schema.measuring import RoutesRequest


def routes(house: House, request: RoutesRequest) -> RoutesReply:
    """The route of every role, or of one; what cannot be routed says why and stops nothing."""
    if request.out:
        _check_replaceable(Path(request.out))
    seen = look(house, request.overrides)
    if request.role is not None and request.role not in seen.roles:
        raise NotFound(f"no role {request.role!r}", hint=f"roles: {', '.join(seen.roles)}")
    experience, profiles = seen.market.experience, seen.market.profiles
    reply = RoutesReply(
        strategy=seen.config.routing.strategy,
        routes=tuple(told(seen, name) for name in seen.roles if request.role in (None, name)),
        usable=sum(profile.unusable is None for profile in profiles),
        known=len(profiles),
        benched=len(experience.bench),
        judged=len(experience.quality),
        calibration=experience.calibration.basis if experience.calibration else None,
        notes=(*notes(house, seen.config), *_misnamed(seen)),
        advice=advice(house, profiles),
        out=request.out,
    )
    if request.out:
        text = report(reply, seen, house.clock.now())
        put(request.out, text.encode("utf-8", "backslashreplace"), "report")
    return reply


def _misnamed(seen: Look) -> Iterator[str]:
    """Preferences whose key is almost a role's name: nothing asks for them."""
    for key in seen.config.routing.preferences:
        near = get_close_matches(key, seen.roles, 1)
        if near and key not in (*seen.roles, "default", seen.config.task_type):
            place = f"routing.preferences.{key}"
            yield f"{place} counts only with task_type={key}, for there is no such role; did you mean {near[0]!r}?"


def _check_replaceable(path: Path) -> None:
    """Only an earlier report is replaced by a report; anything else that has content is kept."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            first = file.readline(len(MARK) + 2)
    except FileNotFoundError:
        return
    except OSError as problem:
        raise ArgumentInvalid(
            f"--out: {str(path)!r} cannot be read: {problem.strerror}", hint="name a new file"
        ) from None
    if first and first.rstrip("\r\n") != MARK:
        raise ArgumentInvalid(
            f"--out: {str(path)!r} exists and is no strategy report; it is left as it is", hint="name a new file"
        )
