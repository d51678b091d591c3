"""Where an attempt may write: as a rule over changed paths, and as the table that the shim judges calls by."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

from ccorch.rules.amounts import number, some
from ccorch.schema.change import ChangeRecord
from ccorch.schema.policy import WriteScope
from ccorch.schema.role import Role

_GITS = re.compile(r"(?:\.git|git~1)[ .]*(?::.*)?", re.IGNORECASE | re.DOTALL)
_NO_WIDTH = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")
_SEPARATORS = re.compile(r"[/\\]")

PATH_KEYS = {"Edit": "file_path", "Write": "file_path", "NotebookEdit": "notebook_path"}


def allows(scope: WriteScope, path: str) -> bool:
    """Whether this path, relative to the project's root, may be written; a denial beats every permission."""
    if path.startswith(("/", "../")) or is_gits(path):
        return False
    return matches(scope.allow, path) and not _is_denied(scope, path)


def is_gits(path: str) -> bool:
    """Whether git takes a part of this path for its own, on any machine: who writes there decides what it runs."""
    # a machine may fold case, leave out marks of no width, or trim what stands behind a name
    return any(_GITS.fullmatch(_NO_WIDTH.sub("", part)) for part in _SEPARATORS.split(path))


def violations(scope: WriteScope, paths: Iterable[str]) -> tuple[str, ...]:
    """The paths that may not be written, in order."""
    return tuple(path for path in paths if not allows(scope, path))


def trespasses(scope: WriteScope, change: ChangeRecord) -> tuple[str, ...]:
    """Everything about a change that its scope does not allow, in sentences; a change that is unknown is none."""
    return tuple(_trespasses(scope, change))


def _trespasses(scope: WriteScope, change: ChangeRecord) -> Iterator[str]:
    if outside := violations(scope, change.files):
        yield f"outside the scope: {some(outside)}"
    left = [path for path in change.ignored if not _is_byproduct(scope, path)]
    if strays := violations(scope, left):
        yield f"outside the scope, ignored by git: {some(strays)}"
    entries = change.entries or ()
    if leading := [
        f"{one.path} → {one.target}" for one in entries if one.target and leads_out(one.path, one.target)
    ]:
        yield f"links that lead out of the project: {some(leading)}"
    if into := [f"{one.path} → {one.target}" for one in entries if one.target and is_gits(one.target)]:
        yield f"links to what is git's: {some(into)}"
    if change.odd:
        yield f"no plain files: {some(change.odd)}"
    count = len(entries) if change.entries is not None else len(change.files)
    if scope.max_files is not None and count > scope.max_files:
        yield f"{number(count, 'file')} changed, max_files is {scope.max_files}"
    lines = sum(one.added + one.deleted for one in entries)
    if scope.max_diff_lines is not None and lines > scope.max_diff_lines:
        yield f"{number(lines, 'line')} changed, max_diff_lines is {scope.max_diff_lines}"


def matches(globs: Iterable[str], path: str) -> bool:
    """Whether one of the globs means this path."""
    return any(_pattern(glob).fullmatch(path) for glob in globs)


def fence(role: Role, scope: WriteScope, roots: Sequence[str], lent: Sequence[str] = ()) -> dict[str, Any]:
    """The table of one attempt: tools, ordered path rules of which the last match holds, and command forms.

    Arguments of commands may name what lies in the roots, and what is lent to them by links.
    """
    return {
        "version": 1,
        "roots": list(roots),
        "lent": list(lent),
        "tools": {tool: _judged(tool) for tool in (*role.tools, "StructuredOutput")},
        "path_keys": PATH_KEYS,
        "path_rules": [*(["allow", glob] for glob in scope.allow), *(["deny", glob] for glob in scope.deny)],
        "commands": [form.split() for form in role.commands],
        "commands_default": "deny",
    }


def _is_byproduct(scope: WriteScope, path: str) -> bool:
    return matches(scope.byproducts, path) and not _is_denied(scope, path) and not path.startswith("../")


def _is_denied(scope: WriteScope, path: str) -> bool:
    """In whatever case: on some machines it is the same file."""
    return any(_pattern(glob, re.IGNORECASE).fullmatch(path) for glob in scope.deny)


def leads_out(path: str, target: str) -> bool:
    """Whether a link at this path leaves the project, wherever the project is."""
    depth = path.count("/")
    for part in target.split("/"):
        if part == "..":
            depth -= 1
        elif part not in ("", "."):
            depth += 1
        if depth < 0:
            return True
    return target.startswith("/") or not target


def _judged(tool: str) -> str:
    if tool in PATH_KEYS:
        return "path"
    return "command" if tool == "Bash" else "allow"


@cache
def _pattern(glob: str, flags: int = 0) -> re.Pattern[str]:
    """`*` and `?` stay within a folder, `**` crosses folders, a trailing `/` means everything below."""
    whole = f"{glob}**" if glob.endswith("/") else glob
    special = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", whole)
    return re.compile("".join(special.get(part) or re.escape(part) for part in parts), re.DOTALL | flags)
