"""A script: the turns that the scripted model plays, as authored in YAML."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, model_validator

from ccorch.errors import ConfigInvalid
from ccorch.schema.base import Many, Value

Seconds = Annotated[float, Field(ge=0, le=86_400)]
Tokens = Annotated[int, Field(ge=0)]
Times = Annotated[int, Field(ge=1)]


class ToolCall(Value):
    """A tool that the model calls."""

    name: str
    """Tool as the client offers it."""
    input: dict[str, Any] = {}
    """Its input."""


class ScriptedUsage(Value):
    """Token figures that the model reports; null is reckoned from bytes."""

    input: Tokens | None = None
    """Input tokens outside the cache."""
    output: Tokens | None = None
    """Output tokens."""
    cache_read: Tokens = 0
    """Input tokens read from the cache."""
    cache_write: Tokens = 0
    """Input tokens written to the cache."""


class ErrorAnswer(Value):
    """An error instead of an answer."""

    status: Literal[400, 401, 402, 403, 404, 413, 429, 500, 502, 503, 529]
    """HTTP status."""
    type: str | None = None
    """Kind in the body; null takes the usual one of the status."""
    message: str = "scripted error"
    """Sentence in the body."""
    code: str | None = None
    """Code in the body, where some providers tell the kind; null leaves it out."""
    retry_after: Seconds | str | None = None
    """Seconds in the retry-after header, or its text as it is."""
    headers: dict[str, str] = {}
    """Further headers."""
    times: Times | None = None
    """How often before the script goes on; null is always."""


class Endless(Value):
    """Text that goes on until somebody cuts it, whatever max_tokens says."""

    text: str = "and so on "
    """Text of each event."""
    events: Times | None = None
    """How many events; null goes on until the client leaves."""


class Turn(Value):
    """One answer of the model, and what goes wrong with it."""

    text: str | None = None
    """Text that it says first."""
    tools: Many[ToolCall] = ()
    """Tools that it calls after the text."""
    structured: dict[str, Any] | None = None
    """Object that it hands in with the tool StructuredOutput."""
    usage: ScriptedUsage = ScriptedUsage()
    """Token figures that it reports."""
    served_model: str | None = None
    """Model that it claims to be; null takes the script's."""
    stop_reason: str | None = None
    """Reason of the end; null takes tool_use or end_turn."""
    delay: Seconds = 0.0
    """Seconds before the headers."""
    pace: Seconds = 0.0
    """Seconds between two events of content."""
    chunks: Annotated[int, Field(ge=1, le=100_000)] = 1
    """Events into which a text or a tool input is split."""
    hold: str | None = None
    """File that must be there before the answer ends; null waits for none."""
    endless: Endless | None = None
    """Text without an end, after the text above."""
    error: ErrorAnswer | None = None
    """Error instead of the answer; a turn with nothing else goes over to the next when its times are up."""
    drop: Literal["after_headers", "mid_text", "before_stop"] | None = None
    """Where the connection is dropped."""
    malformed: Literal["bad_json", "html", "no_stop", "error_event"] | None = None
    """How the answer is broken."""
    times: Times | None = None
    """How often drop or malformed happens before the turn is played whole; null is always."""
    repeat: bool = False
    """Play this last turn for every later request too, even if it calls tools."""

    @property
    def answers(self) -> bool:
        """Whether it ever gives an answer, and so becomes a message of the conversation."""
        return self.has_content or self.error is None

    @property
    def has_content(self) -> bool:
        """Whether it says or calls anything."""
        return bool(self.text is not None or self.tools or self.structured is not None or self.endless is not None)

    @model_validator(mode="after")
    def _says_something(self) -> "Turn":
        if not self.has_content and self.error is None and self.drop is None and self.malformed is None:
            raise ValueError("a turn needs one of text, tools, structured, endless, error, drop, malformed")
        return self


Feature = Literal["effort", "adaptive_thinking", "context_management", "mid_conv_system"]
"""What newer clients put into a request and older endpoints do not know."""


class Script(Value):
    """What the model plays for each role."""

    model: str | None = None
    """Model that it claims to be; null repeats the requested one."""
    refuse_features: Many[Feature] = ()
    """Features for which a request is refused with 400, each before any turn is played."""
    refuse_message: str | None = None
    """Sentence of that refusal; null names the field."""
    roles: dict[str, Many[Turn]] = {}
    """Turns by role or node name."""
    default: Many[Turn] = (Turn(text="done"),)
    """Turns for every other name."""

    def turns_for(self, *names: str) -> tuple[Turn, ...]:
        """The turns under the first of these names that the script knows, else the default ones."""
        return next((self.roles[name] for name in names if name in self.roles), self.default)

    def with_variables(self, variables: Mapping[str, str]) -> "Script":
        """The same script with `{{name}}` filled in, in every text."""
        return Script.model_validate(_filled(self.model_dump(), variables)) if variables else self


def load(path: Path) -> Script:
    """Read a script, or raise ConfigInvalid that names the file and every wrong key."""
    try:
        return parse(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigInvalid(f"script {path} cannot be read: {error}") from error


def parse(text: str, name: str) -> Script:
    """Read a script's text; `name` stands in errors."""
    import yaml  # 1 MB that a daemon without scripts never loads

    try:
        data = yaml.safe_load(text)
        return Script.model_validate({} if data is None else data)
    except yaml.YAMLError as error:
        raise ConfigInvalid(f"script {name} is not YAML: {error}") from error
    except ValidationError as error:
        problems = tuple(
            f"{name}: {'.'.join(map(str, part['loc'])) or 'top level'}: {part['msg']}"
            for part in error.errors(include_url=False)
        )
        raise ConfigInvalid(
            f"script {name} is not valid: {'; '.join(problems)}",
            problems=problems,
            hint="docs/design/scripted.md lists the keys of a script",
        ) from error


def _filled(value: Any, variables: Mapping[str, str]) -> Any:
    match value:
        case str():
            for name, text in variables.items():
                value = value.replace("{{" + name + "}}", text)
            return value
        case dict():
            return {key: _filled(item, variables) for key, item in value.items()}
        case list() | tuple():
            return [_filled(item, variables) for item in value]
        case _:
            return value
