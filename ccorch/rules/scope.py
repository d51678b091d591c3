"""Where an attempt may write: as a rule over changed paths, and as the table that the shim judges calls by."""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from ccorch.schema.policy import WriteScope
from ccorch.schema.role import Role

PATH_KEYS = {"Edit": "file_path", "Write": "file_path", "NotebookEdit": "notebook_path"}


def allows(scope: WriteScope, path: str) -> bool:
    """Whether this path, relative to the project's root, may be written; a denial beats every permission."""
    # who writes to git's own files decides which programs git starts
    if path.startswith(("/", "../")) or ".git" in path.split("/"):
        return False
    return _matches(scope.allow, path) and not _matches(scope.deny, path)


def violations(scope: WriteScope, paths: Iterable[str]) -> tuple[str, ...]:
    """The paths that may not be written, in order."""
    return tuple(path for path in paths if not allows(scope, path))


def fence(role: Role, scope: WriteScope, roots: Sequence[str]) -> dict[str, Any]:
    """The table of one attempt: tools, ordered path rules of which the last match holds, and command forms."""
    return {
        "version": 1,
        "roots": list(roots),
        "tools": {tool: _judged(tool) for tool in (*role.tools, "StructuredOutput")},
        "path_keys": PATH_KEYS,
        "path_rules": [*(["allow", glob] for glob in scope.allow), *(["deny", glob] for glob in scope.deny)],
        "commands": [form.split() for form in role.commands],
        "commands_default": "deny",
    }


def _judged(tool: str) -> str:
    if tool in PATH_KEYS:
        return "path"
    return "command" if tool == "Bash" else "allow"


def _matches(globs: Iterable[str], path: str) -> bool:
    return any(_pattern(glob).fullmatch(path) for glob in globs)


@cache
def _pattern(glob: str) -> re.Pattern[str]:
    """`*` and `?` stay within a folder, `**` crosses folders, a trailing `/` means everything below."""
    whole = f"{glob}**" if glob.endswith("/") else glob
    special = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", whole)
    return re.compile("".join(special.get(part) or re.escape(part) for part in parts), re.DOTALL)
