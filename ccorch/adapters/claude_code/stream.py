"""What the lines of a worker's stream mean as events; unknown lines and fields mean nothing."""

import re
from collections.abc import Iterator
from typing import Any, TypedDict

from ccorch.rules.acts import acts_of
from ccorch.rules.plain import beginning
from ccorch.schema.event import (
    Event,
    ModelServed,
    RequestRetried,
    Said,
    ToolBegan,
    ToolCalled,
    ToolDenied,
    ToolFailed,
    WorkerReady,
)
from ccorch.schema.worker_event import GRAVE

SYNTHETIC = "<synthetic>"
"""Model name of messages that Claude Code made itself."""

LONGEST = 240
"""Most characters of a quoted text."""

_TARGETS = ("file_path", "notebook_path", "command", "url", "query", "pattern", "path")
_MUTE = tuple(f'{{"type":"{kind}"'.encode() for kind in ("stream_event", "tool_progress", "control_response"))
_EXIT = re.compile(r"Exit code (\d{1,3})\b")
_RESULTS = b'{"type":"user"'
_HEARTBEAT = b'{"type":"tool_progress"'

Json = dict[str, Any]


def is_telling(line: bytes) -> bool:
    """Whether a line may say more than that it exists; told from its first bytes, cheaply."""
    if line.startswith(_MUTE):
        return False
    # of what tools gave back, often megabytes, only refusals and failures are of interest
    return not line.startswith(_RESULTS) or b'"decision":"reject"' in line or b'"is_error":true' in line


class _At(TypedDict):
    node: str
    attempt: int


