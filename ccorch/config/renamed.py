"""Keys that have another name now: read under the old one for one more version, and told with file and line.

No key was renamed yet, so the table is empty and every document passes as it is. Whoever renames a key of a noun
in `ccorch/schema` adds a line to `RENAMED`: files and overrides with the old name go on working, the guards see the
new name, and `plan`, `run` and `upgrade-check` tell what to write instead. The release that a line names drops it.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ccorch.config.document import Document, Path
from ccorch.config.layers import GROUPS, LayerDir, read_inside
from ccorch.errors import CcorchError, ConfigInvalid


@dataclass(frozen=True)
class Renamed:
    """One key."""

    old: str
    """Dotted, as it was."""
    new: str
    """Dotted, as it is; both have the same first part."""
    until: str
    """First version that does not read the old name any more."""


RENAMED: tuple[Renamed, ...] = ()
"""Every key that is still read under its old name: `Renamed("policy.may_write", "policy.write", "0.3.0")`."""


@dataclass(frozen=True)
class OldKey:
    """An old name that somebody uses."""

    place: str
    """file:line, or the override."""
    key: Renamed

    @property
    def said(self) -> str:
        """The sentence with the rewrite."""
        return (
            f"{self.place}: {self.key.old} is called {self.key.new} now; {self.key.until} will not read it any more"
        )


def modern(document: Document, group: str | None, table: Sequence[Renamed] = RENAMED) -> Document:
    """The same document under the names of today; raises ConfigInvalid where both names stand."""
    for one, old, new in _used(document.data, group, table):
        if _has(document.data, new):
            said = f"{document.at(old)}: {one.old} and {one.new} are one key, and both stand there"
            raise ConfigInvalid(said, hint=f"keep {one.new}")
        lines = {_moved(path, old, new): line for path, line in document.lines.items()}
        document = replace(document, data=_rewritten(document.data, old, new), lines=lines)
    return document


def old_keys(layers: Iterable[LayerDir], table: Sequence[Renamed] = RENAMED) -> Iterator[OldKey]:
    """Every old name in the files of these layers but the packaged ones; what cannot be read is passed over."""
    names = {one.old.rpartition(".")[2] for one in table}
    for layer in layers:
        for relative in _files(layer) if layer.layer != "packaged" else ():
            try:
                text = read_inside(layer, relative)
                if not any(name in text for name in names):
                    continue
                from ccorch.config.reading import parse  # brings a YAML parser

                document = parse(text, f"{layer.root}/{relative}")
            except CcorchError:
                continue
            for one, old, _ in _used(document.data, _group(relative), table):
                yield OldKey(document.at(old), one)


def of_words(words: Iterable[str], table: Sequence[Renamed] = RENAMED) -> Iterator[OldKey]:
    """Every old name in overrides."""
    for word in words:
        for one in table:
            if modern_key(word.partition("=")[0].lstrip("+"), (one,)) is not None:
                yield OldKey(f"override {word[:80]}", one)


def modern_key(key: str, table: Sequence[Renamed] = RENAMED) -> str | None:
    """Today's name of a dotted key; null when it has no other one."""
    for one in table:
        if key == one.old or key.startswith(f"{one.old}."):
            return one.new + key[len(one.old) :]
    return None


def _used(
    data: Mapping[str, Any], group: str | None, table: Sequence[Renamed]
) -> Iterator[tuple[Renamed, Path, Path]]:
    for one in table:
        old, new = (_inside(key, group) for key in (one.old, one.new))
        if old is not None and new is not None and _has(data, old):
            yield one, old, new


def _inside(key: str, group: str | None) -> Path | None:
    """Where a key stands in a file of that group, or of none; null when it cannot stand there."""
    parts = tuple(key.split("."))
    if group in (None, "experiment"):
        return parts
    return parts[1:] if parts[0] == group else None


def _has(data: Any, path: Path) -> bool:
    for part in path:
        if not isinstance(data, Mapping) or part not in data:
            return False
        data = data[part]
    return True


def _rewritten(data: Mapping[str, Any], old: Path, new: Path) -> dict[str, Any]:
    made: dict[str, Any] = dict(data)
    if len(old) == len(new) and old[:-1] == new[:-1] and len(old) > 1:
        first = old[0]
        made[str(first)] = _rewritten(made[str(first)], old[1:], new[1:])
        return made
    return {(new[0] if key == old[0] else key): value for key, value in made.items()}  # type: ignore[misc]


def _moved(path: Path, old: Path, new: Path) -> Path:
    return new + path[len(old) :] if path[: len(old)] == old else path


def _files(layer: LayerDir) -> Iterator[str]:
    for folder in ("", *GROUPS.values()):
        try:
            names = sorted(os.listdir(os.path.join(layer.root, folder)))
        except OSError:
            continue
        yield from (os.path.join(folder, name) for name in names if name.endswith(".yaml"))


def _group(relative: str) -> str | None:
    folder = os.path.dirname(relative)
    return next((group for group, below in GROUPS.items() if below == folder), None)
