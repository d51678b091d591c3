"""An ask: a worker's request as far as the gateway has to understand it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ccorch.rules.budget import tokens_of

LEAST_THINKING = 1024

PICTURE_TOKENS = 1600
"""Most tokens that a provider counts for one picture."""

DOCUMENT_BYTES = 24
"""Bytes of an encoded document for which a provider counts a token at most: a page of 70 kB has some 3,000."""


class AskInvalid(ValueError):
    """The request's body is not a Messages API request."""


@dataclass(slots=True)
class Ask:
    """Model and length of a Messages API request, with its bytes as they came until they are handed on."""

    model: str
    max_tokens: int
    estimated_input: int
    """Input tokens, reckoned from the body's length; pictures and documents count what they cost at most."""
    body: bytes
    data: dict[str, Any]

    @classmethod
    def parse(cls, body: bytes) -> "Ask":
        """Read a request's body, or raise AskInvalid with what is missing."""
        try:
            data = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise AskInvalid(f"the body is not JSON: {error}") from error
        if not isinstance(data, dict):
            raise AskInvalid("the body is not a JSON object")
        model, most = data.get("model"), data.get("max_tokens")
        if not isinstance(model, str) or not model:
            raise AskInvalid("model: a name is required")
        if type(most) is not int or most < 1:
            raise AskInvalid("max_tokens: a whole number above 0 is required")
        return cls(model, most, _estimated(len(body), data), body, data)

    def hand_on(self, most: int) -> bytes:
        """The body asking for at most that many output tokens; thinking is shortened with it or left out.

        The ask forgets it then: a stream may take minutes, and a body be megabytes.
        """
        body, data = self.body, self.data
        self.body, self.data = b"", {}
        if most == self.max_tokens:
            return body
        data["max_tokens"] = most
        thinking = data.get("thinking")
        # providers refuse a thinking budget that is not below max_tokens
        if isinstance(thinking, dict) and thinking.get("budget_tokens", 0) >= most:
            del data["thinking"]
            if most > LEAST_THINKING:
                data["thinking"] = thinking | {"budget_tokens": max(LEAST_THINKING, most // 2)}
        return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def _estimated(size: int, data: dict[str, Any]) -> int:
    files = list(_files(data.get("messages")))
    text = size - sum(length for length, _ in files)
    return tokens_of(max(text, 0)) + sum(tokens for _, tokens in files)


def _files(content: Any, depth: int = 3) -> Iterator[tuple[int, int]]:
    """Bytes and most tokens of every picture and document in these messages, their tool results included."""
    for each in content if isinstance(content, list) and depth else ():
        if not isinstance(each, dict):
            continue
        source = each.get("source")
        data = source.get("data") if isinstance(source, dict) and source.get("type") == "base64" else None
        if isinstance(data, str):
            tokens = PICTURE_TOKENS if each.get("type") == "image" else len(data) // DOCUMENT_BYTES
            yield len(data), tokens
        else:
            yield from _files(each.get("content"), depth - 1)
