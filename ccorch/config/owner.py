"""What the owner alone decides: files of the user's own folder that no layer, override or client can change."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from ccorch.config.document import Document
from ccorch.config.layers import default_user_dir, read_plain
from ccorch.config.problems import in_words, unknown_key
from ccorch.errors import ConfigInvalid
from ccorch.schema.base import Value
from ccorch.schema.ceiling import Ceiling
from ccorch.schema.config import Engine
from ccorch.schema.mcp import McpSettings

CEILING = "ceiling.yaml"
ENGINE = "engine/default.yaml"
CONFIG = "config.yaml"
MCP = "mcp.yaml"
MEND = "mend that file of the owner"

_V = TypeVar("_V", bound=Value)


def read_ceiling(user_dir: Path | None) -> Ceiling:
    """The ceilings, with safe defaults where the file or a key is missing; a broken file allows nothing."""
    document = _document((user_dir or default_user_dir()) / CEILING)
    return _checked(Ceiling, document, document.data) if document else Ceiling()


def read_mcp(user_dir: Path | None) -> McpSettings:
    """What MCP clients are offered; the defaults where there is no file."""
    document = _document((user_dir or default_user_dir()) / MCP)
    return _checked(McpSettings, document, document.data) if document else McpSettings()


def read_engine(user_dir: Path | None) -> Engine:
    """How the owner's daemon lives: the user's option of the group, then what the user's config.yaml says."""
    folder, engine = user_dir or default_user_dir(), Engine()
    for name, below in ((ENGINE, ()), (CONFIG, ("engine",))):
        if (document := _document(folder / name)) is not None:
            engine = _checked(Engine, document, _over(engine, document, below), below)
    return engine


def _over(engine: Engine, document: Document, below: tuple[str, ...]) -> Mapping[str, Any]:
    found = document.data if not below else document.data.get(*below) or {}
    if not isinstance(found, dict):
        raise ConfigInvalid(f"{document.at(below)}: {'.'.join(below)}: must hold keys", hint=MEND)
    said = {key: value for key, value in found.items() if key != "defaults"}
    return {**engine.model_dump(exclude_unset=True), **said}


def _document(path: Path) -> Document | None:
    try:
        text = read_plain(str(path), os.path.realpath(path, strict=True))
    except FileNotFoundError:
        _not_away(path)
        return None
    except OSError as problem:
        raise ConfigInvalid(f"{path} cannot be read: {problem.strerror}", hint=MEND) from problem
    except ConfigInvalid as problem:
        raise ConfigInvalid(problem.message, hint=MEND) from problem
    from ccorch.config.reading import parse  # brings a YAML parser

    return parse(text, str(path))


def _not_away(path: Path) -> None:
    """Refuse a link to nothing: who keeps the file elsewhere gets no defaults while that place is away."""
    for link in (path, *path.parents):
        if link.is_symlink() and not link.exists():
            raise ConfigInvalid(f"{link} is a link to {link.readlink()}, which is not there", hint=MEND)


def _checked(kind: type[_V], document: Document, data: Mapping[str, Any], below: tuple[str, ...] = ()) -> _V:
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        said = tuple(
            f"{document.at((*below, *found['loc']))}: "
            f"{'.'.join(map(str, (*below, *found['loc'])))}: {_told(kind, dict(found))}"
            for found in error.errors(include_url=False)
        )
        raise ConfigInvalid(said[0], problems=said, hint=MEND) from error


def _told(kind: type[Value], found: dict[str, Any]) -> str:
    if found["type"] == "extra_forbidden":
        return unknown_key(str(found["loc"][-1]), list(kind.model_fields))
    return in_words(found)
