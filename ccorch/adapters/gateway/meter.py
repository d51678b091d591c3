"""The meter: cuts a provider's event stream into whole events and reads off them what the answer uses."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from ccorch.rules.budget import DOUBTED_INPUT, DOUBTED_OUTPUT, is_doubtful, tokens_of
from ccorch.schema.ledger import Usage

_END = re.compile(rb"\r?\n\r?\n")
_NAME = re.compile(rb"^event:[ \t]*(\w+)", re.MULTILINE)
_DELTA = b"event: content_block_delta\n"
_TEXT = re.compile(rb'"(?:text|thinking|partial_json)"[ \t]*:[ \t]*"((?:[^"\\]|\\.)*)"')
_DATA = re.compile(rb"^data:[ \t]*(.*)$", re.MULTILINE)

MOST_TOKENS = 1_000_000_000
"""Larger figures are no count of tokens; they are ignored and the estimate stands."""

LONGEST_EVENT = 32 * 1024 * 1024

PARTS = {
    "input": "input_tokens",
    "output": "output_tokens",
    "cache_read": "cache_read_input_tokens",
    "cache_write": "cache_creation_input_tokens",
}


class Splitter:
    """Hands out whole events; what is not yet whole waits, so that a stream can be ended between two."""

    def __init__(self) -> None:
        self._rest = b""

    def whole(self, chunk: bytes) -> list[bytes]:
        """The events that this chunk completes, each with its blank line."""
        data = self._rest + chunk
        events, start = [], 0
        for end in _END.finditer(data, max(len(self._rest) - 3, 0)):
            events.append(data[start : end.end()])
            start = end.end()
        self._rest = data[start:]
        if len(self._rest) > LONGEST_EVENT:
            events.append(self.rest())
        return events

    def rest(self) -> bytes:
        """What is left of an event that never became whole."""
        rest, self._rest = self._rest, b""
        return rest


@dataclass
class Meter:
    """What one answer has used so far; deltas are measured by their length and never parsed."""

    estimated_input: int
    """Input reckoned from the request, held until the provider names its own."""
    served_model: str | None = None
    """Model named by the provider."""
    reported: dict[str, int] = field(default_factory=dict)
    """The provider's own figures so far, under the names of Usage."""
    text_bytes: int = 0
    """Bytes of text, thinking and tool input that arrived."""
    largest_bytes: int = 0
    """Most of them in one event."""
    open_block: tuple[int, str] | None = None
    """Index and kind of the block under way."""
    has_started: bool = False
    """Whether the provider began an answer."""
    has_totals: bool = False
    """Whether the provider gave its final figures."""
    has_stopped: bool = False
    """Whether the answer was ended as it should be."""
    error: str | None = None
    """Kind of error that the provider put into the stream."""
    declines: bool = False
    """Whether the model would not answer."""

    def take(self, event: bytes) -> str:
        """Read one whole event and give back its name."""
        if event.startswith(_DELTA):  # nearly every event
            self._measure(event)
            return "content_block_delta"
        found = _NAME.search(event)
        # without an event line the outer type may stand behind an inner one, so only then it is parsed
        name = found[1].decode() if found else str(_data(event).get("type", ""))
        match name:
            case "content_block_delta":
                self._measure(event)
            case "message_start" | "message_delta" | "content_block_start" | "error":
                self._read(name, _data(event))
            case "content_block_stop":
                self.open_block = None
            case "message_stop":
                self.has_stopped = True
        return name

    def take_message(self, message: dict[str, Any]) -> None:
        """Read an answer that came whole instead of streamed."""
        self._read("message_start", {"message": message})
        self.text_bytes = len(json.dumps(message.get("content", ""), ensure_ascii=False).encode())
        self.has_totals = self.has_stopped = self.has_started

    @property
    def output(self) -> int:
        """Output tokens so far: the provider's final count, else what it reported or the text, if that is more."""
        reported = self.reported.get("output", 0)
        believed = self._counts_output and not self._doubts_output
        return reported if believed else max(reported, tokens_of(self.text_bytes))

    @property
    def is_exact(self) -> bool:
        """Whether the provider's own figures are final and whole; zeros for real text are no count."""
        return self._counts_output and self._counts_input and self.told is None

    @property
    def told(self) -> int | None:
        """The provider's own count of all tokens, where it is far less than what was sent or seen; else None."""
        is_short = self._doubts_input or self._doubts_output
        return sum(self.reported.values()) if is_short else None

    @property
    def input_usage(self) -> Usage:
        """Everything but the output, the estimate standing in for what was not reported or is too little."""
        if not self._counts_input or self._doubts_input:
            return Usage(input=self.estimated_input)
        return Usage(**{part: self.reported.get(part, 0) for part in PARTS if part != "output"})

    def usage(self, output: int | None = None) -> Usage:
        """The whole usage so far, or with that output instead."""
        whole = self.input_usage
        return whole.model_copy(update={"output": self.output if output is None else output})

    @property
    def _doubts_output(self) -> bool:
        seen = tokens_of(self.text_bytes)
        return self._counts_output and is_doubtful(self.reported["output"], seen, DOUBTED_OUTPUT)

    @property
    def _doubts_input(self) -> bool:
        return self._counts_input and is_doubtful(self._reported_input, self.estimated_input, DOUBTED_INPUT)

    @property
    def _reported_input(self) -> int:
        return sum(self.reported.get(part, 0) for part in PARTS if part != "output")

    @property
    def _counts_output(self) -> bool:
        return (
            self.has_totals and "output" in self.reported and bool(self.reported["output"] or not self.text_bytes)
        )

    @property
    def _counts_input(self) -> bool:
        return self._reported_input > 0

    def _measure(self, event: bytes) -> None:
        before = self.text_bytes
        for found in _TEXT.finditer(event):
            text = found[1]
            self.text_bytes += len(text) if b"\\" not in text else _unescaped_length(text)
        self.largest_bytes = max(self.largest_bytes, self.text_bytes - before)

    def _read(self, name: str, data: dict[str, Any]) -> None:
        match name:
            case "message_start":
                message = _table(data, "message")
                model = message.get("model")
                self.has_started = message.get("type", "message") == "message" and bool(message)
                self.served_model = _plain_name(model)
                self._report(_table(message, "usage"))
            case "message_delta":
                self.has_totals = "usage" in data
                self.declines = _table(data, "delta").get("stop_reason") == "refusal"
                self._report(_table(data, "usage"))
            case "content_block_start":
                block = _table(data, "content_block")
                index = data.get("index")
                self.open_block = (index if isinstance(index, int) else 0, str(block.get("type")))
            case _:
                self.error = str(_table(data, "error").get("type", "api_error"))

    def _report(self, usage: dict[str, Any]) -> None:
        # figures are running totals, and some providers send zeros first and the truth in message_delta
        for part, name in PARTS.items():
            figure = usage.get(name)
            if type(figure) is int and 0 <= figure <= MOST_TOKENS:
                self.reported[part] = max(figure, self.reported.get(part, 0))


def _data(event: bytes) -> dict[str, Any]:
    found = _DATA.search(event)
    try:
        data = json.loads(found[1]) if found else {}
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _plain_name(model: object) -> str | None:
    """A model's name that can be written down; anything else names none."""
    return model if isinstance(model, str) and 0 < len(model) <= 200 and model.isprintable() else None


def _table(data: dict[str, Any], key: str) -> dict[str, Any]:
    value = data.get(key)
    return value if isinstance(value, dict) else {}


def _unescaped_length(text: bytes) -> int:
    try:
        return len(json.loads(b'"' + text + b'"').encode("utf-8", "surrogatepass"))
    except ValueError:
        return len(text)
