"""The first user message: as the worker gets it, and as a person reads it later."""

import base64
import hashlib
import json
from collections.abc import Iterable
from typing import Any

from ccorch.ports import Block


def message(blocks: Iterable[Block], name: str = "") -> bytes:
    """One stream-json line; `client_composed` keeps `@file`, `/command` and the like from being expanded.

    A result names the messages that it answers by their `name`, a UUID.
    """
    content = [_content(block) for block in blocks]
    line: dict[str, Any] = {
        "type": "user",
        "message": {"role": "user", "content": content},
        "parent_tool_use_id": None,
        "session_id": "",
        "client_composed": True,
    }
    if name:
        line["uuid"] = name
    # ASCII only: U+2028 would end a line for some readers
    return json.dumps(line).encode()


def readable(system_prompt: str, blocks: Iterable[Block]) -> str:
    """System prompt and message as text; an image is told by its type, size and hash."""
    parts = ["# System prompt", system_prompt, "# Message", *map(_readable, blocks)]
    return "\n\n".join(parts) + "\n"


def _content(block: Block) -> dict[str, Any]:
    if block.content is None:
        return {"type": "text", "text": block.text or ""}
    data = base64.b64encode(block.content).decode()
    return {"type": "image", "source": {"type": "base64", "media_type": block.media_type, "data": data}}


def _readable(block: Block) -> str:
    if block.content is None:
        return block.text or ""
    digest = hashlib.sha256(block.content).hexdigest()
    return f"[{block.media_type}, {len(block.content)} bytes, sha256 {digest}]"
