"""A scripted model that Codex asks: each request is answered by a step, which sees what the last one gave."""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from tests.clients.loopback import Handler, Model, Step, events, served

Item = dict[str, Any]
USAGE = {
    "input_tokens": 10,
    "input_tokens_details": {"cached_tokens": 0},
    "output_tokens": 5,
    "output_tokens_details": {"reasoning_tokens": 0},
    "total_tokens": 15,
}


@contextmanager
def asked(steps: Sequence[Step]) -> Iterator[Model]:
    """Serve on loopback while the block runs."""
    model = Model(steps)

    class Responses(Handler):
        def do_GET(self) -> None:
            self.say(b'{"models":[]}', "application/json")

        def do_POST(self) -> None:
            body = self.body()
            number, given = len(model.asked), _given(body)
            self.say(_stream(number, model.step(body, given, _data(given))), "text/event-stream")

    with served(Responses) as model.port:
        yield model


def says(text: str) -> Item:
    """A last word."""
    return {"type": "message", "id": "m", "role": "assistant", "content": [{"type": "output_text", "text": text}]}


def calls(tool: str, arguments: Any) -> Item:
    """A call of a tool of ours."""
    told = {"name": tool, "namespace": "mcp__ccorch", "arguments": json.dumps(arguments)}
    return {"type": "function_call", "id": f"f-{tool}", "call_id": f"c-{tool}", **told}


def reads(uri: str) -> Item:
    """A read of a resource of ours, by a tool of the client's own."""
    told = {"name": "read_mcp_resource", "arguments": json.dumps({"server": "ccorch", "uri": uri})}
    return {"type": "function_call", "id": "f-read", "call_id": f"c-{uri}", **told}


def searches(words: str) -> Item:
    """A look for tools that are not in the prompt."""
    return {
        "type": "tool_search_call",
        "id": "s",
        "call_id": "c-s",
        "execution": "client",
        "arguments": {"query": words},
    }


def scripts(code: str) -> Item:
    """A script that calls tools itself."""
    return {"type": "custom_tool_call", "id": "x", "call_id": "c-x", "name": "exec", "input": code}


def goes_on(told: object) -> Item | None:
    """A wait for the rest of what a script says: Codex leaves one alone after half a minute."""
    found = re.match(r"Script running with cell ID (\w+)", str(told))
    if found is None:
        return None
    asked = json.dumps({"cell_id": found[1], "yield_time_ms": 30_000})
    return {"type": "function_call", "id": "f-wait", "call_id": "c-wait", "name": "wait", "arguments": asked}


def _stream(number: int, item: Item) -> bytes:
    begun = {"id": f"r{number}"}
    told = [
        {"type": "response.created", "response": begun},
        {"type": "response.output_item.added", "output_index": 0, "item": item},
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.completed", "response": {**begun, "usage": USAGE}},
    ]
    return events(told)


def _given(body: Any) -> str | None:
    last = body["input"][-1]
    if last["type"] == "tool_search_output":
        return json.dumps(last["tools"])
    output = last.get("output")
    if isinstance(output, list):
        return "".join(part["text"] for part in output)
    return output if isinstance(output, str) else None


def _data(given: str | None) -> Any:
    """The JSON behind Codex' head of a result; the text where it is none, and the head where there is no text."""
    text = (given or "").partition("Output:\n")[2]
    try:
        return json.loads(text)
    except ValueError:
        return text or given
