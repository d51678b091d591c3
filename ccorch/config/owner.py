"""The owner's ceilings: a file of the user's own folder that no layer, override or client can change."""

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ccorch.config.document import parse
from ccorch.config.layers import default_user_dir
from ccorch.config.problems import in_words, unknown_key
from ccorch.errors import ConfigInvalid
from ccorch.schema.ceiling import Ceiling

CEILING = "ceiling.yaml"


def read_ceiling(user_dir: Path | None) -> Ceiling:
    """The ceilings, with safe defaults where the file or a key is missing; a broken file allows nothing."""
    path = (user_dir or default_user_dir()) / CEILING
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Ceiling()
    except (OSError, UnicodeDecodeError) as problem:
        raise ConfigInvalid(f"{path} cannot be read: {problem}", hint="mend the owner's ceiling file") from problem
    document = parse(text, str(path))
    try:
        return Ceiling.model_validate(document.data or {})
    except ValidationError as error:
        said = tuple(
            f"{document.at(tuple(found['loc']))}: {'.'.join(map(str, found['loc']))}: {_told(dict(found))}"
            for found in error.errors(include_url=False)
        )
        raise ConfigInvalid(said[0], problems=said, hint="mend the owner's ceiling file") from error


def _told(found: dict[str, Any]) -> str:
    if found["type"] == "extra_forbidden":
        return unknown_key(str(found["loc"][-1]), list(Ceiling.model_fields))
    return in_words(found)
