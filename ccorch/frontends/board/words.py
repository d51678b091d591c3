"""Replies as the page gets them: JSON whose texts can steer no screen."""

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from pydantic_core import PydanticSerializationError

from ccorch.rules.plain import is_plain, plain
from ccorch.schema.base import Value

_STEERS = re.compile(r"\\[bfru]")
"""How JSON spells a sign that a text may not have; other escapes are quotes, breaks and tabs."""


def as_json(reply: Value | Mapping[str, Any]) -> str:
    """The reply on one line."""
    if not isinstance(reply, Value):
        return json.dumps(clean(reply), ensure_ascii=False, separators=(",", ":"))
    with suppress(PydanticSerializationError):  # half a letter, which no UTF-8 can spell
        spelled = reply.model_dump_json()
        if is_plain(spelled) and not _STEERS.search(spelled):
            return spelled  # nothing in it is to be cleaned, which is found out at once
    return as_json(reply.model_dump(mode="json"))


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
