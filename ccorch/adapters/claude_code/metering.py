"""What a worker on the user's own login has used, told from its stream as lines of the ledger."""

import hashlib
from collections.abc import Mapping
from typing import Any

from ccorch.adapters.claude_code.stream import served_model, text_of
from ccorch.ports import WorkOrder
from ccorch.schema.ledger import PLAN, Ended, LedgerLine, Usage

MOST_TOKENS = 1_000_000_000
"""Larger figures are no count of tokens; they are ignored."""

LONGEST_NAME = 200

Json = dict[str, Any]

_OF_MESSAGE = {
    "input": "input_tokens",
    "output": "output_tokens",
    "cache_read": "cache_read_input_tokens",
    "cache_write": "cache_creation_input_tokens",
}
_OF_MODEL = {
    "input": "inputTokens",
    "output": "outputTokens",
    "cache_read": "cacheReadInputTokens",
    "cache_write": "cacheCreationInputTokens",
}


class StreamMeter:
    """Folds the lines of one attempt; the same stream gives the same ids, however often it is read.

    A message's line is given when the next one begins. The last one of a turn waits for the turn's result and takes
    up what its totals say beyond the messages: those tell output tokens only as they were when they began.
    """

    def __init__(self, blank: LedgerLine) -> None:
        """`blank` says whose requests they are; everything else of a line is filled in here."""
        self._blank = blank
        self._messages: dict[str, Usage] = {}
        self._pending: LedgerLine | None = None
        self._said = self._totals = self._booked = Usage()
        self._results = 0
        self._is_partial = False

    def take(self, data: Json, at: float) -> tuple[LedgerLine, ...]:
        """Fold one line; the ledger's lines that are due now."""
        match data.get("type"):
            case "assistant":
                return self._take_message(data, at)
            case "result":
                return self._take_result(data, at)
        return ()

    @property
    def unbooked(self) -> int:
        """Tokens that are known to be used and not yet in any line."""
        return self._said.most(self._totals).beyond(self._booked).tokens

    def finish(self, at: float) -> tuple[LedgerLine, ...]:
        """The stream is over: what is known of the turn that was cut off."""
        self._results += 1
        return self._closed("dropped", is_exact=False, at=at)

    def _take_message(self, data: Json, at: float) -> tuple[LedgerLine, ...]:
        message, model = data.get("message"), served_model(data)
        name = text_of(message, "id") if isinstance(message, dict) else ""
        if not isinstance(message, dict) or model is None or not name:
            return ()
        due: tuple[LedgerLine, ...] = ()
        if name not in self._messages:
            if self._pending is not None:
                due = self._closed("ok", is_exact=False, at=at)
                self._is_partial = True
            names = {"served_model": _plain(model), "session_id": _plain(text_of(data, "session_id"))}
            self._pending = self._blank.model_copy(update={"id": self._id(name), **names})
        # every block of a message repeats its usage
        known = self._messages.get(name, Usage())
        self._messages[name] = known.most(_usage(message.get("usage"), _OF_MESSAGE))
        self._said += self._messages[name].beyond(known)
        return due

    def _take_result(self, data: Json, at: float) -> tuple[LedgerLine, ...]:
        self._results += 1
        told = self._told(data)
        self._totals = self._totals.most(told)
        is_exact = not self._is_partial and self._booked.most(self._said).most(self._totals) == told
        self._is_partial = False
        return self._closed("error" if data.get("is_error") else "ok", is_exact=is_exact, at=at)

    def _told(self, data: Json) -> Usage:
        """Totals of the session so far; `usage` alone counts this turn only."""
        models = data.get("modelUsage")
        if isinstance(models, dict) and models:
            return sum((_usage(figures, _OF_MODEL) for figures in models.values()), Usage())
        return self._totals + _usage(data.get("usage"), _OF_MESSAGE)

    def _closed(self, ended: Ended, *, is_exact: bool, at: float) -> tuple[LedgerLine, ...]:
        """The pending message with everything that is known to be used and not yet in any line."""
        usage = self._said.most(self._totals).beyond(self._booked)
        line, self._pending = self._pending, None
        if line is None:
            if not usage.tokens:
                return ()
            line = self._blank.model_copy(update={"id": self._id(f"rest of {self._results}")})
        self._booked += usage
        figures = {
            "at": at,
            "input_tokens": usage.input,
            "output_tokens": usage.output,
            "cache_read_tokens": usage.cache_read,
            "cache_write_tokens": usage.cache_write,
            "basis": "exact" if is_exact else "estimate",
            "ended": ended,
        }
        return (line.model_copy(update=figures),)

    def _id(self, name: str) -> str:
        blank = self._blank
        whole = f"{blank.run}/{blank.node}/{blank.attempt}/{name}"
        return f"s-{hashlib.sha256(whole.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"


def blank(order: WorkOrder) -> LedgerLine:
    """A line of an attempt that a subscription pays for."""
    at, node = order.id, order.node
    return LedgerLine(
        id="",
        state="closed",
        at=0.0,
        run=at.run,
        node=at.node,
        attempt=at.attempt,
        role=node.role.name,
        label=order.label,
        profile=order.profile.name,
        declared_model=node.route.model,
        requested_model=node.route.model,
        price_version=PLAN,
        basis="estimate",
        status=200,
    )


def _plain(name: str) -> str | None:
    """A name that can be written down; anything else names nothing."""
    return name if 0 < len(name) <= LONGEST_NAME and name.isprintable() else None


def _usage(figures: object, names: Mapping[str, str]) -> Usage:
    """Tokens under these names; what is no count is left out."""
    if not isinstance(figures, dict):
        return Usage()
    known = {part: figures.get(name) for part, name in names.items()}
    return Usage(**{part: n for part, n in known.items() if type(n) is int and 0 <= n <= MOST_TOKENS})
