"""What is to be noticed in the change that an attempt left behind."""

from collections.abc import Sequence

from ccorch.engine.ground import change_of
from ccorch.ports import AttemptId, Runs
from ccorch.rules.findings import of_change, of_record
from ccorch.rules.patch import files_of
from ccorch.rules.secrets.literals import forms_of
from ccorch.schema.finding import Finding
from ccorch.schema.plan import PlanNode


def noticed(
    attempt: AttemptId, node: PlanNode, runs: Runs, patch: bytes | None, secrets: Sequence[str]
) -> tuple[Finding, ...]:
    """The findings in its change, each with node and attempt; nothing where there is no change."""
    record = change_of(runs, attempt.run, attempt.node, attempt.attempt)
    if patch is None or record is None:
        return ()
    found = (
        *of_record(record, node.write_scope),
        *of_change(files_of(patch), forms_of(secrets)),
    )
    about = {"node": attempt.node, "attempt": attempt.attempt}
    return tuple(finding.model_copy(update=about) for finding in found)
