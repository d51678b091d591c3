"""The command line of a worker, and the rules that bind its tools; neither holds a secret."""

import json
import uuid
from pathlib import Path
from typing import Any

from ccorch.ports import AttemptId, WorkOrder
from ccorch.schema.handoff import schema_of
from ccorch.schema.plan import PlanNode

SETTINGS = "settings.json"
SYSTEM_PROMPT = "system-prompt.md"

_READING_GIT = ("blame", "diff", "grep", "log", "show", "status")


def argv(order: WorkOrder, folder: Path, earlier: AttemptId | None = None) -> list[str]:
    """The worker's argv; `folder` is its attempt folder, which holds the files named in it.

    With `earlier` the session of that attempt goes on.
    """
    node = order.node
    words = [order.launch.claude or "claude", "-p"]
    words += ["--input-format", "stream-json", "--output-format", "stream-json", "--verbose"]
    # `--restricted` opens no socket for other sessions and confines the file tools to the working directory
    words += ["--restricted", "--setting-sources", "", "--settings", str(folder / SETTINGS), "--strict-mcp-config"]
    words += ["--system-prompt-file", str(folder / SYSTEM_PROMPT), "--model", node.route.model]
    words += ["--tools", ",".join(node.role.tools), "--permission-mode", "dontAsk"]
    words += ["--max-turns", str(node.max_turns), "--session-id", session_id(order.id)]
    if earlier is not None:
        words += ["--resume", session_id(earlier), "--fork-session"]
    if not order.profile.needs_gateway:
        # its transcripts would lie in the login's own folder, raw and for good
        words.append("--no-session-persistence")
    if node.role.handoff:
        words += ["--json-schema", json.dumps(schema_of(node.role.handoff), separators=(",", ":"))]
    return words


def session_id(attempt: AttemptId) -> str:
    """The session's id; always the same for one attempt, so that a dead session can be resumed."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"ccorch:{attempt}"))


def permissions(node: PlanNode) -> dict[str, Any]:
    """Allow and deny rules for the settings file, where a glob may hold commas, spaces and parentheses.

    Only `Edit(…)` rules bind paths: they cover Write, NotebookEdit and Bash redirections as well.
    """
    if not node.writes or node.write_scope is None:
        return {"allow": [], "deny": []}
    allow = [_edit(glob) for glob in node.write_scope.allow]
    allow += [
        f"Bash({begin}:*)" for begin in node.role.commands if "Bash" in node.role.tools and _wants_rule(begin)
    ]
    return {"allow": allow, "deny": [_edit(glob) for glob in node.write_scope.deny]}


def _edit(glob: str) -> str:
    return f"Edit(./{glob.removeprefix('./')})"


def _wants_rule(begin: str) -> bool:
    """Reading git runs without a rule, and a rule for it would let `--output=FILE` write."""
    words = begin.split()
    return not (words[:1] == ["git"] and (len(words) == 1 or words[1] in _READING_GIT))
