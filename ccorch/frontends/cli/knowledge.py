"""What can be configured, on the screen: groups, options, keys, and where values come from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ccorch.frontends.cli.layout import table, wrapped
from ccorch.frontends.cli.screen import Screen
from ccorch.frontends.cli.yaml_text import scalar, yaml_text
from ccorch.rules.plain import line, plain

if TYPE_CHECKING:
    from ccorch.config.catalog import Catalog, GroupInfo
    from ccorch.config.explain import Explanation
    from ccorch.config.keys import KeyInfo
    from ccorch.operations.catalog import ConfigCheckReply, ConfigCopyReply, ConfigListReply, ConfigShowReply
    from ccorch.operations.run_views import ConfigReply
    from ccorch.operations.upkeep import InitReply

FEW = 3
"""With more groups than this, keys are counted and not listed."""

SCHEMAS = ".ccorch/schemas/"

LONG = ("prices", "models")
"""Keys of a configuration that are long and seldom wanted."""


def catalog(reply: Catalog, screen: Screen) -> Iterator[str]:
    """Groups and keys; everything at once only in short."""
    for group in reply.groups:
        yield from _group(group, screen)
    if len(reply.groups) > FEW:
        yield f"{len(reply.keys)} keys: `ccorch catalog keys` lists them, `ccorch explain KEY` tells all about one"
    elif reply.keys:
        heads = ("key", "type", "default", "meaning")
        rows = [_key(key) for key in reply.keys]
        yield from table(heads, rows, screen.room, gives="meaning", drops=("type", "default"))


def options(reply: ConfigListReply, screen: Screen) -> Iterator[str]:
    """Options with the layer of each."""
    for group in reply.groups:
        yield from _group(group, screen)


def explanation(reply: Explanation, screen: Screen) -> Iterator[str]:
    """One key in full."""
    yield f"{screen.styled(reply.key, 'bold')} = {scalar(reply.value)}"
    yield from wrapped(reply.doc, screen.width, "  ")
    yield f"  set by   {line(str(reply.origin.place))}"
    yield f"  type     {line(reply.type)}" + (f" ({line(reply.limits)})" if reply.limits else "")
    yield f"  default  {line(reply.default)}"
    if reply.ceiling:
        yield f"  ceiling  {line(reply.ceiling)}"
    for file in reply.shadowed:
        yield f"  shadowed {line(file)}"


def composed(reply: ConfigShowReply, screen: Screen) -> Iterator[str]:
    """A file as it is written, or the composed configuration."""
    if reply.text is not None:
        yield from plain(reply.text).rstrip("\n").split("\n")
    else:
        yield from yaml_text(reply.config)


def of_run(reply: ConfigReply, screen: Screen) -> Iterator[str]:
    """The configuration that a run was made from, without the price list, which is long and seldom wanted."""
    yield f"# run {reply.run_id}; prices and models are left out here, --json has them"
    match reply.config:
        case {"lanes": [*lanes]}:
            told: Any = [{key: value for key, value in lane.items() if key not in LONG} for lane in lanes]
            yield from yaml_text(told[0] if len(told) == 1 else {"lanes": told})
        case config:
            yield from yaml_text(config)


def checked(reply: ConfigCheckReply, screen: Screen) -> Iterator[str]:
    """That all is well; what is not is an error."""
    yield "all configuration files are valid" if reply.ok else "\n".join(map(line, reply.problems))


def copied(reply: ConfigCopyReply, screen: Screen) -> Iterator[str]:
    """Where the copy lies."""
    yield f"copied to {line(reply.path)}"


def prepared(reply: InitReply, screen: Screen) -> Iterator[str]:
    """What `init` wrote; the many schemas in one line."""
    for name in _folded(reply.written):
        yield f"{'would write' if reply.dry_run else 'wrote'} {name}"
    for name in _folded(reply.kept):
        yield f"kept {name}"
    for advice in reply.advice:
        yield from wrapped(f"! {advice}", screen.width)
    if not reply.dry_run:
        yield "next: `ccorch doctor` says what is missing, `ccorch plan task=…` what a run would do and cost"


def _folded(names: tuple[str, ...]) -> Iterator[str]:
    schemas = sum(name.startswith(SCHEMAS) for name in names)
    yield from (line(name) for name in names if not name.startswith(SCHEMAS))
    if schemas:
        yield f"{SCHEMAS} ({schemas} for editors)"


def _group(group: GroupInfo, screen: Screen) -> Iterator[str]:
    yield screen.styled(group.name, "bold")
    rows = [(option.name, option.layer, option.summary + _shadows(option.shadows)) for option in group.options]
    # the heads are left out: the group's name stands above
    lines = table(("", "layer", "about"), rows, screen.room - 2, gives="about", drops=("layer",))
    yield from (f"  {text}" for text in lines[1:])
    yield ""


def _shadows(files: tuple[str, ...]) -> str:
    return f" (shadows {', '.join(files)})" if files else ""


def _key(key: KeyInfo) -> tuple[str, ...]:
    limits = f" ({key.limits})" if key.limits else ""
    return (key.key, key.type + limits, key.default, key.doc)
