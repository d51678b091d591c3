"""Compositions are kept: in memory while they are used, and on disk so that a new process needs no Hydra."""

import hashlib
import json
import os
import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import ccorch
from ccorch.config.composition import Base, Choices, base_of, composed
from ccorch.config.layers import LayerDir

FORMAT = 1
KEPT_IN_MEMORY = 64
KEPT_ON_DISK = 256


class Bases:
    """Compositions by layers and choices; a file that changed makes its compositions anew."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[tuple[LayerDir, ...], Choices], Base] = OrderedDict()
        self._table = threading.Lock()
        self._composing = threading.Lock()

    def get(
        self,
        layers: tuple[LayerDir, ...],
        choices: Choices,
        cache_dir: Path | None,
        meanwhile: Callable[[], None] | None = None,
    ) -> Base:
        """
        The composition from memory, else from disk, else from Hydra, before which `meanwhile` is called.

        Layers without options change nothing: whoever has none of their own shares what ccorch brings.
        """
        layers = tuple(layer for layer in layers if layer.has_options)
        if (known := self._current(layers, choices)) is not None:
            return known
        with self._composing:
            if (known := self._current(layers, choices)) is not None:
                return known
            base = _kept(layers, choices, cache_dir)
            if base is None:
                if meanwhile is not None:
                    meanwhile()
                base = composed(layers, choices)
                if cache_dir is not None:
                    _write(_file(layers, choices, cache_dir), base)
        with self._table:
            self._known[(layers, choices)] = base
            while len(self._known) > KEPT_IN_MEMORY:
                self._known.popitem(last=False)
        return base

    def _current(self, layers: tuple[LayerDir, ...], choices: Choices) -> Base | None:
        with self._table:
            known = self._known.get((layers, choices))
            if known is not None:
                self._known.move_to_end((layers, choices))
        return known if known is not None and known.is_current() else None


def _kept(layers: Sequence[LayerDir], choices: Choices, cache_dir: Path | None) -> Base | None:
    """What the disk has that still holds."""
    if cache_dir is None:
        return None
    path = _file(layers, choices, cache_dir)
    base = _read(path)
    if base is None or not base.is_current():
        return None
    _note_use(path)
    return base


def _file(layers: Sequence[LayerDir], choices: Choices, cache_dir: Path) -> Path:
    facts = [FORMAT, ccorch.__version__, [(layer.layer, layer.root) for layer in layers], choices]
    return cache_dir / f"{hashlib.sha256(json.dumps(facts).encode('utf-8', 'surrogateescape')).hexdigest()}.json"


def _read(path: Path) -> Base | None:
    """The kept composition; anything unreadable counts as nothing kept."""
    try:
        kept = json.loads(path.read_bytes())
        return base_of(
            _mapping(kept["data"]),
            tuple((tuple(where), layer, place) for where, layer, place in kept["settings"]),
            tuple((group, option, place, tuple(shadows)) for group, option, place, shadows in kept["chosen"]),
            tuple((str(name), mtime, size, inode) for name, mtime, size, inode in kept["stamps"]),
        )
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _mapping(data: Any) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise TypeError("not a mapping")
    return data


def _write(path: Path, base: Base) -> None:
    """Keep a composition for the next process; a disk that cannot be written only costs its time."""
    kept = {"data": base.data(), "settings": base.settings, "chosen": base.chosen, "stamps": base.stamps}
    temporary = None
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, suffix=".new")  # mkstemp makes it 0600
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(kept, file)
        os.replace(temporary, path)
        _note_use(path)
        _prune(path.parent)
    except OSError:
        if temporary is not None and os.path.exists(temporary):
            os.unlink(temporary)


def _note_use(path: Path) -> None:
    with suppress(OSError):
        # the system's own stamps stand still for some milliseconds, in which two uses would look like one
        now = time.time_ns()
        os.utime(path, ns=(now, now))


def _prune(folder: Path) -> None:
    """Keep what was used last."""
    kept = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime_ns)
    for path in kept[:-KEPT_ON_DISK]:
        path.unlink(missing_ok=True)
