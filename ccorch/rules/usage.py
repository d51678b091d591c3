"""Usage: what the last line of a request adds to the sums that `ccorch usage` tells."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from ccorch.schema.ledger import PLAN

DayOf = Callable[[float], str]
"""The local day of a moment."""


class Key(NamedTuple):
    """What usage can be told by; an empty word is one that the line does not name."""

    day: str
    run: str
    node: str
    profile: str
    model: str
    role: str
    label: str
    status: str


class Counts(NamedTuple):
    """What is added up."""

    requests: int = 0
    """Requests forwarded."""
    refused: int = 0
    """Requests refused before they were forwarded."""
    failed: int = 0
    """Requests that ended in an error or were broken off."""
    stopped: int = 0
    """Requests that a budget refused or cut."""
    retried: int = 0
    """Requests that the worker had asked before."""
    estimated: int = 0
    """Requests of which a part is reckoned."""
    unpriced: int = 0
    """Requests that used tokens at no known price."""
    covered: int = 0
    """Requests that a subscription pays for."""
    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0
    nano_usd: int = 0
    duration_ms: int = 0
    first_byte_ms: int = 0
    answered: int = 0
    """Requests whose first byte was timed."""

    @property
    def tokens(self) -> int:
        """All four kinds together."""
        return self.input + self.output + self.cache_read + self.cache_write

    def plus(self, more: Iterable[int]) -> "Counts":
        """Both together."""
        return Counts(*map(int.__add__, self, more))


class Billed(NamedTuple):
    """What of runs' bills is added up."""

    judgement: str
    """The verdict; empty for runs without one."""
    runs: int
    again: int
    """How often work was done again."""
    escalations: int
    """Attempts that took another route than the planned one."""
    verification_nano_usd: int
    verification_unpriced: int
    redone_nano_usd: int
    redone_unpriced: int
    controller_nano_usd: int
    controller_tokens: int
    controller_reports: int
    controller_unpriced: int
    """Reports that tell no money."""
    controller_uncounted: int
    """Reports that tell no tokens."""


def counted(line: Mapping[str, Any], day_of: DayOf) -> tuple[Key, Counts]:
    """What a line adds, and to what, read only as far as it is added up.

    Raises KeyError, TypeError or ValueError when these fields are not those of a ledger line.
    """
    input, output = _count(line, "input_tokens"), _count(line, "output_tokens")
    read, written = _count(line, "cache_read_tokens"), _count(line, "cache_write_tokens")
    money, ended = line.get("nano_usd"), line.get("ended")
    is_refused, is_plan = line["state"] == "refused", line.get("price_version") == PLAN
    is_used = input + output + read + written > 0
    counts = Counts(
        requests=int(not is_refused),
        refused=int(is_refused),
        failed=int(ended in ("error", "dropped")),
        stopped=int(ended in ("refused", "cut")),
        retried=int(_count(line, "retry_count") > 0),
        estimated=int(line["basis"] == "estimate"),
        unpriced=int(money is None and is_used and not is_plan),
        covered=int(is_plan),
        input=input,
        output=output,
        cache_read=read,
        cache_write=written,
        nano_usd=_count(line, "nano_usd"),
        duration_ms=_count(line, "duration_ms"),
        first_byte_ms=_count(line, "first_byte_ms"),
        answered=int(line.get("first_byte_ms") is not None),
    )
    return _key(line, day_of), counts


def _key(line: Mapping[str, Any], day_of: DayOf) -> Key:
    day = line.get("day") or day_of(float(line["at"]) - _count(line, "duration_ms") / 1000)
    return Key(
        day=_word(day),
        run=_word(line["run"]),
        node=_word(line["node"]),
        profile=_word(line["profile"]),
        model=_word(line.get("served_model")),
        role=_word(line.get("role")),
        label=_word(line.get("label")),
        status=_status(line),
    )


def _word(name: object) -> str:
    if name is None:
        return ""
    if not isinstance(name, str):
        raise TypeError(f"{name!r} is no name")
    return name


def _status(line: Mapping[str, Any]) -> str:
    """How it ended, in a word; errors with their HTTP status."""
    ended = str(line.get("ended") or "under way")
    return f"error {line['status']}" if ended == "error" and type(line.get("status")) is int else ended


def _count(line: Mapping[str, Any], name: str) -> int:
    count = line.get(name)
    if count is None:
        return 0
    if type(count) is not int or count < 0:
        raise ValueError(f"{count!r} is no count")
    return count
