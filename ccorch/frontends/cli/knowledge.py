"""What can be configured, on the screen: groups, options, keys, and where values come from."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ccorch.frontends.cli.layout import table, wrapped
from ccorch.frontends.cli.screen import Screen
from ccorch.rules.plain import line, plain

if TYPE_CHECKING:
    from ccorch.config.catalog import Catalog, GroupInfo
    from ccorch.config.explain import Explanation
    from ccorch.config.keys import KeyInfo
    from ccorch.operations.catalog import ConfigCheckReply, ConfigCopyReply, ConfigListReply, ConfigShowReply
    from ccorch.operations.upkeep import InitReply

FEW = 3
"""With more groups than this, keys are counted and not listed."""


def catalog(reply: Catalog, screen: Screen) -> Iterator[str]:
    """Groups and keys; everything at once only in short."""
    for group in reply.groups:
        yield from _group(group, screen)
    if len(reply.groups) > FEW:
        yield f"{len(reply.keys)} keys: `ccorch catalog keys` lists them, `ccorch explain KEY` tells all about one"
    elif reply.keys:
        heads = ("key", "type", "default", "meaning")
        yield from table(heads, [_key(key) for key in reply.keys], screen.width, gives="type")


def options(reply: ConfigListReply, screen: Screen) -> Iterator[str]:
    """Options with the layer of each."""
    for group in reply.groups:
        yield from _group(group, screen)


def explanation(reply: Explanation, screen: Screen) -> Iterator[str]:
    """One key in full."""
    yield f"{screen.styled(reply.key, 'bold')} = {_value(reply.value)}"
    yield from wrapped(reply.doc, screen.width, "  ")
    yield f"  set by   {line(str(reply.origin.place))}"
    yield f"  type     {line(reply.type)}" + (f" ({line(reply.limits)})" if reply.limits else "")
    yield f"  default  {line(reply.default)}"
    for file in reply.shadowed:
        yield f"  shadowed {line(file)}"


def composed(reply: ConfigShowReply, screen: Screen) -> Iterator[str]:
    """A file as it is written, or the composed configuration."""
    if reply.text is not None:
        yield from plain(reply.text).rstrip("\n").split("\n")
    else:
        yield from tree(reply.config)


def checked(reply: ConfigCheckReply, screen: Screen) -> Iterator[str]:
    """That all is well; what is not is an error."""
    yield "all configuration files are valid" if reply.ok else "\n".join(map(line, reply.problems))


def copied(reply: ConfigCopyReply, screen: Screen) -> Iterator[str]:
    """Where the copy lies."""
    yield f"copied to {line(reply.path)}"


def prepared(reply: InitReply, screen: Screen) -> Iterator[str]:
    """What `init` wrote."""
    for name in reply.written:
        yield f"{'would write' if reply.dry_run else 'wrote'} {line(name)}"
    for name in reply.kept:
        yield f"kept {line(name)}"
    for advice in reply.advice:
        yield from wrapped(f"! {advice}", screen.width)


def tree(data: Any, indent: str = "") -> Iterator[str]:
    """Nested data as indented lines, much like YAML."""
    match data:
        case Mapping():
            for name, value in data.items():
                yield from _branch(f"{indent}{line(str(name))}:", value, indent)
        case [*entries]:
            for entry in entries:
                yield from _branch(f"{indent}-", entry, indent)
        case _:
            yield indent + _value(data)


def _branch(head: str, value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, Mapping | list) and value:
        yield head
        yield from tree(value, indent + "  ")
    else:
        yield f"{head} {_value(value)}"


def _group(group: GroupInfo, screen: Screen) -> Iterator[str]:
    yield screen.styled(group.name, "bold")
    rows = [(option.name, option.layer, option.summary + _shadows(option.shadows)) for option in group.options]
    # the heads are empty: the group's name stands above
    yield from (f"  {text}" for text in table(("", "", ""), rows, screen.width - 2)[1:])
    yield ""


def _shadows(files: tuple[str, ...]) -> str:
    return f" (shadows {', '.join(files)})" if files else ""


def _key(key: KeyInfo) -> tuple[str, ...]:
    limits = f" ({key.limits})" if key.limits else ""
    return (key.key, key.type + limits, key.default, key.doc)


def _value(value: Any) -> str:
    if isinstance(value, str) and value and value == line(value):
        return value
    return json.dumps(value, ensure_ascii=False)
