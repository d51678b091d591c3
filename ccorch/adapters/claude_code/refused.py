"""What a provider refused to a worker that no gateway stands before, as its stream tells it."""

import json
from collections.abc import Mapping
from typing import Any

from ccorch.adapters.claude_code.stream import served_model, text_of
from ccorch.rules.amounts import limit
from ccorch.rules.trouble import plan_limit, trouble_of
from ccorch.schema.breaker import Trouble

LONGEST_OWN = 60.0
"""Longest seconds that Claude Code waits between tries of its own accord; for more its provider has asked."""

Json = dict[str, Any]


class Refusals:
    """Folds the lines of one attempt; whatever the model says puts an end to what was wrong before."""

    def __init__(self) -> None:
        self.trouble: Trouble | None = None
        """What is wrong now."""

    def take(self, data: Json, now: float) -> str | None:
        """Fold one line; why waiting on is pointless, or None."""
        match data.get("type"), data.get("subtype"):
            case "rate_limit_event", _:
                self.trouble = plan_limit(_object(data, "rate_limit_info"), now) or self.trouble
            case "assistant", _ if served_model(data) is not None:
                self.trouble = None
            case "system", "api_retry":
                return self._retried(data, now)
            case "result", _:
                self._over(data, now)
        return None

    def _retried(self, data: Json, now: float) -> str | None:
        delay, status = data.get("retry_delay_ms"), _status(data, "error_status")
        seconds = delay / 1000 if isinstance(delay, int | float) else 0.0
        is_asked = seconds > LONGEST_OWN
        head = {"retry-after": str(seconds)} if is_asked else {}
        self._met(status, head, text_of(data, "error"), "", now)
        return f"the provider asks to wait {limit(round(seconds))}" if is_asked and self.trouble else None

    def _over(self, data: Json, now: float) -> None:
        if not data.get("is_error"):
            self.trouble = None
            return
        self._met(_status(data, "api_error_status"), {}, "", text_of(data, "result"), now)

    def _met(self, status: int, head: Mapping[str, str], kind: str, words: str, now: float) -> None:
        # which limit of the plan is used up, and until when, was told in a line of its own
        if self.trouble is None or self.trouble.error != "quota":
            body = json.dumps({"error": {"type": kind, "message": words}}).encode()
            self.trouble = trouble_of(status, head, body, now) or self.trouble


def _object(data: Json, key: str) -> Json:
    value = data.get(key)
    return value if isinstance(value, dict) else {}


def _status(data: Json, key: str) -> int:
    value = data.get(key)
    return value if type(value) is int else 0
