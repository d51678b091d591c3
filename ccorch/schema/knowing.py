"""What a caller can ask about configuration: groups, options, keys, and what a code means."""

from typing import Annotated

from pydantic import Field

from ccorch.schema.base import Many, Value


class CatalogRequest(Value):
    """List config groups, options and keys, with types, defaults, limits and meaning."""

    path: str = ""
    """A group such as role, a key prefix such as policy, or profiles, scripts, handoffs, ceiling, keys."""
    query: Annotated[str, Field(max_length=200)] = ""
    """Only what has this text in its name or meaning, in any case of letters."""


class ExplainRequest(Value):
    """Tell a key's value, who set it where, what it means and what it may be; or what a code means."""

    key: str
    """Dotted key, such as policy.max_concurrent, or the code of a finding or an error, such as route_mismatch."""
    overrides: Many[str] = ()
    """Overrides to look at the key under."""
    config_dir: str | None = None
    """Extra configuration layer above all others."""


class PlaybookRequest(Value):
    """Print how a controller works with ccorch: when to delegate, how to wait, what to trust and when to stop."""


class ConfigListRequest(Value):
    """List options of config groups with the layer they come from."""

    group: str | None = None
    """Only this group."""


class ConfigShowRequest(Value):
    """Show an option's file, or the whole composed configuration."""

    option: str | None = None
    """GROUP/OPTION, such as role/review; none shows the composed configuration."""
    overrides: Many[str] = ()
    """Overrides to compose under."""
    config_dir: str | None = None
    """Extra configuration layer above all others."""


class PromptListRequest(Value):
    """List the prompts of the pack and your own, with the roles that each is written for."""


class PromptShowRequest(Value):
    """Show a prompt's file, with the layer that it comes from."""

    name: str
    """The prompt."""


class PromptRenderRequest(Value):
    """Show the words that workers get with a prompt, every placeholder filled in."""

    name: str
    """The prompt."""
    values: Many[str] = ()
    """Values of its placeholders, each as NAME=WORDS."""


class ConfigCheckRequest(Value):
    """Check every file of the project's and the user's layers; all problems at once."""


class ConfigCopyRequest(Value):
    """Copy a packaged option into the project's .ccorch to change it there."""

    option: str
    """GROUP/OPTION, such as role/review."""
    name: str | None = None
    """New name; none keeps the name and shadows the packaged option."""
