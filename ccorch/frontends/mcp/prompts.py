"""Prompts: the page for controllers, and the prompt pack with its placeholders as arguments."""

from collections.abc import Mapping
from typing import Any

from mcp_types import GetPromptResult, Prompt, PromptArgument, PromptMessage, TextContent

from ccorch.errors import ArgumentInvalid, NotFound
from ccorch.frontends.mcp.answers import MOST_BYTES
from ccorch.rules.plain import line, plain

PLAYBOOK = Prompt(name="playbook", description="How a controller works with ccorch.", arguments=[])
"""The page; a prompt of a project that has its name is not shown here."""

EMPTY = "none"
"""The prompt of the pack that says nothing."""


def listed(rows: Any) -> list[Prompt]:
    """The page and every prompt of the pack that can be read, by name."""
    return [PLAYBOOK, *(_described(row) for row in sorted(shown(rows), key=lambda row: row.name))]


def shown(rows: Any) -> list[Any]:
    """The rows of the pack that are offered."""
    return [row for row in rows if row.problem is None and row.name not in (PLAYBOOK.name, EMPTY)]


def words(name: str, given: Mapping[str, Any], rows: Any) -> dict[str, Any]:
    """What the prompt is rendered with; raises for a name, an argument or a gap that cannot be."""
    row = next((row for row in shown(rows) if row.name == name), None)
    if row is None:
        known = ", ".join(prompt.name for prompt in listed(rows))
        raise NotFound(f"no prompt {line(name)[:60]!r}", hint=f"prompts are {known}")
    closed(name, given, tuple(row.values))
    missing = [key for key, value in row.values.items() if value is None and key not in given]
    if missing:
        raise ArgumentInvalid(f"prompt {name} needs {', '.join(missing)}", hint="give it as an argument")
    return {"name": name, "values": [f"{key}={value}" for key, value in given.items()]}


def closed(name: str, given: Mapping[str, Any], known: tuple[str, ...]) -> None:
    """Refuse arguments that the prompt does not have."""
    unknown = [line(key)[:60] for key in given if key not in known]
    if unknown:
        raise ArgumentInvalid(
            f"prompt {name} takes no {', '.join(map(repr, unknown))}",
            hint=f"its arguments are {', '.join(known)}" if known else "it takes no arguments",
        )


def message(text: str) -> GetPromptResult:
    """The words as a message of the user; raises for more than a client takes whole."""
    clean = plain(text)
    size = len(clean.encode("utf-8", "replace"))
    if size > MOST_BYTES:
        raise ArgumentInvalid(f"the prompt is {size} bytes, {MOST_BYTES} are the most", hint="give shorter words")
    return GetPromptResult(messages=[PromptMessage(role="user", content=TextContent(type="text", text=clean))])


def _described(row: Any) -> Prompt:
    roles = f" For roles {', '.join(row.roles)}." if row.roles else ""
    arguments = [
        PromptArgument(name=name, description=_default(value), required=value is None)
        for name, value in row.values.items()
    ]
    return Prompt(name=row.name, description=line(row.summary)[:300] + roles, arguments=arguments)


def _default(value: str | None) -> str | None:
    return None if value is None else f"Default: {line(value)[:200]}"
