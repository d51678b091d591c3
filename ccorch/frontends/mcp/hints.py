"""The next step of an error as a client can take it: a call, or words for the person behind it."""

import re
from typing import Any

from ccorch.operations.registry import BY_NAME, VERBS

OWNER = "for your user, at a terminal: "
"""Stands before a hint that no call can follow."""

CALLS = {
    "ARG_INVALID": "the tool's schema names its arguments",
    "CONFIG_INVALID": "catalog(query=…) finds groups, options and keys",
    "PLAN_STALE": "call plan again and submit the new plan_id",
    "PROFILE_UNUSABLE": 'catalog(path="profiles") lists profiles, with the reason where one cannot be used',
    "RUN_NOT_FOUND": "run_list gives the runs of this project",
    "EVIDENCE_FORGED": "run_verify names every such file; have the work done again, or reject it by run_decide",
}
"""Hint of a code where the error's own is the command line's standard one."""

_COMMAND = re.compile(r"`ccorch ([^`]*)`")
_FLAG = re.compile(r"(?<![\w-])--[a-z]")
_PROFILES = 'catalog(path="profiles")'
_WORDS = {"explain": "catalog(path=KEY)", "catalog keys": 'catalog(path="keys")', "profiles": _PROFILES}
_ABOUT = ("verb", "run", "node", "text")
"""What the words of a command about a run are."""

_STEERING = ("stop", "pause", "resume", "retry", "send", "answer", "note")
_JUDGING = ("accept", "reject", "rollback")


def for_client(error: dict[str, Any], standard: str) -> dict[str, Any]:
    """The error's data with its hint in calls; `standard` is the hint that its code has on the command line."""
    hint = str(error.get("hint", ""))
    if hint == standard and error.get("code") in CALLS:
        return {**error, "hint": CALLS[error["code"]]}
    called = _COMMAND.sub(_call, hint)
    if _COMMAND.search(called) or _FLAG.search(called):
        return {**error, "hint": OWNER + called}
    return {**error, "hint": called}


def as_call(command: str) -> str:
    """A command about a run as the call that does the same; the user's own where there is none."""
    words = command.removeprefix("ccorch ").split()
    tool = _TOOLS.get(words[0]) if words else None
    is_more = len(words) > len(_ABOUT) or any(word.startswith("-") for word in words)
    if tool is None or not command.startswith("ccorch ") or is_more:
        return OWNER + command
    name, _, more = tool.partition("(")
    given = [f'{key}="{value}"' for key, value in zip(_ABOUT[1:], words[1:], strict=False)]
    return f"{name}({', '.join([*given[:1], *filter(None, [more.rstrip(')')]), *given[1:]])})"


def _call(found: re.Match[str]) -> str:
    """The call that does what the command does; the command itself where none does."""
    words = found[1].split()
    for length in range(len(words), 0, -1):
        name = " ".join(words[:length])
        if name in BY_NAME or name in _WORDS:
            return _WORDS.get(name) or _TOOLS.get(name) or found[0]
    return found[0]


def _tools() -> dict[str, str]:
    """How each verb is called by a client, where it can be."""
    steering = {name: f'run_control(action="{name}")' for name in _STEERING}
    judging = {name: f'run_decide(decision="{name}")' for name in _JUDGING}
    return {**{verb.name: verb.tool for verb in VERBS if verb.tool}, **steering, **judging}


_TOOLS = _tools()
