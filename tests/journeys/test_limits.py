"""Limits hold on real workers: money, time, turns, slots and the owner's ceilings."""

import json
from typing import Any

import pytest

from tests.journeys.kit import PLAIN, events, finished, ledger, node, script, shown, submit
from tests.machine import Machine, repository, until


def test_a_stream_is_cut_at_the_runs_money_and_nothing_more_is_forwarded(box: Machine) -> None:
    run = submit(box, *PLAIN, "script=endless", "task=write", "cost.usd_per_run=0.01")

    assert finished(box, run) == "failed"
    found = node(box, run)
    assert found["outcome"] == "budget_spent"
    assert "cost.usd_per_run" in found["reason"]
    assert found["usd"] <= 0.0103
    assert {json.loads(line).get("ended") for line in ledger(box)} >= {"cut", "refused"}
    assert any(event["type"] == "budget_reached" for event in events(box, run))
    assert "budget" in {one["code"] for one in shown(box, run)["summary"]["findings"]}


def test_a_worker_whose_first_request_is_not_covered_is_not_started(box: Machine) -> None:
    run = submit(box, *PLAIN, "script=hello", "task=write", "cost.usd_per_run=0.0001")

    assert finished(box, run) == "failed"
    assert node(box, run)["outcome"] == "budget_spent"
    assert "cost.usd_per_run" in node(box, run)["reason"]
    assert ledger(box) == []


def test_wall_time_stops_the_worker_and_its_children(box: Machine) -> None:
    run = submit(box, *PLAIN, script("long"), "task=slow", "policy.timeout_seconds=2")

    assert finished(box, run) == "timed_out"
    assert node(box, run)["outcome"] == "timed_out"
    assert until(lambda: not box.claudes())


def test_turns_are_limited(box: Machine) -> None:
    run = submit(box, *PLAIN, script("loop"), "task=loop", "policy.max_turns=2")

    assert finished(box, run) == "failed"
    assert node(box, run)["outcome"] == "turns_spent"


def test_no_more_workers_than_the_run_allows(box: Machine) -> None:
    words = (*PLAIN, "script=hello", "task=x")
    assert "unknown, too few past runs of review on scripted" in told(box, "plan", *words)
    flow = "name: three\nsummary: Three of a kind.\nnodes:\n  - {id: a}\n  - {id: b}\n  - {id: c}\n"
    (box.project / "flow.yaml").write_text(flow)
    run = submit(box, "workflow_file=flow.yaml", *words, "policy.max_concurrent=1")

    assert finished(box, run) == "done"
    assert most_at_once(events(box, run)) == 1

    # what these three took is what the next one is expected to take
    took = sorted(one["usd"] for one in shown(box, run)["summary"]["nodes"])
    expected = box.json("plan", *words)["expected"]
    assert (expected["samples"], expected["unknown"]) == (3, [])
    assert 0 < took[0] <= expected["low_usd"] <= expected["high_usd"] <= took[-1] <= 2
    thrice = box.json("plan", "workflow_file=flow.yaml", *words)["expected"]
    assert thrice["high_usd"] == pytest.approx(3 * expected["high_usd"])
    assert "(8 of 10 past runs of each role; 3 known of the rarest)" in told(box, "plan", *words)


def test_no_more_workers_than_the_owner_allows_over_all_runs(box: Machine) -> None:
    (box.config / "ceiling.yaml").write_text("max_concurrent: 2\n")
    other = repository(box.root / "other")
    lanes = ("-m", "role=review,security", "policy.max_concurrent=2", "task=look")
    runs = [submit(box, "-C", str(project), *PLAIN, "script=hello", *lanes) for project in (box.project, other)]

    assert [finished(box, run) for run in runs] == ["done", "done"]
    assert {shown(box, run)["project"] for run in runs} == {str(box.project), str(other)}
    log = sorted((event for run in runs for event in events(box, run)), key=lambda event: event["at"])
    assert most_at_once(log) == 2


