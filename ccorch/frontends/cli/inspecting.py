"""Changes and secrets on the screen: files with lines and risks, places with kinds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ccorch.frontends.cli.layout import table
from ccorch.frontends.cli.screen import Screen
from ccorch.rules.amounts import number
from ccorch.rules.plain import line, plain

if TYPE_CHECKING:
    from ccorch.operations.catalog import PageReply
    from ccorch.operations.inspecting import DifferencesReply, ScanReply
    from ccorch.schema.difference import FileDifference


def differences(reply: DifferencesReply, screen: Screen) -> Iterator[str]:
    """Each change with its files."""
    if not reply.changes:
        yield "no node of this run has left a change"
    for change in reply.changes:
        found = change.difference
        files = number(len(found.files), "file")
        yield screen.styled(f"{change.subject}: {files}, +{found.added} −{found.deleted}", "bold")
        if found.files:
            yield from table(("file", "what", "lines", "risks"), [_row(file) for file in found.files], screen.room)
        yield f"needs tests: {'yes' if found.needs_tests else 'no'}" + (
            " · tests are among the files" if found.tests_changed else ""
        )


def scanned(reply: ScanReply, screen: Screen) -> Iterator[str]:
    """Places and kinds, leaks first."""
    for finding in reply.findings:
        yield screen.styled(f"leak  {line(finding.place)}  {line(finding.message)}", "red")
    for one in sorted(reply.seen, key=lambda one: one.sure != "leak"):
        said = f"{one.sure}  {line(one.place)}  {one.kind} of {one.length} bytes ({one.mark})"
        yield screen.styled(said, "red" if one.sure == "leak" else "yellow")
    yield f"{line(reply.subject)}: {number(reply.leaks, 'leak')}" + "".join(
        f", {number(count, sure)}" for sure, count in sorted(reply.counts.items()) if sure != "leak"
    )


def page(reply: PageReply, screen: Screen) -> Iterator[str]:
    """A page as it is written."""
    yield from plain(reply.text).rstrip("\n").split("\n")


def _row(file: FileDifference) -> tuple[str, ...]:
    name = f"{line(file.old_path)} → {line(file.path)}" if file.old_path else line(file.path)
    lines = "binary" if file.binary else f"+{file.added} −{file.deleted}"
    return name, f"{file.kind}{f' {file.mode}' if file.mode else ''}", lines, ", ".join(file.risks)
