"""Whatever comes at once is kept, each exactly once."""

from bench.engine import submit_at_once
from tests.machine import Machine, until


def test_two_hundred_submissions_at_once_are_all_kept_and_done(box: Machine) -> None:
    runs = submit_at_once(box, 200)
    folder = box.project / ".agent-workspace/ccorch/runs"
    until(lambda: all('"type":"finished"' in (folder / run / "events.ndjson").read_text() for run in runs))

    listed = {row["run_id"]: row["status"] for row in box.json("list", "--limit", "1000")["runs"]}
    assert len(set(runs)) == 200
    assert {listed[run] for run in runs} == {"done"}
