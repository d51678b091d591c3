"""A prompt of the pack: how to go about a kind of task, with placeholders that are all declared."""

import re
from typing import Annotated, Self

from pydantic import Field, model_validator

from ccorch.schema.base import Many, Value
from ccorch.schema.ids import OptionName

_PLACEHOLDER = re.compile(r"\{\{ ?([a-z][a-z0-9_]{0,39}) ?\}\}")
_BRACES = re.compile(r"\{\{|\}\}")


class Prompt(Value):
    """How to go about a kind of task; it stands in the system prompt of every worker, the task itself beside it."""

    name: OptionName
    """Name of the prompt; the same as its file."""
    summary: str
    """What it is for, in one line."""
    roles: Many[OptionName] = ()
    """Roles that it is written for; with another one the plan says so. None is any."""
    values: dict[str, Annotated[str, Field(max_length=4_000)] | None] = {}
    """What its placeholders stand for; null has to be given, as prompt.values.NAME=WORDS"""
    text: Annotated[str, Field(max_length=20_000)] = ""
    """The words; {{name}} stands for a value, and no other braces stand in pairs."""

    @model_validator(mode="after")
    def _placeholders_are_the_declared_ones(self) -> Self:
        used = set(_PLACEHOLDER.findall(self.text))
        if unknown := sorted(used - set(self.values)):
            raise ValueError(f"{{{{{unknown[0]}}}}} in the text has no value; declare it below values")
        if unused := sorted(set(self.values) - used):
            known = ", ".join(sorted(used)) or "none"
            raise ValueError(f"the text has no placeholder {{{{{unused[0]}}}}}; it has {known}")
        if _BRACES.search(_PLACEHOLDER.sub("", self.text)):
            raise ValueError("{{ or }} in the text is no placeholder; one is {{name}} in small letters")
        return self

    @property
    def missing(self) -> tuple[str, ...]:
        """Placeholders that nobody has given a value."""
        return tuple(name for name, value in self.values.items() if value is None)

    @property
    def words(self) -> str:
        """The text with its values; what stands in a value is never taken for a placeholder."""
        return _PLACEHOLDER.sub(lambda found: self.values[found[1]] or "", self.text).strip()
