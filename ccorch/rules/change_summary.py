"""A change in short, from what git says of it."""

from collections.abc import Iterable, Sequence

from ccorch.rules.patch import FilePatch
from ccorch.rules.risks import SENSITIVE, is_prose, is_test, risks_of
from ccorch.rules.scope import matches
from ccorch.schema.checks import Checks
from ccorch.schema.difference import Difference, FileDifference

DEFAULT = Checks()


def summary_of(files: Sequence[FilePatch], checks: Checks = DEFAULT) -> Difference:
    """Files, lines, classes of risk, and whether these checks need a test of it."""
    told = tuple(map(_file, files))
    risks = tuple(sorted({risk for file in told for risk in file.risks}))
    names = (name for file in told for name in (file.path, file.old_path) if name)
    return Difference(
        files=told,
        added=sum(file.added for file in told),
        deleted=sum(file.deleted for file in told),
        risks=risks,
        needs_tests=needs_tests(names, checks.tests),
        tests_changed=any(is_test(file.path) for file in told),
    )


def needs_tests(names: Iterable[str], tests: Sequence[str] = DEFAULT.tests) -> bool:
    """Whether a command should try a change of files that have or had these names; `tests` are globs of tests.

    Texts, pictures and tests need none, unless they decide what runs elsewhere: dependencies, CI, and what git and
    agents read.
    """
    return any(risks_of(name) & SENSITIVE or not (is_prose(name) or matches(tests, name)) for name in names)


def _file(file: FilePatch) -> FileDifference:
    moved = file.kind in ("renamed", "copied")
    is_other = file.old_mode and file.new_mode and file.old_mode != file.new_mode
    risks = risks_of(file.path) | (risks_of(file.old) if moved else frozenset())
    return FileDifference(
        path=file.path,
        kind=file.kind,
        old_path=file.old if moved else None,
        added=len(file.added_lines),
        deleted=file.deleted,
        binary=file.binary,
        mode=f"{file.old_mode} → {file.new_mode}" if is_other else None,
        risks=tuple(sorted(risks)),
    )
