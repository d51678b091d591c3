"""What was measured of models, one line a measurement, in the state folder."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from ccorch.adapters.files import (
    append_shared,
    make_private_dir,
    open_below,
    read_limited,
    write_private,
    writing,
)
from ccorch.errors import RunCorrupt
from ccorch.schema.base import Value
from ccorch.schema.experience import BenchResult, Calibration, Experience, ProfileCheck, Quality

V = TypeVar("V", bound=Value)

MOST_BYTES = 1_048_576
"""What is read of a file, from its end: some 3,000 measurements."""

NAMES: dict[type[Value], str] = {
    BenchResult: "bench.ndjson",
    Quality: "quality.ndjson",
    ProfileCheck: "checks.ndjson",
}
CALIBRATION = "calibration.json"


class RecordFiles:
    """Answers the Records port from a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def experience(self) -> Experience:
        """Everything that was measured, oldest first; nothing when nothing was."""
        return Experience(
            bench=tuple(self._lines(BenchResult)),
            quality=tuple(self._lines(Quality)),
            checks=tuple(self._lines(ProfileCheck)),
            calibration=self._calibration(),
        )

    def add(self, found: BenchResult | Quality | ProfileCheck) -> None:
        """Keep one measurement durably; several processes may do so at once."""
        make_private_dir(self._folder, self._folder)
        append_shared(self._folder / NAMES[type(found)], found.model_dump_json().encode() + b"\n")

    def calibrate(self, found: Calibration | None) -> None:
        """Put these preferences in the place of the recorded ones; None takes them back."""
        path = self._folder / CALIBRATION
        if found is None:
            with writing(path):
                path.unlink(missing_ok=True)
            return
        make_private_dir(self._folder, self._folder)
        write_private(path, found.model_dump_json(indent=1).encode())

    def _lines(self, kind: type[V]) -> Iterator[V]:
        for line in _tail(self._folder / NAMES[kind]).splitlines():
            try:
                yield kind.model_validate_json(line)
            except ValidationError:
                continue  # torn, cut in half, or of another version: no measurement

    def _calibration(self) -> Calibration | None:
        try:
            return Calibration.model_validate_json(read_limited(self._folder / CALIBRATION, MOST_BYTES))
        except (OSError, RunCorrupt, ValidationError):
            return None


def _tail(path: Path) -> bytes:
    try:
        with open_below(path.parent, path.name) as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - MOST_BYTES))
            return file.read()
    except OSError:
        return b""
