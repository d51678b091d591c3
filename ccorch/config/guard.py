"""What a config file may not say: Hydra's own settings anywhere, and in a project anything but plain data."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from ccorch.config import trust
from ccorch.config.document import Document, Path
from ccorch.errors import ConfigForbidden

OWNER_KEYS = ("profiles", "engine", "claude", "prices")
"""Keys that direct credentials, money and binaries: a project's files and MCP clients may not set them."""

COMMANDS = ("commands", "invariants")
"""Keys that name what is run, wherever they stand."""

PROGRAMS = (*COMMANDS, "copied", "linked", "kept")
"""Those, and keys of what is brought into worktrees; the owner may trust them in a file as it stands."""

HARMLESS = ("git status", "git diff")
"""Command forms of the packaged roles, which a project may name too; any other runs programs of its choice."""

SANDBOX = ("policy", "sandbox")
UNPRICED = ("cost", "unpriced")
CONFIRM = ("cost", "confirm_above_usd")
"""Keys that guard their user's money: neither a project's file nor a client loosens them."""

_SIMPLE = r"\$\{[A-Za-z_]\w*(?:\.[\w-]+)*\}"
_EXPRESSION = re.compile(rf"(?P<escaped>(?<!\\)(?:\\\\)*\\\$\{{)|(?P<simple>{_SIMPLE})|(?P<other>\$\{{)")
_NAME = re.compile(r"(?:(?:optional|override) )*/?[A-Za-z0-9_][\w/-]*(?:@[\w.-]+)?\Z|\?\?\?\Z")
_IMPORT = re.compile(r"(?:workflow\.)?roles\.[A-Za-z0-9_][A-Za-z0-9_-]*\Z")


Trusts = Callable[[], bool]
"""Whether the owner trusts the commands that the file names."""


def screen(document: Document, layer: str, group: str | None, trusts: Trusts = lambda: False) -> Document:
    """The same document, or ConfigForbidden with the place of the first thing that it may not say.

    `trusts` is asked only where a project's file names commands.
    """
    if layer == "packaged":
        return document
    _screen_header(document, layer)
    _screen_defaults(document, layer, group)
    if layer == "project":
        _screen_owner_keys(document, group)
    for path, value in _walk(document.data, ()):
        _screen_key(document, path)
        if layer == "project" and path[0] != "defaults":
            _screen_power(document, path, value, group, trusts)
        if layer == "project" and isinstance(value, str) and path[0] != "defaults":
            _screen_text(document, path, value)
    return document


def has_resolver(text: str) -> bool:
    """Whether text holds `${…}` that is more than a plain `${a.b}`."""
    return any(found["other"] for found in _EXPRESSION.finditer(text))


def _screen_header(document: Document, layer: str) -> None:
    if document.package is not None and layer == "project":
        raise _forbidden(document, (), f"`# @package {document.package}` may not stand in a project's file")


def _screen_owner_keys(document: Document, group: str | None) -> None:
    hint = "put it into your own ~/.config/ccorch, or pass --config-dir"
    if group in OWNER_KEYS:
        raise _forbidden(document, (), f"a project may not set {group}", hint)
    if group in (None, "experiment"):
        for key in OWNER_KEYS:
            if key in document.data:
                raise _forbidden(document, (key,), f"a project may not set {key}", hint)


def _screen_key(document: Document, path: Path) -> None:
    key = path[-1]
    if not isinstance(key, str) or path[0] == "defaults":
        return
    if path == ("hydra",) or key.startswith(("hydra.", "hydra/")):
        raise _forbidden(document, path, "Hydra's own settings are fixed; remove the key `hydra`")
    if key.startswith("_"):
        raise _forbidden(document, path, f"the key {key!r} is reserved; keys may not begin with an underscore")


