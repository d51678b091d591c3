"""A change in short, from what git says of it."""

from collections.abc import Sequence

from ccorch.rules.patch import FilePatch
from ccorch.rules.risks import is_prose, is_test, risks_of
from ccorch.schema.difference import Difference, FileDifference


def summary_of(files: Sequence[FilePatch]) -> Difference:
    """Files, lines, classes of risk, and whether tests are needed."""
    told = tuple(map(_file, files))
    risks = tuple(sorted({risk for file in told for risk in file.risks}))
    code = any(not is_prose(file.path) and not is_test(file.path) for file in told)
    return Difference(
        files=told,
        added=sum(file.added for file in told),
        deleted=sum(file.deleted for file in told),
        risks=risks,
        needs_tests=code or any(risk != "tests" for risk in risks),
        tests_changed=any(is_test(file.path) for file in told),
    )


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
