"""Replies as the page gets them: JSON whose texts can steer no screen."""

import json
from collections.abc import Mapping
from typing import Any

from ccorch.rules.plain import plain
from ccorch.schema.base import Value


def as_json(reply: Value | Mapping[str, Any]) -> str:
    """The reply on one line."""
    data = reply.model_dump(mode="json") if isinstance(reply, Value) else reply
    return json.dumps(clean(data), ensure_ascii=False, separators=(",", ":"))


def message(event: str, reply: Value | Mapping[str, Any]) -> bytes:
    """The reply as a server-sent event."""
    return f"event: {event}\ndata: {as_json(reply)}\n\n".encode()


def clean(data: Any) -> Any:
    """The data with every name and text as it may be shown."""
    match data:
        case str():
            return plain(data)
        case Mapping():
            return {plain(str(name)): clean(value) for name, value in data.items()}
        case list() | tuple():
            return [clean(value) for value in data]
    return data
