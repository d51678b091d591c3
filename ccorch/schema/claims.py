"""What handoffs are made of: what a worker may claim, and the promises that bind its status."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ccorch.schema.base import Many, Value, field_docs

Status = Literal["pass", "fail", "blocked", "needs_repair"]
Severity = Literal["low", "medium", "high", "critical"]
Text = Annotated[str, Field(min_length=1)]


def _describe(schema: dict[str, Any], model: type[BaseModel]) -> None:
    for name, text in field_docs(model).items():
        schema["properties"][name]["description"] = text


class Noun(Value):
    """A value whose JSON Schema tells a worker what each field is for."""

    model_config = ConfigDict(json_schema_extra=_describe)


class Issue(Noun):
    """A reason in a title and a few sentences."""

    title: Text
    """One line."""
    detail: Text
    """Why, with file:line."""


class Defect(Noun):
    """Something that is wrong, and where."""

    severity: Severity
    """Harm if left."""
    title: Text
    """One line."""
    detail: Text
    """What happens, when, and the remedy."""
    file: Text | None = None
    """Path from the project's root."""
    line: Annotated[int, Field(ge=1)] | None = None
    """First line concerned."""

    @model_validator(mode="after")
    def _a_line_is_in_a_file(self) -> Self:
        if self.line is not None and self.file is None:
            raise ValueError("a line needs its file")
        return self


class Change(Noun):
    """A file that was edited."""

    file: Text
    """Path from the project's root."""
    reason: Text
    """Why it was edited."""


class Execution(Noun):
    """A command and how it ended."""

    command: Text
    """As it was typed."""
    outcome: Literal["passed", "failed", "not_run"]
    """not_run: it was needed and could not be run."""


class Exposure(Noun):
    """A place where a secret can be read."""

    kind: Text
    """What sort of secret; never its value."""
    file: Text
    """Path from the project's root."""
    line: Annotated[int, Field(ge=1)] | None = None
    """First line concerned."""


class Handoff(Noun):
    """The fields that every contract has, and the promises that bind its status."""

    schema_version: Literal[1]
    """Version of the contract."""
    role: str
    """Name of the contract."""
    status: Status
    """pass: may go on, nothing blocks. Else name the reason in a list below."""
    summary: Annotated[str, Field(min_length=1, max_length=2000)]
    """The result in a few sentences."""
    blocking_issues: Many[Issue] = ()
    """What must be mended first; empty on pass."""

    def reasons(self) -> tuple[object, ...]:
        """Whatever can justify another status than pass."""
        return self.blocking_issues

    def obstacles(self) -> tuple[str, ...]:
        """What contradicts the status pass, in words."""
        return titles("blocking issue", self.blocking_issues)

    @model_validator(mode="after")
    def _status_agrees_with_the_lists(self) -> Self:
        if self.status == "pass" and self.obstacles():
            raise ValueError(f"status pass contradicts {'; '.join(self.obstacles())}")
        if self.status != "pass" and not self.reasons():
            raise ValueError(f"status {self.status} names no reason; add it to blocking_issues")
        return self


def titles(kind: str, found: tuple[Issue, ...] | tuple[Defect, ...]) -> tuple[str, ...]:
    """One phrase for each, of its kind and title."""
    return tuple(f"{kind} {one.title!r}" for one in found)
