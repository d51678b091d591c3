"""The folder of the state in which the projects of benchmarks and checks lie."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ccorch.errors import WorkspaceUnwritable
from ccorch.operations.house import House


def room(house: House) -> Path:
    """The folder, made for the owner only where it is missing; raises WorkspaceUnwritable."""
    with writing(house.bench_room):
        for place in (*reversed(house.bench_room.parents), house.bench_room):
            if not place.exists():
                place.mkdir(mode=0o700, exist_ok=True)
    return house.bench_room


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Failures of the disk inside become WorkspaceUnwritable, with the path and the reason."""
    try:
        yield
    except OSError as problem:
        raise WorkspaceUnwritable(f"cannot write {path}: {problem.strerror}", path=str(path)) from problem
