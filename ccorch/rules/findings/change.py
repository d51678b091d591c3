"""Notices in a change: paths outside the scope, sensitive files, and secrets that it adds."""

from collections.abc import Iterator, Sequence
from itertools import islice

from ccorch.rules.amounts import some
from ccorch.rules.findings.detectors import SecretCandidate, SecretFound, SensitiveFileChanged, WriteScope
from ccorch.rules.patch import FilePatch
from ccorch.rules.risks import SENSITIVE, risks_of
from ccorch.rules.scope import trespasses
from ccorch.rules.secrets.scan import in_change
from ccorch.schema.change import ChangeRecord
from ccorch.schema.finding import Finding
from ccorch.schema.policy import WriteScope as Scope

MOST = 20
"""Most places that are told one by one."""


def of_record(record: ChangeRecord, scope: Scope | None) -> Iterator[Finding]:
    """What its scope does not allow."""
    if scope is not None and (against := trespasses(scope, record)):
        yield WriteScope.found("; ".join(against))


def of_change(files: Sequence[FilePatch], forms: Sequence[bytes] = ()) -> Iterator[Finding]:
    """What is to be noticed in it; `forms` are the spellings of values that are known to be secret."""
    told = [
        f"{file.path} ({', '.join(sorted(risks))})" for file in files if (risks := risks_of(file.path) & SENSITIVE)
    ]
    if told:
        yield SensitiveFileChanged.found(some(told, MOST))
    seen = [one for one in in_change(files, forms) if one.sure in ("leak", "candidate")]
    for one in islice(sorted(seen, key=lambda one: one.sure != "leak"), MOST):
        said = f"{one.kind} of {one.length} bytes ({one.mark}) in {one.place}"
        yield (SecretFound if one.sure == "leak" else SecretCandidate).found(said, place=one.place)
