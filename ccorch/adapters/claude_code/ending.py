"""How an attempt ended, judged from its stream, its exit record and its last words together."""

import re
from collections.abc import Callable
from typing import Any

from ccorch.adapters.claude_code.stream import content_of, served_model, short, text_of
from ccorch.ports import Ending
from ccorch.schema.status import Outcome

Json = dict[str, Any]

_PREFIX = re.compile(r"^(?:Failed to authenticate\. )?API Error: (?:402 )?")
_SPENT: dict[str, Outcome] = {
    "error_max_turns": "turns_spent",
    "error_max_budget_usd": "budget_spent",
    "error_max_structured_output_retries": "no_handoff",
}


_KEYS = {"error_max_turns": " (policy.max_turns)"}


class Classifier:
    """Folds the lines of one attempt; neither exit code nor `subtype` alone tells how it ended."""

    def __init__(
        self,
        profile: str,
        model: str,
        wants_handoff: bool,
        same_model: Callable[[str, str], bool],
        mismatch_fails: bool = True,
    ) -> None:
        self._profile = profile
        self._model = model
        self._wants_handoff = wants_handoff
        self._same_model = same_model
        self._mismatch_fails = mismatch_fails
        self._matching: set[str] = set()
        self._foreign: str | None = None
        self._error = ""
        self._text = ""
        self._begun = False
        self._result: Json | None = None
        self.verdict: Ending | None = None
        """Set once the attempt is beyond saving and should be stopped."""

    def take(self, data: Json) -> None:
        """Fold one line."""
        match data.get("type"), data.get("subtype"):
            case "system", "init":
                self._begun = True
            case "system", "api_retry" if data.get("error_status") in (401, 403):
                self.give_up("auth_failed", self._refused_key(data.get("error_status"), text_of(data, "error")))
            case "assistant", _:
                self._take_message(data)
            case "result", _:
                self._result = data

    def ending(self, exited: Json | None, last_words: str = "") -> Ending:
        """The verdict; `exited` is the shim's record or None when it died, `last_words` is stderr's end."""
        if self.verdict:
            return self.verdict
        if exited is None:
            return self._ended("killed", "the process that watched this worker was killed; nothing of it is left")
        return self._unstarted(exited) or self._cut_short(exited, last_words) or self._judged()

    def overspend(self, reason: str) -> None:
        """A limit is used up; the attempt is to be stopped."""
        self.give_up("budget_spent", reason)

    def _take_message(self, data: Json) -> None:
        self._error = text_of(data, "error")
        model = served_model(data)
        if model is None:
            return
        said = [text_of(block, "text") for block in content_of(data) if block.get("type") == "text"]
        self._text = "\n".join(said) or self._text
        if model in self._matching or self._foreign:
            return
        if self._same_model(self._model, model):
            self._matching.add(model)
            return
        self._foreign = model
        if self._mismatch_fails:
            reason = f"the plan chose {self._model} at profile {self._profile}, but {model} answered"
            self.give_up("route_mismatch", reason)

    def give_up(self, outcome: Outcome, reason: str) -> None:
        """The attempt is beyond saving and should be stopped; what was said first holds."""
        self.verdict = self.verdict or Ending(outcome, reason)

    def _unstarted(self, exited: Json) -> Ending | None:
        reason, detail = exited.get("reason"), text_of(exited, "detail")
        match reason:
            case "start_failed" | "hooks_unsupported" | "hooks_refused":
                return self._ended("start_failed", detail or f"the worker did not start: {reason}")
            case "disk_full":
                return self._ended("failed", f"the disk with the state folder is full: {detail}")
        return None

    def _cut_short(self, exited: Json, last_words: str) -> Ending | None:
        """An ending without a result that counts."""
        result, detail = self._result, text_of(exited, "detail")
        whole = result is not None and result.get("is_error") is False and not _aborted(result)
        match exited.get("reason"):
            case "timeout" if not whole:
                took = detail or "the attempt took longer than its timeout"
                return self._ended("timed_out", f"{took} (policy.timeout_seconds)")
            case "stopped" if not whole:
                return self._ended("stopped", detail or "stopped")
        if result is None:
            return self._silent(exited, last_words)
        return self._ended("stopped", "the turn was interrupted") if _aborted(result) else None

    def _silent(self, exited: Json, last_words: str) -> Ending:
        code, number = exited.get("rc"), exited.get("signal")
        if number or code in (129, 143):
            name = f"signal {number}" if number else f"exit code {code}"
            return self._ended("killed", f"claude was ended by {name} before it gave a result")
        words = short(last_words) or "nothing on stderr"
        if not self._begun:
            return self._ended("start_failed", f"claude exited with {code} before its session began: {words}")
        return self._ended("failed", f"claude exited with {code} and no result: {words}")

    def _judged(self) -> Ending:
        result = self._result or {}
        subtype, terminal = text_of(result, "subtype"), text_of(result, "terminal_reason")
        if result.get("is_error") is not False or subtype != "success":
            return self._failed(result)
        if terminal not in ("", "completed"):
            return self._ended("failed", f"claude ended in a way that is not known: {terminal}")
        handoff = result.get("structured_output")
        if self._wants_handoff and not isinstance(handoff, dict):
            return self._ended("no_handoff", "the worker owes a handoff as structured output and gave none")
        if not self._wants_handoff and not text_of(result, "result").strip():
            return self._ended("empty", "the worker's answer is empty")
        return self._passed(result)

    def _passed(self, result: Json) -> Ending:
        denials = result.get("permission_denials")
        warning = f"{self._foreign} answered instead of {self._model}" if self._foreign else ""
        if not isinstance(denials, list) or not denials:
            return self._ended("done", warning)
        tools = dict.fromkeys(text_of(each, "tool_name") for each in denials if isinstance(each, dict))
        refused = f"{len(denials)} refused tool call{'s' * (len(denials) > 1)}: {', '.join(tools)}"
        return self._ended("refused", "; ".join(part for part in (refused, warning) if part))

    def _failed(self, result: Json) -> Ending:
        # an answer is no complaint, however its line is labelled
        said = self._complaint(result) if result.get("is_error") else ""
        status = result.get("api_error_status")
        match status:
            case 402:
                return self._ended("budget_spent", said)
            case 401 | 403:
                return self._ended("auth_failed", self._refused_key(status, said))
            case int():
                return self._ended("api_error", said or f"the provider answered {status}")
        subtype = text_of(result, "subtype")
        if subtype in _SPENT:
            return self._ended(_SPENT[subtype], f"{said or subtype}{_KEYS.get(subtype, '')}")
        if text_of(result, "terminal_reason") in ("api_error", "prompt_too_long") or self._error:
            return self._ended("api_error", said or self._error)
        return self._ended("failed", said or f"claude ended as {subtype or 'unknown'}")

    def _complaint(self, result: Json) -> str:
        errors = result.get("errors")
        listed = [error for error in errors if isinstance(error, str)] if isinstance(errors, list) else []
        return short(_PREFIX.sub("", text_of(result, "result")) or "; ".join(listed))

    def _refused_key(self, status: object, said: str) -> str:
        return f"profile {self._profile} was refused with {status}: {said}; check its credential"

    def _ended(self, outcome: Outcome, reason: str) -> Ending:
        """With the final text and the handoff, as far as there are any."""
        result = self._result or {}
        handoff = result.get("structured_output")
        answer = text_of(result, "result") if result.get("is_error") is False else self._text
        return Ending(outcome, reason, answer or self._text or None, handoff if isinstance(handoff, dict) else None)


def _aborted(result: Json) -> bool:
    return text_of(result, "terminal_reason").startswith("aborted_")
