"""A YAML file of another tool, of which nothing but plain data is taken."""

from functools import cache
from pathlib import Path
from typing import Any

from ccorch.adapters.files import read_given

LIMIT = 1 << 20
"""Most bytes that are read of such a file."""

MOST_KEYS = 100_000
"""Most keys of all its mappings together once `<<` is filled in."""


def read_mapping(path: Path) -> tuple[dict[str, Any] | None, str | None]:
    """Its content, or why there is none; both null when there is no such file."""
    content, problem = read_given(path, LIMIT)
    if content is None:
        return None, problem
    import yaml

    try:
        found = yaml.load(content.decode("utf-8-sig"), Loader=_loader())
    except (yaml.YAMLError, ValueError, RecursionError):
        found = None  # neither text nor problem is quoted: the file may hold keys
    return (found, None) if isinstance(found, dict) else (None, f"{path} does not hold a YAML mapping")


@cache
def _loader() -> Any:
    """Of plain data, in C where it can be; merges that grow with each line are refused in time."""
    import yaml

    kind: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class Loader(kind):  # type: ignore[misc]
        keys = 0

        def flatten_mapping(self, node: Any) -> None:
            super().flatten_mapping(node)
            self.keys += len(node.value)
            if self.keys > MOST_KEYS:
                raise yaml.YAMLError("too many keys")

    return Loader
