"""Which line or word set a value last."""

from collections.abc import Sequence

from ccorch.config.composition import Setting
from ccorch.config.document import Path
from ccorch.config.overrides import Assignment
from ccorch.config.private import word
from ccorch.rules.plain import beginning
from ccorch.schema.config import Origin

SCHEMA = Origin.model_construct(layer="default", place="the default of the schema")
_SHOWN = 120


class Origins:
    """The last writer of each key: files in the order of their merge, then overrides in their order."""

    def __init__(self, settings: Sequence[Setting], assignments: Sequence[Assignment]) -> None:
        self._settings = settings
        self._assignments = assignments

    def lookup(self, key: str) -> Origin:
        """Where the key was set; a key that nobody set has the schema's default."""
        path = next((path for path, _, _ in self._settings if ".".join(map(str, path)) == key), None)
        return self.at(path or tuple(key.split(".")))

    def at(self, path: Path) -> Origin:
        """The same for a path, such as a pydantic location."""
        names = tuple(map(str, path))
        for assignment in reversed(self._assignments):
            if _touches(tuple(map(str, assignment.path)), names):
                return Origin(layer="override", place=_shown(word(assignment.text)))
        return self._in_files(names)

    def _in_files(self, names: tuple[str, ...]) -> Origin:
        nearest: tuple[int, Setting] | None = None
        for setting in self._settings:
            known = tuple(map(str, setting[0]))
            if _touches(known, names):
                # The value itself, else the list or scalar around it, else the first thing within it.
                rank = len(known) if len(known) <= len(names) else 0
                if nearest is None or rank > nearest[0]:
                    nearest = (rank, setting)
        if nearest is None:
            return SCHEMA
        _, layer, place = nearest[1]
        return Origin.model_validate({"layer": layer, "place": place})


def _touches(known: tuple[str, ...], names: tuple[str, ...]) -> bool:
    shorter = min(len(known), len(names))
    return shorter > 0 and known[:shorter] == names[:shorter]


def _shown(text: str) -> str:
    return beginning(text, _SHOWN)
