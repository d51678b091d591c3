"""Notices in a change that is not whole yet: what a worker at work has written so far."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ccorch.rules.amounts import number, some
from ccorch.rules.findings.change import of_change
from ccorch.rules.findings.detectors import WriteScope
from ccorch.rules.patch import FilePatch
from ccorch.rules.scope import violations
from ccorch.schema.finding import Finding
from ccorch.schema.policy import WriteScope as Scope


class SoFar:
    """Take every look; what is to be told of it comes back once.

    A file counts from the second look on that it stands there: programs write beside what they mean to replace.
    """

    def __init__(self, scope: Scope | None) -> None:
        self._scope = scope
        self._seen: dict[str, FilePatch] = {}
        self._told: set[str] = set()
        self._is_many = False
        self.waits = False
        """Whether the last look saw something for the first time, so that another one soon may tell of it."""

    def take(self, files: Sequence[FilePatch], forms: Sequence[bytes] = ()) -> tuple[Finding, ...]:
        """What is to be told now; `forms` are the spellings of values that are known to be secret."""
        before, self._seen = self._seen, {}
        stay: list[FilePatch] = []
        for file in files:
            earlier = before.get(file.path)
            lines = file.added_lines or (earlier.added_lines if earlier else [])
            if earlier is not None:
                stay.append(replace(file, added_lines=lines))
            # what was looked at is forgotten, so that a file is searched once
            self._seen[file.path] = replace(file, added_lines=lines if earlier is None else [])
        self.waits = any(file.path not in before for file in files)
        return tuple(one.model_copy(update={"provisional": True}) for one in self._noticed(stay, forms))

    def _noticed(self, files: Sequence[FilePatch], forms: Sequence[bytes]) -> Iterator[Finding]:
        new = [file for file in files if file.path not in self._told]
        fresh = {file.path for file in new}
        self._told |= fresh
        if self._scope is not None:
            yield from self._beyond(self._scope, [file.path for file in new], len(files))
        yield from of_change([file for file in files if file.added_lines or file.path in fresh], forms)

    def _beyond(self, scope: Scope, new: Sequence[str], count: int) -> Iterator[Finding]:
        if outside := violations(scope, new):
            yield WriteScope.found(f"outside the scope so far: {some(outside)}")
        if scope.max_files is not None and count > scope.max_files and not self._is_many:
            self._is_many = True
            yield WriteScope.found(f"{number(count, 'file')} changed so far, max_files is {scope.max_files}")
