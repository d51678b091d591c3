"""Which project and which run a caller means; never silently a run of another project."""

from pathlib import Path

from ccorch.errors import ProjectInvalid, RunNotFound
from ccorch.operations.house import House


def to_change(house: House, run: str | None) -> str:
    """The run meant; without a name only one of this project, because what follows cannot be taken back."""
    found = _found(house, run)
    if run is None and not is_here(house, found):
        where = house.library.row(found).project
        raise RunNotFound(
            f"no run in {here(house)}",
            hint=f"the latest run elsewhere is {found} in {where}; name it if you mean it",
            latest_elsewhere=found,
        )
    return found


def to_read(house: House, run: str | None) -> tuple[str, str | None]:
    """The run meant, and a note where nobody named it and it belongs to another project."""
    found = _found(house, run)
    if run is not None or is_here(house, found):
        return found, None
    return (
        found,
        f"no run in {here(house)} yet; this is the latest elsewhere, of {house.library.row(found).project}",
    )


def is_here(house: House, run: str) -> bool:
    """Whether the run belongs to the caller's project."""
    return str(house.library.project(run).resolve()) == here(house)


def here(house: House) -> str:
    """The caller's project, as it is told."""
    return str(house.project.resolve())


def checked_project(project: Path) -> Path:
    """The project as an absolute path; a path that does not exist is refused and never made."""
    if not project.exists():
        raise ProjectInvalid(
            f"project {str(project)!r} does not exist", hint="name an existing directory with -C DIR"
        )
    if not project.is_dir():
        raise ProjectInvalid(f"project {str(project)!r} is not a directory", hint="name a directory with -C DIR")
    return project.resolve()


def _found(house: House, run: str | None) -> str:
    if run is None:
        checked_project(house.project)
    if house.by != "mcp":
        return house.library.resolve(run, house.project)
    # neither whether another project has such a run nor what it is called is a client's to know
    found = house.library.resolve(run, house.project, only_here=True)
    if not is_here(house, found):
        raise RunNotFound(
            f"no run {run or ''!r} of {here(house)}",
            hint="a client reaches the runs of its own project alone; run_submit gives their ids",
        )
    return found
