"""The verbs that list the files of a run and read one; only what is listed can be read."""

from fnmatch import fnmatchcase

from ccorch.operations import which
from ccorch.operations.house import House
from ccorch.rules import paging
from ccorch.schema.artifacts import ArtifactListRequest, ArtifactReadRequest
from ccorch.schema.base import Many, Value

PAGE = 100
"""Files of one page."""

MOST_BYTES = 36_000
"""Bytes of one reading: with what stands around it, less than any client cuts."""


class Artifact(Value):
    """A file of a run."""

    path: str
    """Its name relative to the run's folder."""
    bytes: int
    """Size."""
    sha256: str
    """Hash of its content."""


class ArtifactListReply(Value):
    """Files of a run."""

    run_id: str
    """Id of the run."""
    final: bool
    """Whether the run is over; before that, files come and grow."""
    total: int
    """How many match in all."""
    artifacts: Many[Artifact]
    """A page of them, by path."""
    next_cursor: str | None = None
    """Where the next page begins; null at the end."""
    note: str | None = None
    """Set when no run was named and this one belongs to another project."""


class Line(Value):
    """A line of a file."""

    number: int
    """From 1."""
    text: str
    """Without its end."""


class ArtifactReadReply(Value):
    """Lines of a file."""

    run_id: str
    """Id of the run."""
    path: str
    """The file."""
    start: int
    """Line at which reading began."""
    lines: Many[Line]
    """The lines."""
    total: int
    """Lines of the whole file."""
    next: int | None
    """Line to go on with; null at the end."""
    cut: bool = False
    """Whether a line was too long and is shown in part."""


def list_artifacts(house: House, request: ArtifactListRequest) -> ArtifactListReply:
    """A page of a run's files."""
    run, note = which.to_read(house, request.run)
    files = house.library.listed(run)
    wanted = [name for name in files.names if not request.glob or fnmatchcase(name, request.glob)]
    question = [run, request.glob]
    begins = paging.after(request.cursor, question, [""])[0] if request.cursor else ""
    rest = [name for name in wanted if name > begins]
    page = rest[:PAGE]
    return ArtifactListReply(
        run_id=run,
        final=files.final,
        total=len(wanted),
        # of a run that goes on no file is read but those of this page
        artifacts=tuple(Artifact(path=one.path, bytes=one.bytes, sha256=one.sha256) for one in files.about(page)),
        next_cursor=paging.mark([page[-1]], question) if len(rest) > len(page) else None,
        note=note,
    )


def read_artifact(house: House, request: ArtifactReadRequest) -> ArtifactReadReply:
    """Lines of one listed file."""
    run, _ = which.to_read(house, request.run)
    found = house.library.lines(run, request.path, request.start, request.lines, MOST_BYTES, request.grep)
    return ArtifactReadReply(
        run_id=run,
        path=request.path,
        start=request.start,
        lines=tuple(Line(number=number, text=text) for number, text in found.lines),
        total=found.total,
        next=found.next,
        cut=found.cut,
    )