def _screen_power(document: Document, path: Path, value: Any, group: str | None, trusts: Trusts) -> None:
    """A checked-out repository may describe work; what makes a worker run or write is its user's to allow."""
    harmless = isinstance(value, list) and all(form in HARMLESS for form in value)
    if path[-1] in PROGRAMS and not harmless and not trusts():
        what = "let workers run commands" if path[-1] in COMMANDS else "bring files into worktrees"
        raise _forbidden(document, path, f"a project may not {what}", trust.hint(document.place))
    whole = path if group in (None, "experiment") else (group, *path)
    if whole == ("policy", "write") and value is not False:
        raise _forbidden(document, path, "a project may not switch writing on", "pass policy.write=true")
    if whole == SANDBOX and value != "required":
        said = "a project may not have commands run outside a sandbox that its user wants"
        raise _forbidden(document, path, said, "pass policy.sandbox=off")
    if whole == UNPRICED and value != "refuse":
        said = "a project may not let models without a price run, for no money limit binds them"
        raise _forbidden(document, path, said, "pass cost.unpriced=allow")
    if whole == CONFIRM:
        said = "a project may not say from which cost on its user is asked"
        raise _forbidden(document, path, said, "set it in your own ~/.config/ccorch, or lower cost.usd_per_run")


def _screen_text(document: Document, path: Path, text: str) -> None:
    if has_resolver(text):
        raise _forbidden(
            document, path, f"only plain ${{a.b}} may be interpolated in a project's file, not {text[:60]!r}"
        )


def _screen_defaults(document: Document, layer: str, group: str | None) -> None:
    entries = document.data.get("defaults", [])
    if not isinstance(entries, list):
        raise _forbidden(document, ("defaults",), "`defaults` must be a list")
    for number, entry in enumerate(entries):
        path: Path = ("defaults", number)
        for name in _names(document, path, entry):
            _screen_name(document, path, name)
        if layer == "project":
            _screen_entry(document, path, entry, group)


def _names(document: Document, path: Path, entry: Any) -> list[str]:
    match entry:
        case str():
            return [entry]
        case dict() if len(entry) == 1:
            key, value = next(iter(entry.items()))
            options = value if isinstance(value, list) else [value]
            if all(option is None or isinstance(option, str) for option in options):
                return [key, *(option for option in options if option is not None)]
    raise _forbidden(document, path, "a line of `defaults` is `group: option`, `/group/option` or `_self_`")


def _screen_name(document: Document, path: Path, name: str) -> None:
    if ".." in name or not _NAME.match(name):
        raise _forbidden(document, path, f"{name!r} is not the name of a group or option below this layer")
    target = _target(name)
    if target == "hydra" or target.startswith("hydra/"):
        raise _forbidden(document, path, f"Hydra's own settings are fixed; remove {name!r}")
    if target in ("ccorch", "config"):
        raise _forbidden(document, path, f"{name!r} cannot be extended; write `/below/config`")


def _screen_entry(document: Document, path: Path, entry: Any, group: str | None) -> None:
    name = entry if isinstance(entry, str) else next(iter(entry))
    target, package = _target(name), name.partition("@")[2]
    groups = target.split("/")[:-1] if isinstance(entry, str) else target.split("/")
    owner = next((part for part in groups if part in OWNER_KEYS), None)
    if owner is not None:
        raise _forbidden(document, path, f"a project may not choose {owner}")
    if package and package != "_here_" and not _may_place(package, group):
        raise _forbidden(document, path, f"a project's file may not place content at {package!r}")


def _target(name: str) -> str:
    return name.split()[-1].partition("@")[0].lstrip("/")


def _may_place(package: str, group: str | None) -> bool:
    return group in (None, "workflow", "experiment") and _IMPORT.match(package) is not None


def _walk(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in items:
        yield (*path, key), inner
        if isinstance(inner, (dict, list)):
            yield from _walk(inner, (*path, key))


def _forbidden(document: Document, path: Path, what: str, hint: str = "") -> ConfigForbidden:
    return ConfigForbidden(f"{document.at(path)}: {what}", hint=hint, place=document.at(path))
