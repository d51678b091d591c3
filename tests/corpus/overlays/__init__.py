"""Calls with which a hostile controller tries to get more than its owner lets it have; none may be accepted.

Each is a tool and its arguments, and would be accepted but for what is hostile in it. `advisories` holds forms
after public advisories, which `docs/overlay-corpus.md` names; `unseen` was written in one go before the guard was
first run on it, and nothing was tuned on it; `own` grew with the guard.
"""

from typing import Any

Attempt = tuple[str, dict[str, Any]]

USABLE = {"profile": "scripted"}


def word(*words: str) -> Attempt:
    """A plan with override strings."""
    return "plan", {"overrides": list(words), "overlay": {"set": USABLE}, "task": "x"}


def put(key: str, value: Any) -> Attempt:
    """A plan with one typed value."""
    return "plan", {"overlay": {"set": {**USABLE, key: value}}, "task": "x"}


def choose(group: str, option: Any) -> Attempt:
    """A plan with one option."""
    return "plan", {"overlay": {"groups": {group: option}, "set": USABLE}, "task": "x"}


def call(tool: str, **arguments: Any) -> Attempt:
    """Any other call."""
    return tool, arguments
