"""The stream-json control protocol: set up hooks, send messages, answer hooks, know when a worker is done."""

from __future__ import annotations

import json
from collections.abc import Callable

from .feed import Feed
from .fence import Fence
from .lines import Line
from .turnstile import Turnstile

QUIET = 2.0
"""Seconds without a new turn after which an unanswered message counts as answered by the result before it."""

_STOPPING = "This attempt is being stopped."
_TOO_LARGE = "This call is too large to be judged, so it is refused."
_HOOK_TIMEOUT = 20
_ASKER = "ccorch-"
_FENCE, _TURNSTILE = "fence", "turnstile"


class Conversation:
    """One worker's side of the protocol; it holds no clock and no process, only the feed it writes to."""

    def __init__(
        self,
        feed: Feed,
        fence: Fence | None,
        refuse: Callable[[str, str], None],
        hold: float = 0.0,
        turnstile: Turnstile | None = None,
        patience: float = _HOOK_TIMEOUT,
    ) -> None:
        """`patience` is how many seconds a tool call may wait at the turnstile."""
        self._feed = feed
        self._fence = fence
        self._turnstile = turnstile
        self._hook_seconds = max(_HOOK_TIMEOUT, patience) if turnstile else _HOOK_TIMEOUT
        self._refuse = refuse
        self._asked = 0
        self._first: str | None = None
        self._pending: dict[str, int] = {}
        self._said = 0
        self._hold = hold
        self._quiet_from: float | None = None
        self._last_turn = False
        self.ready = False
        self.results = 0
        self.stopping = False

    @property
    def pausing(self) -> bool:
        """Whether the last turn is over and no new one has begun."""
        return self._quiet_from is not None

    def begin(self, first: str | None) -> None:
        """Introduce ourselves; the first message follows once the worker has confirmed the hooks."""
        self._first = first
        hooks = {"PreToolUse": [self._hook(_FENCE)]} if self._has_hooks else {}
        if self._turnstile is not None:
            # a call that Claude Code turns down by itself, such as of a tool that there is not, comes by no other
            hooks["PostToolBatch"] = [self._hook(_TURNSTILE)]
        self._ask({"subtype": "initialize", "hooks": hooks or None})

    def take(self, line: Line, now: float) -> None:
        """React to a line of the worker."""
        match line.type:
            case "control_request" if not self._waits(line):
                self._answer(line)
            case "control_response" if not self.ready:
                self._settle(line)
            case "result":
                self._note_result(line, now)
            case "system" if line.subtype == "init":
                self._quiet_from = None

    def say(self, path: str, uuid: str, now: float) -> None:
        """Send a further message; the worker may answer it in a turn that is already running."""
        self._feed.file(path, as_line=True)
        self._said += 1
        self._pending[uuid or f"unnamed {self._said}"] = 0
        self._hold = 0.0
        if self._quiet_from is not None:
            self._quiet_from = now

    def interrupt(self, hold: float) -> None:
        """End the running turn; `hold` is how long a follow-up may take to arrive after its result."""
        self._hold = hold
        self._ask({"subtype": "interrupt"})

    def read_up_to(self, number: int) -> None:
        """The daemon has read so many lines and found nothing that ends the attempt."""
        # who waits when the attempt is stopped is never answered: a denial would be something to go on with
        for line in self._turnstile.read(number) if self._turnstile and not self.stopping else ():
            self._answer(line)

    def close_after_turn(self) -> None:
        """No further message will come: finish at the next result, or now if no turn is running."""
        self._last_turn = True

    def over(self, now: float) -> bool:
        """Whether stdin can be closed: answered, quiet long enough, and every hook answer delivered."""
        if self._quiet_from is None or not self._feed.empty:
            return False
        if self.stopping:
            return True
        if self._turnstile is not None and not self._turnstile.empty:
            return False
        pause = max(self._hold, QUIET if self._pending else 0.0)
        return self._last_turn or now >= self._quiet_from + pause

    def _note_result(self, line: Line, now: float) -> None:
        self.results += 1
        self._quiet_from = now
        for uuid in line.answered:
            self._pending.pop(uuid, None)
        # A message that has now seen two results without being named will never be named.
        self._pending = {uuid: seen + 1 for uuid, seen in self._pending.items() if seen == 0}

    def _settle(self, line: Line) -> None:
        response = _read(line).get("response")
        if not isinstance(response, dict) or response.get("request_id") != f"{_ASKER}1":
            return
        if response.get("subtype") != "success":
            self._refuse("hooks_refused", f"the worker refused to start: {response.get('error')}")
            return
        said = response.get("response")
        confirmed = said if isinstance(said, dict) else {}
        if self._fence and not (confirmed.get("hooks_applied") and confirmed.get("hook_on_failure_supported")):
            self._refuse("hooks_unsupported", "this Claude Code does not confirm hooks that block on failure")
            return
        self.ready = True
        if self._first is not None:
            self._feed.file(self._first, as_line=True)

    def _hook(self, name: str) -> dict[str, object]:
        return {"matcher": None, "hookCallbackIds": [name], "timeout": self._hook_seconds, "onFailure": "block"}

    @property
    def _has_hooks(self) -> bool:
        return self._fence is not None or self._turnstile is not None

    def _waits(self, line: Line) -> bool:
        return self._turnstile is not None and not self.stopping and self._turnstile.holds(line)

    def _answer(self, line: Line) -> None:
        asked = _read(line).get("request")
        request = asked if isinstance(asked, dict) else {}
        goes_on = request.get("callback_id") == _TURNSTILE
        if goes_on and self.stopping:
            return  # whatever were answered, the next turn would begin
        if line.text is not None and request.get("subtype") != "hook_callback":
            answer: dict[str, object] = {"subtype": "error", "error": "not supported by this launcher"}
        else:
            objection = None if goes_on else self._objection(line, request)
            answer = {"subtype": "success", "response": _denial(objection) if objection else {}}
        answer["request_id"] = line.request_id
        self._feed.line(json.dumps({"type": "control_response", "response": answer}).encode())

    def _objection(self, line: Line, request: dict[str, object]) -> str | None:
        call = request.get("input")
        if self.stopping:
            return _STOPPING
        if self._fence is None:
            return None
        if not isinstance(call, dict):
            return _TOO_LARGE
        arguments, cwd = call.get("tool_input"), call.get("cwd")
        if not isinstance(arguments, dict):
            return "This call cannot be judged, so it is refused."
        return self._fence.objection(str(call.get("tool_name")), arguments, cwd if isinstance(cwd, str) else "")

    def _ask(self, request: dict[str, object]) -> None:
        self._asked += 1
        asked = {"type": "control_request", "request_id": f"{_ASKER}{self._asked}", "request": request}
        self._feed.line(json.dumps(asked).encode())


def _denial(reason: str) -> dict[str, object]:
    verdict = {"permissionDecision": "deny", "permissionDecisionReason": reason}
    return {"hookSpecificOutput": {"hookEventName": "PreToolUse", **verdict}}


def _read(line: Line) -> dict[str, object]:
    """The line's object; nothing if it was too long to keep or is no object."""
    try:
        value = json.loads(line.text or b"null")
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
