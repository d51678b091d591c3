"""Playing: which turn a request gets, and that turn as a message or as a stream of events."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ccorch.adapters.scripted.script import Endless, Turn
from ccorch.rules.budget import BYTES_PER_TOKEN, tokens_of
from ccorch.schema.ledger import Usage

DONE = Turn(text="done")
RESULT = "{{result}}"
"""Stands in a text for what the last tools gave."""

HTML = b"<html><body>Please log in to this network.</body></html>"


@dataclass(frozen=True, slots=True)
class Query:
    """What the model reads of a request."""

    model: str
    max_tokens: int
    stream: bool
    position: int
    """Messages that the model has already given; the turn to play follows from it alone."""
    size: int
    """Bytes of the request."""
    result: str = ""
    """What the last tools gave."""
    features: Mapping[str, str] = field(default_factory=dict)
    """The field that holds it, by each feature that older endpoints do not know."""

    @classmethod
    def of(cls, body: bytes) -> "Query | None":
        """Read a request's body; None when it is no Messages API request."""
        try:
            data = json.loads(body)
            said = [message for message in data["messages"] if message["role"] == "assistant"]
            model, most = str(data["model"]), int(data["max_tokens"])
            result, features = _results(data["messages"][-1:]), dict(_features(data))
        except (ValueError, KeyError, TypeError, AttributeError):
            return None
        return cls(model, most, bool(data.get("stream")), len(said), len(body), result, features)


class Cast:
    """Chooses turns; remembers only how often each trouble has happened."""

    def __init__(self, turns: Sequence[Turn]) -> None:
        self.turns = tuple(turns)
        self._happened: dict[int, int] = {}

    def turn(self, position: int) -> Turn:
        """The turn at a position of the conversation, with its trouble left out once its times are up."""
        answering = [index for index, turn in enumerate(self.turns) if turn.answers]
        begin = answering[position - 1] + 1 if 0 < position <= len(answering) else 0
        if position > len(answering):
            begin = (answering[-1] + 1) if answering else 0
        target = answering[position] if position < len(answering) else len(self.turns)
        for index in range(begin, target):
            if self._is_due(index):
                return self.turns[index]
        return self._played(target) if target < len(self.turns) else self._after_the_last(answering)

    def _played(self, index: int) -> Turn:
        turn = self.turns[index]
        troubled = turn.error or turn.drop or turn.malformed
        if not troubled or self._is_due(index):
            return turn
        whole = turn if turn.has_content else DONE
        return whole.model_copy(update={"error": None, "drop": None, "malformed": None})

    def _after_the_last(self, answering: list[int]) -> Turn:
        if not answering:
            return DONE
        last = self.turns[answering[-1]]
        return self._played(answering[-1]) if last.repeat or not last.tools else DONE

    def _is_due(self, index: int) -> bool:
        turn = self.turns[index]
        times = turn.error.times if turn.error else turn.times
        self._happened[index] = self._happened.get(index, 0) + 1
        return times is None or self._happened[index] <= times


@dataclass
class Performance:
    """One turn made ready for one request."""

    turn: Turn
    query: Query
    model: str
    """Model that it claims to be."""
    key: str
    sent: int = 0
    """Bytes of text and tool input sent so far."""
    blocks: list[dict[str, Any]] = field(init=False)
    """Content blocks of the whole message."""
    stop_reason: str = field(init=False)

    def __post_init__(self) -> None:
        blocks = _blocks(self.turn, self._id("toolu"), self.query.result)
        self.blocks = _shortened(blocks, self.query.max_tokens)
        usual = "tool_use" if any(block["type"] == "tool_use" for block in blocks) else "end_turn"
        self.stop_reason = "max_tokens" if self.blocks != blocks else self.turn.stop_reason or usual

    def usage(self, *, whole: bool) -> Usage:
        """What is billed: for the whole message the script's figures, else what was sent."""
        figures = self.turn.usage
        size = sum(_size(block) for block in self.blocks) if whole else self.sent
        output = tokens_of(size)
        if whole and figures.output is not None:
            output = min(figures.output, self.query.max_tokens)
        return Usage(
            input=tokens_of(self.query.size) if figures.input is None else figures.input,
            output=output,
            cache_read=figures.cache_read,
            cache_write=figures.cache_write,
        )

    def message(self) -> dict[str, Any]:
        """The whole answer, not streamed."""
        ending = {"content": self.blocks, "stop_reason": self.stop_reason}
        return self._envelope() | ending | {"usage": _wire(self.usage(whole=True))}

    def events(self) -> Iterator[tuple[bytes, int]]:
        """The stream up to its end, each event with the bytes of content in it."""
        start = _wire(self.usage(whole=True)) | {"output_tokens": 1}
        yield sse("message_start", message=self._envelope() | {"usage": start}), 0
        for index, block in enumerate(self.blocks):
            yield from self._block(index, block)
        if self.turn.endless:
            yield from _endless(self.turn.endless, len(self.blocks))

    def ending(self) -> tuple[bytes, bytes]:
        """The two events that end a stream: the final figures and the stop."""
        delta = {"stop_reason": self.stop_reason, "stop_sequence": None}
        figures = self.usage(whole=not self.turn.endless)
        return sse("message_delta", delta=delta, usage=_wire(figures)), sse("message_stop")

    def _block(self, index: int, block: dict[str, Any]) -> Iterator[tuple[bytes, int]]:
        is_text = block["type"] == "text"
        empty: dict[str, Any] = {"text": ""} if is_text else {"input": {}}
        yield sse("content_block_start", index=index, content_block=block | empty), 0
        kind, name = ("text_delta", "text") if is_text else ("input_json_delta", "partial_json")
        for part in _parts(_content(block), self.turn.chunks):
            delta = {"type": kind, name: part}
            yield sse("content_block_delta", index=index, delta=delta), len(part.encode())
        yield sse("content_block_stop", index=index), 0

    def _envelope(self) -> dict[str, Any]:
        return {
            "id": self._id("msg"),
            "type": "message",
            "role": "assistant",
            "model": self.model,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
        }

    def _id(self, prefix: str) -> str:
        text = f"{self.key}/{self.query.position}/{self.query.size}"
        return f"{prefix}_{hashlib.sha256(text.encode()).hexdigest()[:24]}"


