"""With what `uv tool` has installed ccorch, as its receipt tells: the next time it takes away what is not named."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

NAME = "uv-receipt.toml"
"""The receipt's file in the environment of a tool."""

_CARRIED = frozenset({"requirements", "python", "entrypoints"})
_REVISIONS = frozenset({"rev", "tag", "branch"})


@dataclass(frozen=True)
class Receipt:
    """What of it belongs into the next call of uv."""

    extras: frozenset[str] = frozenset()
    """Extras of ccorch itself."""
    words: tuple[str, ...] = ()
    """Arguments that bring again what was installed beside it."""
    is_whole: bool = False
    """Whether extras and words say all that the receipt does."""


def receipt(environment: Path) -> Receipt:
    """What the environment's receipt says; nothing where there is none that can be read."""
    try:
        told = tomllib.loads((environment / NAME).read_text(encoding="utf-8"))
        tool = told["tool"]
        own = next(one for one in tool["requirements"] if one["name"] == "ccorch")
        beside = [_words(one) for one in tool["requirements"] if one is not own]
        python = ("--python", str(tool["python"])) if "python" in tool else ()
        is_whole = tool.keys() <= _CARRIED and None not in beside
        words = (*python, *(word for found in beside if found for word in found))
        return Receipt(frozenset(map(str, own.get("extras", ()))), words, is_whole)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, StopIteration):
        return Receipt()


def _words(one: Mapping[str, Any]) -> tuple[str, ...] | None:
    """How one of several packages is asked for; null where it cannot be told, or its address holds a credential."""
    extras = f"[{','.join(one['extras'])}]" if one.get("extras") else ""
    name = f"{one['name']}{extras}"
    match tuple((key, value) for key, value in one.items() if key not in ("name", "extras")):
        case ():
            return ("--with", name)
        case (("specifier", str(bounds)),):
            return ("--with", f"{name}{bounds}")
        case (("editable", str(path)),):
            return ("--with-editable", f"{path}{extras}")
        case (("directory" | "path", str(path)),):
            return ("--with", f"{name} @ {Path(path).as_uri()}")
        case (("url", str(address)),):
            return _from(name, address)
        case (("git", str(address)),):
            return _from(name, _of_git(address))
    return None


def _from(name: str, address: str | None) -> tuple[str, ...] | None:
    return None if address is None or "@" in urlsplit(address).netloc else ("--with", f"{name} @ {address}")


def _of_git(address: str) -> str | None:
    """As pip and uv read it; uv writes down what was asked for behind a question mark, and the commit behind #."""
    parts = urlsplit(address)
    asked = dict(parse_qsl(parts.query))
    if not asked.keys() <= _REVISIONS or len(asked) > 1:
        return None
    revision = "".join(f"@{value}" for value in asked.values())
    return f"git+{parts._replace(query='', fragment='').geturl()}{revision}"