@pytest.mark.parametrize(
    ("ceiling", "override", "key"),
    [
        ("max_concurrent: 2", "policy.max_concurrent=3", "policy.max_concurrent"),
        ("usd_per_run: 1", "cost.usd_per_run=1.5", "cost.usd_per_run"),
        ("timeout_seconds: 600", "policy.timeout_seconds=700", "policy.timeout_seconds"),
        ("output_bytes: 1000000", "policy.output.hard_bytes=2000000", "policy.output.hard_bytes"),
        ("max_turns: 10", "policy.max_turns=11", "policy.max_turns"),
        ("usd_per_month: 10", "cost.usd_per_month=11.0", "cost.usd_per_month"),
        ("usd_per_profile: {scripted: 1}", "+cost.usd_per_profile.scripted=2.0", "cost.usd_per_profile.scripted"),
        ("tokens_per_run: 1M", "cost.tokens_per_run=1001k", "cost.tokens_per_run"),
        ("max_nodes: 5", "cost.max_nodes=6", "cost.max_nodes"),
        ("write_from_terminal: false", "policy.write=true", "policy.write"),
    ],
)
def test_the_owners_ceiling_refuses_and_names_key_value_and_place(
    box: Machine, ceiling: str, override: str, key: str
) -> None:
    (box.config / "ceiling.yaml").write_text(ceiling + "\n")
    result = box.ccorch("run", *PLAIN, "script=hello", "task=x", "policy=careful", override)

    assert result.status == 3, result
    assert key in result.err
    assert override in result.err
    assert not (box.project / ".agent-workspace").exists()


def test_the_owners_day_is_spent_over_all_runs_and_holds_as_it_is_now(box: Machine) -> None:
    owner = box.config / "ceiling.yaml"
    owner.write_text("usd_per_day: 0.2\nusd_per_run: 5\n")
    first = submit(box, *PLAIN, "script=endless", "task=one")
    until(lambda: any('"state":"progress"' in line for line in ledger(box)))
    owner.write_text("usd_per_day: 0.0035\nusd_per_run: 5\n")
    assert finished(box, first) == "failed"
    cut = node(box, first)
    assert (cut["outcome"], cut["usd"] < 0.15) == ("budget_spent", True), cut
    assert "usd_per_day" in cut["reason"]

    second = submit(box, *PLAIN, "script=hello", "task=two")
    assert finished(box, second) == "failed"
    assert "usd_per_day" in node(box, second)["reason"]
    # a run's own limit is smaller than the owner's, or refused
    raised = box.ccorch("run", *PLAIN, "script=hello", "task=three", "cost.usd_per_day=1")
    assert (raised.status, "the owner's ceiling usd_per_day allows 0.0035" in raised.err) == (3, True), raised


def test_a_model_without_a_price_is_refused_unless_allowed(box: Machine) -> None:
    words = (*PLAIN, "script=hello", "task=x", "model=nobody-knows-it")
    refused = box.ccorch("run", *words)

    assert refused.status == 3, refused
    assert "cost.unpriced" in refused.err
    asked = box.ccorch("run", *words, "cost.unpriced=allow")
    assert (asked.status, "may cost without a limit" in " ".join(asked.err.split())) == (3, True), asked
    assert (
        "unknown, no limit holds a model without a price" in box.ccorch("plan", *words, "cost.unpriced=allow").out
    )
    run = submit(box, *words, "cost.unpriced=allow", "--yes")
    assert finished(box, run) == "done"
    assert node(box, run)["usd"] is None


def told(box: Machine, *words: str) -> str:
    """What a command prints, on one line."""
    return " ".join(box.ccorch(*words).out.split())


def most_at_once(log: list[Any]) -> int:
    """Most attempts that were at work at the same time."""
    now = most = 0
    for event in log:
        now += {"started": 1, "ended": -1}.get(event["type"], 0)
        most = max(most, now)
    return most
