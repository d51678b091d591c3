"""Amounts as people write them: US dollars, and tokens with or without a suffix."""

import re
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema

_SUFFIXED = re.compile(r"(\d{1,9})(?:\.(\d{1,6}))?([kKmM])")
_ZEROS = {"k": 3, "m": 6}
MOST_TOKENS = 1_000_000_000_000


def _tokens(given: object) -> object:
    """400k and 1.5M as whole numbers; everything else as it is, for the validator to judge."""
    found = _SUFFIXED.fullmatch(given.strip()) if isinstance(given, str) else None
    if found is None:
        return given
    part = found[2] or ""
    zeros = _ZEROS[found[3].lower()]
    return int(found[1] + part[:zeros].ljust(zeros, "0"))


Usd = Annotated[float, Field(gt=0, le=100_000)]
"""US dollars, more than nothing."""

Tokens = Annotated[
    int,
    Field(ge=1, le=MOST_TOKENS),
    BeforeValidator(_tokens),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": MOST_TOKENS},
                {"type": "string", "pattern": r"^\s*\d{1,9}(\.\d{1,6})?[kKmM]\s*$"},
            ]
        }
    ),
]
"""A number of tokens: 400000, 400k or 0.4M."""
