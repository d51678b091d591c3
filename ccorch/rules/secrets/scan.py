"""Looks for secrets in lines, texts and changes; what it gives says where and of which kind, never the value."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ccorch.rules.patch import FilePatch
from ccorch.rules.secrets.literals import literals
from ccorch.rules.secrets.manifests import in_manifests
from ccorch.rules.secrets.names import named
from ccorch.rules.secrets.shapes import places
from ccorch.rules.secrets.values import of_shape
from ccorch.schema.finding import Sighting, Sureness

_SUREST: tuple[Sureness, ...] = ("leak", "candidate", "placeholder", "identifier")

KNOWN = b"secret"
"""Kind of a value that is known to be a secret, whatever it looks like."""


@dataclass(frozen=True)
class Seen:
    """A secret in a line of bytes."""

    start: int
    end: int
    kind: bytes
    sure: Sureness


def look(line: bytes, forms: Sequence[bytes] = ()) -> tuple[Seen, ...]:
    """What stands in the line, in order; of what overlaps, the surest is told, and a known value before all.

    `forms` are the spellings of values that are known to be secret.
    """
    found = [Seen(start, end, KNOWN, "leak") for start, end in literals(line, forms)]
    found += [Seen(start, end, kind, of_shape(line[start:end])) for start, end, kind in places(line)]
    found += [Seen(start, end, b"secret_value", sure) for start, end, sure in in_manifests(line)]
    found += [Seen(one.start, one.end, one.kind, one.sure) for one in named(line)]
    return tuple(_apart(found))


def in_text(text: bytes, place: str) -> Iterator[Sighting]:
    """Secrets of a file or another text, with their lines; one over several lines is told where it begins."""
    found = look(text)
    at = number = 0
    for seen in found:
        number += text.count(b"\n", at, seen.start)
        at = seen.start
        yield sighting(text, seen, f"{place}:{number + 1}")


def in_change(files: Iterable[FilePatch], forms: Sequence[bytes] = ()) -> Iterator[Sighting]:
    """Secrets that a change adds, each with the path and line where it then stands; removed lines say nothing."""
    for file in files:
        # together, for a key may go over several lines
        text = b"\n".join(line for _, line in file.added_lines)
        numbers = [number for number, _ in file.added_lines]
        at = index = 0
        for seen in look(text, forms):
            index += text.count(b"\n", at, seen.start)
            at = seen.start
            yield sighting(text, seen, f"{file.path}:{numbers[index]}")


def sighting(line: bytes, seen: Seen, place: str) -> Sighting:
    """What may be told of it."""
    value = line[seen.start : seen.end]
    return Sighting(kind=seen.kind.decode(), sure=seen.sure, place=place, length=len(value), mark=mark_of(value))


def mark_of(value: bytes) -> str:
    """Four digits that tell values apart, and too few to find one by guessing."""
    return hashlib.sha256(value).hexdigest()[:4]


def _apart(found: list[Seen]) -> Iterator[Seen]:
    """One of those that overlap."""
    kept: Seen | None = None
    for seen in sorted(found, key=lambda one: (one.start, -one.end)):
        if kept is None or seen.start >= kept.end:
            if kept is not None:
                yield kept
            kept = seen
        elif _rank(seen) < _rank(kept):
            kept = Seen(kept.start, max(kept.end, seen.end), seen.kind, seen.sure)
        else:
            kept = Seen(kept.start, max(kept.end, seen.end), kept.kind, kept.sure)
    if kept is not None:
        yield kept


def _rank(seen: Seen) -> tuple[int, bool]:
    return _SUREST.index(seen.sure), seen.kind != KNOWN
