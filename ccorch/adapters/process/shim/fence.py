"""Judging a tool call by the attempt's fence table: a reason to deny it, or no opinion."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping

from .arguments import PLAIN_DEVICES, lies_elsewhere, named_paths, places, reaches
from .options import DENIED, refused_option

NO_FENCE = "The fence of this attempt cannot be read, so every tool call is refused."

_METACHARACTERS = frozenset(";|&<>`$()\n\r\\\0")
_WORD = re.compile(r"""(?:[\w@%+=:,./^~#-]++|'[^']*+'|"[^"!]*+")++""")
_GITS = re.compile(r"(?:\.git|git~1)[ .]*(?::.*)?", re.IGNORECASE | re.DOTALL)
_NO_WIDTH = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")
_SEPARATORS = re.compile(r"[/\\]")
_GAP = re.compile(r"[ \t]+|\Z")


class Fence:
    """The table of one attempt. Passing it never allows by itself: the CLI's own rules are asked next."""

    def __init__(self, table: Mapping[str, object] | None, cwd: str) -> None:
        self._cwd = cwd
        self._broken = table is None
        table = {"version": 1, "roots": []} if table is None else table
        if table["version"] != 1:
            raise ValueError(f"a fence of version {table['version']!r}; this shim reads version 1")
        self._tools = _mapping(table.get("tools"))
        self._keys = _mapping(table.get("path_keys"))
        self._roots = [os.path.realpath(root) for root in _words(table["roots"]) if os.path.isabs(root)]
        self._lent = [os.path.realpath(place) for place in _words(table.get("lent", [])) if os.path.isabs(place)]
        self._rules = [(_words(rule)[0] == "allow", _words(rule)[1]) for rule in _items(table.get("path_rules"))]
        # a name in another case is the same file on some machines
        self._globs = {
            (allow, pattern): _glob(pattern, 0 if allow else re.IGNORECASE) for allow, pattern in self._rules
        }
        self._forms = [form for form in map(_words, _items(table.get("commands"))) if form]
        self._strict = table.get("commands_default") != "none"
        denied = _mapping(table.get("denied_options", DENIED))
        self._denied_options = {begin: _words(some) for begin, some in denied.items()}

    @classmethod
    def read(cls, path: str, cwd: str) -> Fence:
        """The fence in a file; one that cannot be read or understood denies everything."""
        try:
            with open(path, encoding="utf-8") as file:
                return cls(json.load(file), cwd)
        except (OSError, ValueError, TypeError, LookupError, RecursionError, re.error):
            return cls(None, cwd)

    def objection(self, tool: str, arguments: Mapping[str, object], cwd: str = "") -> str | None:
        """Why this call is refused, as a sentence for the worker; None means no opinion."""
        if self._broken:
            return NO_FENCE
        match self._tools.get(tool):
            case "allow":
                return None
            case "path":
                return self._path_objection(arguments.get(str(self._keys.get(tool))), cwd or self._cwd)
            case "command":
                return self._command_objection(arguments, cwd or self._cwd)
            case _:
                return f"The tool {tool} is not among this role's tools."

    def _path_objection(self, path: object, cwd: str) -> str | None:
        if not isinstance(path, str) or not _is_plain(path):
            return "The path of this call is missing or not plain; give an absolute path."
        for place in places(path, cwd):
            root = next((root for root in self._roots if _is_below(place, root)), None)
            if root is None:
                return f"{path} lies outside the folders of this attempt."
            if _is_git(place, root) or not self._allows(place):
                return f"{path} is outside this attempt's write scope."
            if lies_elsewhere(place):
                return f"{path} is a file that lies elsewhere, too (hard link): write it anew under another name."
        return None

    def _allows(self, place: str) -> bool:
        allowed = False
        for allow, pattern in self._rules:
            target = place if pattern.startswith("/") else self._relative(place)
            if target is not None and self._globs[allow, pattern].fullmatch(target):
                allowed = allow
        return allowed

    def _relative(self, place: str) -> str | None:
        root = self._roots[0]
        return os.path.relpath(place, root) if _is_below(place, root) else None

    def _command_objection(self, arguments: Mapping[str, object], cwd: str) -> str | None:
        if arguments.get("dangerouslyDisableSandbox"):
            return "Leaving the sandbox is not allowed in this attempt."
        words = simple_command(arguments.get("command"))
        fits = words is not None and self._fits(words)
        refused = self._refused_word(words, cwd) if words and fits else None
        if not self._strict or (fits and refused is None):
            return None
        if refused is not None:
            return f"{refused} is not allowed here: it could write, start a program or read outside."
        if words is None:
            return "Only one plain command without shell operators, expansions or substitutions is allowed here."
        allowed = ", ".join(" ".join(form) for form in self._forms) or "none"
        return f"This command is not among the allowed forms of this attempt ({allowed})."

    def _fits(self, words: list[str]) -> bool:
        return any(words[: len(form)] == form for form in self._forms)

    def _refused_word(self, words: list[str], cwd: str) -> str | None:
        return refused_option(words, self._denied_options) or self._path_outside(words, cwd)

    def _path_outside(self, words: list[str], cwd: str) -> str | None:
        """The first argument that names a place outside, or git's own files, in whatever form."""
        form = max(len(form) for form in self._forms if words[: len(form)] == form)
        is_git = words[0] == "git"  # what it could write by is refused as an option; what is left are patterns
        for word in words[form:]:
            for path in named_paths(word, holds_words=not is_git):
                if path not in PLAIN_DEVICES and self._leads_out(path, cwd, writes=not is_git):
                    return word
        return None

    def _leads_out(self, path: str, cwd: str, writes: bool) -> bool:
        if path.startswith("~"):
            return True
        return not all(self._may_be_named(place) for place in places(path, cwd)) and reaches(path, writes)

    def _may_be_named(self, place: str) -> bool:
        if any(_is_in(place, lent) for lent in self._lent):
            return True
        root = next((root for root in self._roots if _is_in(place, root)), None)
        return root is not None and not _is_git(place, root)


def simple_command(command: object) -> list[str] | None:
    """The words of one plain shell command, or None if a shell could read more into it than words."""
    if not isinstance(command, str) or not _METACHARACTERS.isdisjoint(command):
        return None
    words: list[str] = []
    position = _skip(command, 0)
    while position < len(command):
        match = _WORD.match(command, position)
        gap = _GAP.match(command, match.end()) if match else None
        if match is None or gap is None or match[0][0] in "~#=":
            return None
        words.append(re.sub(r"""'([^']*)'|"([^"]*)\"""", lambda quoted: quoted[1] or quoted[2] or "", match[0]))
        position = gap.end()
    return words or None


def _skip(command: str, position: int) -> int:
    gap = _GAP.match(command, position)
    return gap.end() if gap else position


def _is_plain(path: str) -> bool:
    """Whether every program reads the same file name into this text."""
    if not path or path.startswith("~") or not path.isprintable() or path != path.strip(" \ufeff"):
        return False
    if path.isascii():
        return True
    import unicodedata  # 1 MB that an ASCII project never loads

    return unicodedata.is_normalized("NFC", path)


def _is_below(place: str, root: str) -> bool:
    return place.startswith(root.rstrip("/") + "/")


def _is_in(place: str, folder: str) -> bool:
    return place == folder or _is_below(place, folder)


def _is_git(place: str, root: str) -> bool:
    """Whether git takes this for its own, on any machine: whoever writes there decides which programs it starts."""
    parts = _SEPARATORS.split(os.path.relpath(place, root))
    return any(_GITS.fullmatch(_NO_WIDTH.sub("", part)) for part in parts)


def _glob(pattern: str, flags: int) -> re.Pattern[str]:
    """`*` and `?` stay within a folder, `**` crosses folders, a trailing `/` means everything below."""
    if pattern.endswith("/"):
        pattern += "**"
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", pattern)
    special = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(special.get(part) or re.escape(part) for part in parts), re.DOTALL | flags)


def _mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        return {}
    return value


def _items(value: object) -> Iterable[object]:
    return value if isinstance(value, list) else []


def _words(value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise TypeError(f"the fence wants a list of words, not {value!r}")
    return value
