"""Reads on in the ledger and the bills, from where somebody stopped."""

import json
import os
import time
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ccorch.adapters.files import whole_lines
from ccorch.adapters.ledger_file import LedgerReader
from ccorch.adapters.usage.tables import BILLS, Places
from ccorch.rules.usage import Counts, Key, counted
from ccorch.schema.bill import Bill

BATCH = 20_000
"""Requests that are taken in at once."""

Found = tuple[str, Key, Counts]


def local_day(at: float) -> str:
    """The day of a moment, by the machine's own calendar."""
    return time.strftime("%Y-%m-%d", time.localtime(at))


class Tail:
    """What was written behind some places."""

    def __init__(self, ledger: Path, bills: Path, places: Places) -> None:
        offsets = dict(places.offsets)
        self._bills, self._billed = bills, offsets.pop(BILLS, 0)
        self._reader = LedgerReader(ledger, offsets=offsets, unfinished=places.unfinished)
        self._last = self._reader.last(_read)

    @property
    def places(self) -> Places:
        """How far was read by now."""
        return Places({**self._reader.offsets, BILLS: self._billed}, self._reader.unfinished)

    def requests(self) -> list[Found]:
        """Some requests that are over; nothing when there are no more."""
        return [found for found, _ in islice(self._last, BATCH)]

    def unfinished(self) -> Iterator[Found]:
        """Requests under way, as they are booked ahead."""
        for raw in self._reader.unfinished.values():
            try:
                yield _read(json.loads(raw))
            except (KeyError, TypeError, ValueError, RecursionError):
                continue  # no line of a ledger: it was skipped as such when it was read

    def bills(self) -> list[Bill]:
        """Some bills, oldest first; nothing when there are no more."""
        found: list[Bill] = []
        while not found and (lines := list(islice(self._bill_lines(), BATCH))):
            for raw in lines:
                try:
                    found.append(Bill.model_validate_json(raw))
                except ValidationError:
                    continue  # torn, or of another version
        return found

    def _bill_lines(self) -> Iterator[bytes]:
        try:
            descriptor = os.open(self._bills, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            return
        with os.fdopen(descriptor, "rb") as file:
            file.seek(self._billed)
            for raw in whole_lines(file):
                self._billed += len(raw)
                yield raw


def is_whole(ledger: Path, bills: Path, offsets: Mapping[str, int]) -> bool:
    """Whether the files still hold what was read of them."""
    return all(_size(bills if name == BILLS else ledger / name) >= offset for name, offset in offsets.items())


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:
        return 0


def _read(line: Mapping[str, Any]) -> Found:
    request = line["id"]
    if not isinstance(request, str):
        raise TypeError("an id is no text")
    return request, *counted(line, local_day)
