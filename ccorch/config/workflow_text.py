"""The text of a workflow file: read at once, its lines only when a place is asked for."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from ccorch.config import quick_yaml
from ccorch.config.document import Document
from ccorch.config.document import Path as KeyPath
from ccorch.config.overrides import invalid
from ccorch.config.problems import dotted, in_words, unknown_key
from ccorch.config.reading import parse
from ccorch.config.remainder import remainder
from ccorch.rules.plain import beginning
from ccorch.schema.config import Layer
from ccorch.schema.jsonschema import properties_at

MOST_BYTES = 16 * 1024 * 1024
MOST_VALUES = 400_000
"""Most that a workflow file may hold; a node takes about eight."""

MOST_TOLD = 50
"""Problems of a file that are told one by one."""

HINT = "docs/design/workflows.md tells what a workflow file may say"

Problems = tuple[tuple[KeyPath, str], ...]
"""What is wrong, each with its path in the file."""

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class WorkflowText:
    """What a workflow file says, and where."""

    place: str
    layer: Layer
    text: str
    path: str = ""
    """Absolute path of the file."""

    @cached_property
    def document(self) -> Document:
        """The file with the line of every value."""
        return parse(self.text, self.place, MOST_VALUES)

    @cached_property
    def data(self) -> Mapping[str, Any]:
        """The file without any lines."""
        quick = quick_yaml.read(self.text, MOST_VALUES)
        return self.document.data if quick is quick_yaml.NOT_PLAIN else dict(quick)

    @property
    def is_older(self) -> bool:
        """Whether it is of the format with `schema_version: 1`."""
        return "schema_version" in self.data or isinstance(self.data.get("nodes"), dict)

    def place_of(self, path: KeyPath) -> str:
        """Where a key of the workflow that it became stands in it, as file:line."""
        return self.document.at(tuple(self._own(path)))

    def checked(self, model: type[M], data: Mapping[str, Any]) -> tuple[M, Problems]:
        """The data as a value, and what is wrong with it that the rest can be looked at without.

        Raises ConfigInvalid with every problem and its line where the rest would mean something else.
        """
        try:
            return model.model_validate(data), ()
        except ValidationError as error:
            details = [dict(one) for one in error.errors(include_url=False)]
        problems = tuple((_path(one), _said(model, _path(one), one)) for one in details)
        if (rest := remainder(data, details)) is not None:
            with suppress(ValidationError):
                return model.model_validate(rest), problems
        self.refuse(list(problems))
        raise AssertionError("there are problems")

    def refuse(self, problems: list[tuple[KeyPath, str]]) -> None:
        """Raise ConfigInvalid with all of them and their lines; without any, do nothing."""
        if not problems:
            return
        raise invalid(self.told(problems), hint=HINT)

    def told(self, problems: Sequence[tuple[KeyPath, str]]) -> tuple[str, ...]:
        """Problems with their lines; of very many, the first."""
        told = tuple(f"{self.document.at(path)}: {said}" for path, said in problems[:MOST_TOLD])
        return (*told, f"and {len(problems) - MOST_TOLD} more") if len(problems) > MOST_TOLD else told

    def _own(self, path: KeyPath) -> Iterator[str | int]:
        for depth, key in enumerate(path):
            number = int(key) if isinstance(key, str) and key.isdigit() else key
            if depth == 1 and path[0] == "nodes" and isinstance(number, int) and self.is_older:
                yield list(self.data["nodes"])[number]
            else:
                yield number


def _path(details: Mapping[str, Any]) -> KeyPath:
    path: KeyPath = details["loc"]
    return path


def _said(model: type[BaseModel], path: KeyPath, details: dict[str, Any]) -> str:
    if details["type"] == "extra_forbidden":
        return f"{dotted(path)}: {unknown_key(str(path[-1]), properties_at(model, path[:-1]))}"
    if details["type"] == "missing":
        return f"{dotted(path)}: {in_words(details)}"
    shown = repr(details["input"])
    return f"{dotted(path)}: {in_words(details)} (got {beginning(shown, 80)})"