class Interpreter:
    """Turns the parsed lines of one attempt into events; it remembers what it has already told."""

    def __init__(self, node: str, attempt: int) -> None:
        self._at = _At(node=node, attempt=attempt)
        self._ready = False
        self._cwd = ""
        self._served: set[str] = set()
        self._calls: dict[str, ToolCalled] = {}
        self._denied: set[str] = set()
        self._grave: dict[str, ToolCalled] = {}
        self.asked: dict[str, int] = {}
        """Grave calls that the fence was asked about, with the line of that, until more is heard of them."""

    def awaits(self, line: bytes) -> bool:
        """Whether a line that says nothing else may show that a grave call was not refused."""
        mute = line.startswith((_RESULTS, _HEARTBEAT))
        return bool(self._grave) and mute and any(call.encode() in line for call in self._grave)

    def began(self, call: str, line: int) -> Iterator[ToolBegan]:
        """What is to be told once it is known that nobody refused this call: that a grave one began."""
        if (made := self._settled(call)) is not None:
            yield ToolBegan(**self._at, line=line, tool=made.tool, call=call)

    def events(self, line: int, data: Json) -> tuple[Event, ...]:
        """The events of a line, in order."""
        match data.get("type"), data.get("subtype"):
            case "system", "init":
                return tuple(self._init(line, data))
            case "system", "api_retry":
                status, error = data.get("error_status"), text_of(data, "error")
                status = status if isinstance(status, int) else None
                return (RequestRetried(**self._at, line=line, status=status, error=short(error)),)
            case "system", "permission_denied":
                tool, reason = text_of(data, "tool_name"), text_of(data, "message")
                return tuple(self._denial(line, text_of(data, "tool_use_id"), tool, reason))
            case "assistant", _:
                return tuple(self._message(line, data))
            case "user", _:
                return (*self._refusals(line, data), *self._failures(line, data), *self._results(line, data))
            case "tool_progress", _:
                # a sign of life has an id of its own
                return tuple(self.began(text_of(data, "parent_tool_use_id"), line))
            case "control_request", _:
                self._ask(line, data.get("request"))
        return ()

    def _init(self, line: int, data: Json) -> Iterator[Event]:
        # every turn announces the session again
        if not self._ready:
            self._ready = True
            self._cwd = text_of(data, "cwd").rstrip("/") + "/"
            version, tools = text_of(data, "claude_code_version"), data.get("tools")
            names = tuple(tool for tool in tools if isinstance(tool, str)) if isinstance(tools, list) else ()
            yield WorkerReady(**self._at, line=line, model=text_of(data, "model"), cli_version=version, tools=names)

    def _message(self, line: int, data: Json) -> Iterator[Event]:
        model = served_model(data)
        if model and model not in self._served:
            self._served.add(model)
            yield ModelServed(**self._at, line=line, model=model)
        for block in content_of(data):
            match block.get("type"):
                case "text" if model and text_of(block, "text").strip():
                    yield Said(**self._at, line=line, text=short(text_of(block, "text")))
                case "tool_use":
                    yield self._call(line, block)

    def _call(self, line: int, block: Json) -> ToolCalled:
        tool, call, arguments = text_of(block, "name"), text_of(block, "id"), block.get("input")
        acts = acts_of(text_of(arguments, "command")) if tool == "Bash" and isinstance(arguments, dict) else ()
        told = ToolCalled(**self._at, line=line, tool=tool, target=self._target(block), call=call, acts=acts)
        self._calls[call] = told
        if GRAVE.intersection(acts):
            self._grave[call] = told
        return told

    def _failures(self, line: int, data: Json) -> Iterator[Event]:
        for block in content_of(data):
            call = text_of(block, "tool_use_id")
            made = self._calls.get(call)
            if made is None or block.get("is_error") is not True or call in self._denied:
                continue
            self._settled(call)
            found = _EXIT.match(_words(block.get("content")))
            status = int(found[1]) if found else None
            yield ToolFailed(**self._at, line=line, tool=made.tool, call=call, status=status, acts=made.acts)

    def _ask(self, line: int, request: object) -> None:
        """Take that the fence is asked about a call: its turn has come."""
        if isinstance(request, dict) and (call := text_of(request, "tool_use_id")) in self._grave:
            self.asked[call] = line

    def _settled(self, call: str) -> ToolCalled | None:
        """The call, if it is a grave one of which was not known whether it was refused; now it is."""
        self.asked.pop(call, None)
        return self._grave.pop(call, None)

    def _results(self, line: int, data: Json) -> Iterator[Event]:
        """Grave calls that came to a good end."""
        for block in content_of(data):
            yield from self.began(text_of(block, "tool_use_id"), line)

    def _target(self, block: Json) -> str:
        """Paths below the worker's directory are told from there."""
        whole = target(block.get("input"))
        return whole.removeprefix(self._cwd) if self._cwd != "/" else whole

    def _refusals(self, line: int, data: Json) -> Iterator[Event]:
        said = {text_of(block, "tool_use_id"): _words(block.get("content")) for block in content_of(data)}
        for meta in _objects(data.get("tool_result_meta")):
            decision = meta.get("permission_decision")
            if isinstance(decision, dict) and decision.get("decision") == "reject":
                call = text_of(meta, "id")
                tool = self._calls[call].tool if call in self._calls else ""
                yield from self._denial(line, call, tool, said.get(call, ""))

    def _denial(self, line: int, call: str, tool: str, reason: str) -> Iterator[Event]:
        # one refusal is told twice: when it happens, and with the result that the model is given
        if call not in self._denied:
            self._denied.add(call)
            self._settled(call)
            yield ToolDenied(**self._at, line=line, tool=tool, reason=short(reason), call=call)


def served_model(data: Json) -> str | None:
    """The model that wrote an assistant message; None when Claude Code wrote it."""
    message = data.get("message")
    model = text_of(message, "model") if isinstance(message, dict) else ""
    return model if model and model != SYNTHETIC else None


def content_of(data: Json) -> list[Json]:
    """The content blocks of a message."""
    message = data.get("message")
    return _objects(message.get("content")) if isinstance(message, dict) else []


def target(arguments: object) -> str:
    """What a tool was called on: the first telling argument."""
    if not isinstance(arguments, dict):
        return ""
    return next((short(text_of(arguments, name)) for name in _TARGETS if text_of(arguments, name)), "")


def short(text: str) -> str:
    """One line of at most LONGEST characters that any encoder takes."""
    line = " ".join(text[: 4 * LONGEST].split()).encode("utf-8", "replace").decode()
    return beginning(line, LONGEST)


def text_of(data: Json, key: str) -> str:
    """The text under a key; empty when there is none."""
    value = data.get(key)
    return value if isinstance(value, str) else ""


def _objects(value: object) -> list[Json]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _words(content: object) -> str:
    if isinstance(content, str):
        return content
    return " ".join(text_of(block, "text") for block in _objects(content))


def calls_tools(data: Json) -> bool:
    """Whether this is a message, or a part of one, in which the model calls a tool."""
    return data.get("type") == "assistant" and any(block.get("type") == "tool_use" for block in content_of(data))