def sse(name: str, **data: Any) -> bytes:
    """One event of a stream."""
    return f"event: {name}\ndata: {json.dumps({'type': name, **data}, ensure_ascii=False)}\n\n".encode()


def _results(messages: Sequence[Any]) -> str:
    """The text of the tool results in these messages."""
    given = [message["content"] for message in messages if isinstance(message["content"], list)]
    results = [block.get("content", "") for blocks in given for block in blocks if block["type"] == "tool_result"]
    parts = [[{"text": each}] if isinstance(each, str) else each for each in results]
    return "\n".join(part.get("text", "") for blocks in parts for part in blocks)


def _features(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if "effort" in (data.get("output_config") or {}):
        yield "effort", "output_config"
    if (data.get("thinking") or {}).get("type") == "adaptive":
        yield "adaptive_thinking", "thinking"
    if "context_management" in data:
        yield "context_management", "context_management"
    for place, message in enumerate(data["messages"]):
        if message["role"] == "system":
            yield "mid_conv_system", f"messages.{place}.role"


def _blocks(turn: Turn, call_id: str, result: str) -> list[dict[str, Any]]:
    said = None if turn.text is None else turn.text.replace(RESULT, result)
    blocks: list[dict[str, Any]] = [] if said is None else [{"type": "text", "text": said}]
    calls = [(tool.name, tool.input) for tool in turn.tools]
    if turn.structured is not None:
        calls.append(("StructuredOutput", turn.structured))
    for index, (name, given) in enumerate(calls):
        blocks.append({"type": "tool_use", "id": f"{call_id}{index}", "name": name, "input": given})
    return blocks


def _shortened(blocks: list[dict[str, Any]], max_tokens: int) -> list[dict[str, Any]]:
    """The blocks that fit; a text is cut, a tool call that does not fit is left out with all after it."""
    kept, left = [], max_tokens * BYTES_PER_TOKEN
    for block in blocks:
        if _size(block) <= left:
            kept.append(block)
            left -= _size(block)
            continue
        if block["type"] == "text":
            kept.append(block | {"text": block["text"].encode()[:left].decode(errors="ignore")})
        break
    return kept


def _content(block: dict[str, Any]) -> str:
    return str(block["text"]) if block["type"] == "text" else json.dumps(block["input"], ensure_ascii=False)


def _size(block: dict[str, Any]) -> int:
    return len(_content(block).encode())


def _parts(text: str, count: int) -> Iterator[str]:
    step = max(-(-len(text) // count), 1)
    for start in range(0, max(len(text), 1), step):
        yield text[start : start + step]


def _endless(endless: Endless, index: int) -> Iterator[tuple[bytes, int]]:
    yield sse("content_block_start", index=index, content_block={"type": "text", "text": ""}), 0
    delta = sse("content_block_delta", index=index, delta={"type": "text_delta", "text": endless.text})
    size, sent = len(endless.text.encode()), 0
    while endless.events is None or sent < endless.events:
        yield delta, size
        sent += 1
    yield sse("content_block_stop", index=index), 0


def _wire(usage: Usage) -> dict[str, int]:
    return {
        "input_tokens": usage.input,
        "output_tokens": usage.output,
        "cache_read_input_tokens": usage.cache_read,
        "cache_creation_input_tokens": usage.cache_write,
    }
