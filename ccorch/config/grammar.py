"""What the text after `=` means: as Hydra's override grammar has it, without Hydra for the plain forms."""

import math
import re
from typing import Any

from ccorch.config.guard import has_resolver
from ccorch.errors import ConfigInvalid

MAX_LENGTH = 65_536
MAX_BRACKETS = 64

_MAX_PLAIN = 1000  # keeps the patterns below quick on anything
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,17})\.[0-9]{1,17}")
_SIGNS = r"[A-Za-z0-9_./:@%+*?|-]"
_WORD = re.compile(rf"(?:[A-Za-z_/*]|\.(?![0-9])){_SIGNS}*(?: {_SIGNS}+)*")
_QUOTED = re.compile(r"'[^'\\${}]*'|\"[^\"\\${}]*\"")
_ONE = r" *(?:'[^'\\${}]*'|\"[^\"\\${}]*\"|[^\[\]{}()'\"\\$, ][^\[\]{}()'\"\\$,]*) *"
_ITEM = re.compile(_ONE)
_LIST = re.compile(rf"\[(?:{_ONE}(?:,{_ONE})*)?\]")
_CONSTANTS = {"true": True, "false": False, "null": None}


class Sweep(Exception):
    """The value is a sweep: several values, not one."""


def value(text: str) -> Any:
    """The plain data that the text stands for; a sweep raises Sweep, nonsense ConfigInvalid."""
    plain, found = _plain(text)
    if not plain:
        found = _by_hydra(text)
    _screen(found)
    return found


def plain_form(text: str) -> tuple[bool, Any]:
    """Whether the text is a plain value that needs no grammar, and which; a sweep or a function is none."""
    found, plain = _plain(text)
    return found and not (isinstance(plain, float) and not math.isfinite(plain)), plain


def _plain(text: str) -> tuple[bool, Any]:
    if len(text) > _MAX_PLAIN:
        return False, None
    if _INTEGER.fullmatch(text):
        return True, int(text)
    if _DECIMAL.fullmatch(text):
        return True, float(text)
    if text.lower() in _CONSTANTS:
        return True, _CONSTANTS[text.lower()]
    if text == "" or (_WORD.fullmatch(text) and text.lower() not in ("inf", "nan")):
        return True, text
    if _QUOTED.fullmatch(text):
        return True, text[1:-1]
    return _plain_list(text)


def _plain_list(text: str) -> tuple[bool, Any]:
    if not _LIST.fullmatch(text):
        return False, None
    items = [_plain(item.strip(" ")) for item in _ITEM.findall(text[1:-1])]
    # Hydra keeps the blanks after a colon, which strip would lose.
    sure = all(plain and not str(item).endswith(":") for plain, item in items)
    return sure, [item for _, item in items]


def _by_hydra(text: str) -> Any:
    if len(text) > MAX_LENGTH or sum(text.count(sign) for sign in "([{") > MAX_BRACKETS:
        raise ConfigInvalid(f"the value is longer than {MAX_LENGTH} signs or has over {MAX_BRACKETS} brackets")
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException

    try:
        parsed = OverridesParser.create().parse_override(f"key={text}")
    except HydraException as error:
        raise ConfigInvalid(f"cannot be read: {str(error).splitlines()[0]}; put free text in quotes") from error
    if parsed.is_sweep_override():
        raise Sweep
    return parsed.value()


def _screen(found: Any) -> None:
    match found:
        case float() if not math.isfinite(found):
            raise ConfigInvalid("must be a finite number")
        case "???":
            raise ConfigInvalid("`???` means that a value is missing; give one")
        case str() if has_resolver(found):
            raise ConfigInvalid("only plain ${a.b} is interpolated in an override")
        case dict():
            if not all(isinstance(key, str) for key in found):
                raise ConfigInvalid("the keys of a mapping must be text")
            for inner in found.values():
                _screen(inner)
        case list():
            for inner in found:
                _screen(inner)
