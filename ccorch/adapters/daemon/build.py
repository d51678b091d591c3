"""Which build of ccorch this process is: an upgrade or an edit may change the code under one version."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import ccorch

PACKAGE = Path(ccorch.__file__).parent


@dataclass(frozen=True)
class Build:
    """A version, and the code that claims to be it."""

    version: str
    mark: str = ""
    """Hash over the names, sizes and times of its modules; empty for a daemon that tells none."""
    at: int = 0
    """When the latest of them was written, in nanoseconds since 1970."""

    def supersedes(self, other: "Build") -> bool:
        """Whether it takes the place of the other one: by its version, else as the later code.

        Of two builds one supersedes the other at most, so that clients of both never replace each other's daemon.
        """
        ours, theirs = _numbers(self.version), _numbers(other.version)
        return ours > theirs or (ours == theirs and self._rank > other._rank)

    @property
    def _rank(self) -> tuple[int, str]:
        return self.at, self.mark

    def told(self) -> dict[str, Any]:
        """What a daemon says of itself."""
        return {"version": self.version, "build": self.mark, "built_at": self.at}


def told_by(said: Mapping[str, Any]) -> Build:
    """The build of a daemon by what it says of itself."""
    return Build(str(said["version"]), str(said.get("build", "")), int(said.get("built_at", 0)))


@cache
def this(package: Path = PACKAGE) -> Build:
    """The build of this process, as its modules lie there when it first asks."""
    found = []
    for folder, folders, names in os.walk(package):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        modules = sorted(name for name in names if name.endswith(".py"))
        stats = ((name, os.stat(os.path.join(folder, name))) for name in modules)
        found += [(os.path.relpath(folder, package), name, stat.st_size, stat.st_mtime_ns) for name, stat in stats]
    mark = hashlib.sha256(repr(found).encode()).hexdigest()[:16]
    return Build(ccorch.__version__, mark, max((at for *_, at in found), default=0))


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())
