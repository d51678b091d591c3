"""The folder of the state in which the projects of benchmarks, checks and rehearsals lie."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ccorch.errors import WorkspaceUnwritable
from ccorch.operations.house import House

KEPT_SECONDS = 30 * 86_400
"""For how long the projects of checks are kept."""


def room(house: House) -> Path:
    """The folder, made for the owner only where it is missing; raises WorkspaceUnwritable."""
    with writing(house.bench_room):
        for place in (*reversed(house.bench_room.parents), house.bench_room):
            if not place.exists():
                place.mkdir(mode=0o700, exist_ok=True)
    return house.bench_room


def clear_old(house: House) -> None:
    """Take away projects of checks and rehearsals that are older than anything that would be looked up."""
    for folder in house.bench_room.glob("check-*"):
        with suppress(FileNotFoundError):  # another check may clear up too
            if house.clock.now() - folder.lstat().st_mtime > KEPT_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Failures of the disk inside become WorkspaceUnwritable, with the path and the reason."""
    try:
        yield
    except OSError as problem:
        raise WorkspaceUnwritable(f"cannot write {path}: {problem.strerror}", path=str(path)) from problem
