"""A scripted model that Claude Code asks: each turn is answered by a step, which sees what the last call gave."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any

from tests.clients.loopback import Handler, Model, Step, events, served

Block = dict[str, Any]


@contextmanager
def asked(steps: Sequence[Step]) -> Iterator[Model]:
    """Serve on loopback while the block runs."""
    model = Model(steps)

    class Messages(Handler):
        def do_HEAD(self) -> None:
            self.say(b"", "text/plain")

        def do_GET(self) -> None:
            self.say(b"{}", "application/json")

        def do_POST(self) -> None:
            body = self.body()
            if self.path.partition("?")[0].endswith("count_tokens"):
                self.say(b'{"input_tokens":10}', "application/json")
                return
            block = _answer(model, body)
            if body.get("stream"):
                self.say(_stream(block), "text/event-stream")
            else:
                self.say(_whole(block), "application/json")

    with served(Messages) as model.port:
        yield model


def _answer(model: Model, body: Any) -> Block:
    """A step's to a turn that offers our tools; what else is asked, such as a title, is answered with a word."""
    if "mcp__ccorch" not in json.dumps([tool.get("name") for tool in body.get("tools", ())]):
        return says("ok")
    given = _given(body)
    return model.step(body, given, _data(given))


def says(text: str) -> Block:
    """A last word."""
    return {"type": "text", "text": text}


def calls(tool: str, arguments: Any) -> Block:
    """A call of a tool of ours."""
    return {"type": "tool_use", "id": f"toolu_{tool}", "name": f"mcp__ccorch__{tool}", "input": arguments}


def reads(uri: str) -> Block:
    """A read of a resource of ours, by a tool of the client's own."""
    asked = {"server": "ccorch", "uri": uri}
    return {"type": "tool_use", "id": f"toolu_{uri}", "name": "ReadMcpResourceTool", "input": asked}


USAGE = {"input_tokens": 10, "output_tokens": 5}
_numbers = count(1)


def _head() -> dict[str, Any]:
    # the client joins messages of one id
    told = {"type": "message", "role": "assistant", "model": "scripted", "stop_sequence": None}
    return {"id": f"msg_{next(_numbers)}", **told, "usage": USAGE}


def _whole(block: Block) -> bytes:
    return json.dumps({**_head(), "content": [block], "stop_reason": _reason(block)}).encode()


def _stream(block: Block) -> bytes:
    empty = {**block, "input": {}} if block["type"] == "tool_use" else {**block, "text": ""}
    delta = (
        {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
        if block["type"] == "tool_use"
        else {"type": "text_delta", "text": block["text"]}
    )
    told = [
        {"type": "message_start", "message": {**_head(), "content": [], "stop_reason": None}},
        {"type": "content_block_start", "index": 0, "content_block": empty},
        {"type": "content_block_delta", "index": 0, "delta": delta},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": _reason(block)}, "usage": {"output_tokens": 5}},
        {"type": "message_stop"},
    ]
    return events(told)


def _reason(block: Block) -> str:
    return "tool_use" if block["type"] == "tool_use" else "end_turn"


def _given(body: Any) -> str | None:
    """The latest result of a call, wherever the client's own remarks stand."""
    for message in reversed(body["messages"]):
        content = message["content"] if message["role"] == "user" else ()
        for block in reversed(content) if isinstance(content, list) else ():
            if block.get("type") == "tool_result":
                told = block["content"]
                return told if isinstance(told, str) else "".join(part.get("text", "") for part in told)
    return None


def _data(given: str | None) -> Any:
    try:
        return json.loads(given or "")
    except ValueError:
        return given
