"""What some clients show beside tools: resources and prompts, off until the owner asks for them."""

import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from mcp.server.lowlevel.helper_types import ReadResourceContents
from mcp.server.mcpserver.exceptions import ToolError
from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR, INVALID_PARAMS, GetPromptResult, Prompt

from ccorch.errors import CcorchError
from ccorch.frontends.mcp import prompts
from ccorch.frontends.mcp.answers import answer, page
from ccorch.frontends.mcp.caller import Caller
from ccorch.frontends.mcp.calls import Calls
from ccorch.frontends.mcp.hints import for_client
from ccorch.frontends.mcp.resources import JSON, TEXT, asked
from ccorch.frontends.mcp.shortened import shortened
from ccorch.frontends.mcp.tools import offer
from ccorch.operations.artifacts import ArtifactReadReply
from ccorch.schema.base import Value

METHODS = {
    "resources": ("resources/list", "resources/read", "resources/templates/list"),
    "prompts": ("prompts/list", "prompts/get"),
}
"""What a client asks for with each; where it is off, the server does not say that it has it."""

READ, GET = "resources/read", "prompts/get"

Noting = Callable[[str, Mapping[str, Any], Caller, str, float], None]
"""Takes method, arguments, caller, what was told, and seconds."""

Door = Callable[[str], AbstractContextManager[None]]
"""What turns a bug into a ToolError that tells nothing of it."""


class Extras:
    """Answers for resources and prompts, by the verbs behind the tools."""

    def __init__(self, calls: Calls, note: Noting, door: Door) -> None:
        self._calls = calls
        self._note = note
        self._door = door

    async def read(self, uri: str, who: Caller) -> ReadResourceContents:
        """What stands at an address."""
        words: dict[str, Any] = {}
        with self._told(READ, words, who, {"uri": uri}):
            tool, said = asked(uri)
            words.update(said)
            reply = await self._reply(tool, words, who)
            if isinstance(reply, ArtifactReadReply):
                return ReadResourceContents(content=page(reply), mime_type=TEXT)
            told = answer(shortened(tool, reply.model_dump(mode="json")))
            text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
            return ReadResourceContents(content=text, mime_type=JSON)

    async def prompts(self) -> list[Prompt]:
        """The page and the pack; a pack that cannot be read is an error with its place."""
        with self._in_words("prompts/list", {}):
            return prompts.listed(await self._rows(Caller()))

    async def prompt(self, name: str, given: Mapping[str, Any], who: Caller) -> GetPromptResult:
        """The words of a prompt."""
        with self._told(GET, {}, who, {"prompt": name}):
            if name == prompts.PLAYBOOK.name:
                prompts.closed(name, given, ())
                told: Any = await self._reply("playbook", {}, who)
                return prompts.message(told.markdown)
            filled = prompts.words(name, given, await self._rows(who))
            rendered: Any = await self._reply("prompt_render", filled, who)
            return prompts.message(rendered.words)

    async def _rows(self, who: Caller) -> Any:
        listed: Any = await self._reply("prompt_list", {}, who)
        return listed.prompts

    async def _reply(self, tool: str, words: Mapping[str, Any], who: Caller) -> Value:
        known = offer(tool)
        return await self._calls.reply(known, known.request(words), who)

    @contextmanager
    def _told(self, method: str, words: Mapping[str, Any], who: Caller, about: Mapping[str, str]) -> Iterator[None]:
        """Note the call, however it ends."""
        begun, told = time.monotonic(), "CANCELLED"
        try:
            with self._in_words(method, about):
                yield
            told = "ok"
        except MCPError as problem:
            told = problem.data["code"]
            raise
        finally:
            self._note(method, words, who, told, round(time.monotonic() - begun, 3))

    @contextmanager
    def _in_words(self, method: str, about: Mapping[str, str]) -> Iterator[None]:
        """Errors as the protocol has them: code and hint in the message and in the data."""
        try:
            with self._door(method):
                yield
        except CcorchError as problem:
            error = for_client(problem.as_data()["error"], problem.default_hint)
            hint = f" ({error['hint']})" if error.get("hint") else ""
            said = f"{error['code']}: {error['message']}{hint}"
            raise MCPError(INVALID_PARAMS, said, {**error, **about}) from None
        except ToolError as bug:
            logging.getLogger(__name__).exception("bug in %s", method)
            raise MCPError(INTERNAL_ERROR, str(bug), {"code": "BUG", **about}) from bug
