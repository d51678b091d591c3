"""Whether two write scopes can mean the same path, and which writers therefore may not work side by side."""

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import product

from ccorch.schema.policy import WriteScope

Tokens = tuple[str, ...]


def common(one: WriteScope, other: WriteScope) -> str | None:
    """Globs of both that may mean the same path; None when no path can be written by both."""
    denied = (*one.deny, *other.deny)
    for ours, theirs in product(one.allow, other.allow):
        if not any(_covers(glob, ours) or _covers(glob, theirs) for glob in denied) and _meet(ours, theirs):
            return ours if ours == theirs else f"{ours} and {theirs}"
    return None


def turns(needs: Mapping[str, Sequence[str]], scopes: Mapping[str, WriteScope]) -> dict[str, tuple[str, ...]]:
    """For each writer the earlier ones that it has to wait for: their scopes overlap and no need orders them.

    `needs` are in an order in which each vertex comes after what it needs. Costs what there are nodes, times how
    many different scopes there are.
    """
    before: dict[str, int] = {}
    bits = {name: 1 << position for position, name in enumerate(needs)}
    latest: dict[WriteScope, str] = {}
    found: dict[str, tuple[str, ...]] = {}
    for name, wanted in needs.items():
        known = _all(before, bits, wanted)
        if (scope := scopes.get(name)) is not None:
            waits = [
                writer
                for theirs, writer in latest.items()
                if not known & bits[writer] and _overlap(scope, theirs) is not None
            ]
            if waits:
                found[name] = tuple(waits)
                known |= _all(before, bits, waits)
            latest.pop(scope, None)
            latest[scope] = name
        before[name] = known
    return found


def _all(before: Mapping[str, int], bits: Mapping[str, int], names: Sequence[str]) -> int:
    known = 0
    for name in names:
        known |= before[name] | bits[name]
    return known


@cache
def _overlap(one: WriteScope, other: WriteScope) -> str | None:
    return common(one, other)


def _covers(deny: str, allow: str) -> bool:
    """Whether all that is allowed is denied; only the plain cases are seen."""
    if deny == allow:
        return True
    folder = deny[:-2] if deny.endswith("/**") else deny if deny.endswith("/") else ""
    return bool(folder) and not any(sign in folder for sign in "*?") and allow.startswith(folder)


def _meet(one: str, other: str) -> bool:
    """Whether some path is meant by both globs."""
    ours, theirs = _tokens(one), _tokens(other)
    seen, waiting = set[tuple[int, int]](), [(0, 0)]
    while waiting:
        spot = waiting.pop()
        if spot in seen:
            continue
        seen.add(spot)
        at, there = spot
        if at == len(ours) and there == len(theirs):
            return True
        waiting += _steps(ours, theirs, at, there)
    return False


def _steps(ours: Tokens, theirs: Tokens, at: int, there: int) -> list[tuple[int, int]]:
    mine = ours[at] if at < len(ours) else ""
    yours = theirs[there] if there < len(theirs) else ""
    steps = []
    if mine in ("*", "**"):
        steps.append((at + 1, there))
        if yours and yours not in ("*", "**") and _fits(mine, yours):
            steps.append((at, there + 1))
    if yours in ("*", "**"):
        steps.append((at, there + 1))
        if mine and mine not in ("*", "**") and _fits(yours, mine):
            steps.append((at + 1, there))
    if mine and yours and not {mine, yours} & {"*", "**"} and _fits(mine, yours):
        steps.append((at + 1, there + 1))
    return steps


def _fits(wild: str, sign: str) -> bool:
    """Whether one sign of a path can be meant by both tokens."""
    if wild == "**":
        return True
    if wild in ("*", "?"):
        return sign != "/"
    return sign == wild or (sign == "?" and wild != "/")


@cache
def _tokens(glob: str) -> Tokens:
    """Single letters and wildcards; `**/` is taken as any beginning, which is never less than it means."""
    whole, found, at = f"{glob}**" if glob.endswith("/") else glob, [], 0
    while at < len(whole):
        if whole.startswith("**/", at):
            found.append("**")
            at += 3
        elif whole.startswith("**", at):
            found.append("**")
            at += 2
        else:
            found.append(whole[at])
            at += 1
    return tuple(found)
