"""What is written when a run is over: the verdict, the copy of the ledger and the list of all files."""

from ccorch.adapters.run_folder.runs import RunFolders
from ccorch.schema.event import Reopened
from ccorch.schema.plan import Plan
from ccorch.schema.verdict import Check, Verdict
from ccorch.verify.evidence import evidence
from ccorch.verify.judge import judge

LEDGER = "ledger.ndjson"
VERDICT = "verdict.json"


def finish(runs: RunFolders, run: str, ledger: bytes) -> None:
    """Write what a run that is over leaves; doing it again writes the same. Takes as long as the run is large."""
    runs.artifact(run, VERDICT, judge(evidence(runs, run)).model_dump_json(indent=1).encode())
    runs.artifact(run, LEDGER, ledger)
    runs.seal(run)


def stale(plan: Plan, asked: Reopened) -> bytes:
    """The verdict on a run of which work is to be done again: what was judged counts for nothing."""
    reason = f"{', '.join(asked.nodes)} set back by {asked.by}: what they had given is stale"
    verdict = Verdict(judgement="unknown", checks=(Check(name="nodes passed", judgement="unknown", reason=reason),))
    return verdict.model_dump_json(indent=1).encode()
