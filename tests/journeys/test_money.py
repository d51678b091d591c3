"""Money and token limits hold on real workers, whoever shares them and whatever happens to the workspace."""

import json
import shutil

from tests.journeys.kit import PLAIN, events, finished, ledger, node, submit, until_event
from tests.machine import Machine, Result, git, until

LANES = ("-m", "role=review,security")


def test_a_worker_is_promised_its_money_before_it_starts_and_others_wait_for_it(box: Machine) -> None:
    limits = ("cost.usd_per_node=0.06", "cost.usd_per_run=0.1")
    (box.root / "s.yaml").write_text("# Thinks for a while.\ndefault: [{text: done, delay: 8}]\n")
    run = submit(box, *LANES, *PLAIN, f"script={box.root / 's.yaml'}", "task=x", *limits)
    until_event(box, run, "held_back")

    waits = [one for one in box.json("queue", "ls")["waiting"] if one["why"] == "budget"]
    assert len(waits) == 1
    assert "0.06 USD of cost.usd_per_run are set aside before it starts" in waits[0]["reason"]
    assert "set aside before it starts" in box.ccorch("show", run).out

    # a broken file of the owner lets nothing start in a run that lives either, and is named
    (box.config / "ceiling.yaml").write_text("usd_per_day: [")
    until(lambda: [one for one in events(box, run) if one["type"] == "held_back"][-1]["limit"] == "ceiling.yaml")
    queue = box.json("queue", "ls")
    assert "nothing new starts until the owner's limits can be read" in queue["note"]
    assert "ceiling.yaml" in next(one for one in queue["waiting"] if one["why"] == "budget")["reason"]
    assert [event["type"] for event in events(box, run)].count("started") == 1
    (box.config / "ceiling.yaml").unlink()
    assert finished(box, run) == "done"
    started = [event["at"] for event in events(box, run) if event["type"] == "started"]
    ended = [event["at"] for event in events(box, run) if event["type"] == "ended"]
    assert started[1] >= ended[0]


def test_every_limit_stops_at_its_amount_and_what_was_spent_stays_spent(box: Machine) -> None:
    run = submit(box, *PLAIN, "script=endless", "task=x", "label=tries", "cost.usd_per_node=0.01")
    assert finished(box, run) == "failed"
    cut = node(box, run)
    # what a provider sends while this machine does not get to read it cannot be unsent
    assert (cut["outcome"], cut["usd"] <= 0.0103) == ("budget_spent", True), cut
    assert "cost.usd_per_node" in cut["reason"] + json.dumps(ledger(box))
    warned = [event for event in events(box, run) if event["type"] == "budget_reached"]
    assert warned[0]["pool"] == "cost.usd_per_node of main"
    assert 0.8 <= warned[0]["share"] < 1

    # neither edits in the run folder, another attempt, a restart nor a new workspace frees what was used
    box.ccorch("serve", "--stop")
    edited = edit_run(box, run)
    assert (edited.status, "with plan" in " ".join(edited.err.split())) == (4, True), edited
    assert box.ccorch("retry", run, "main").status == 0
    assert box.ccorch("resume", run).status == 0
    assert finished(box, run) == "failed"
    again = node(box, run)
    assert (again["attempt"], again["outcome"], again["usd"]) == (2, "budget_spent", cut["usd"])
    shutil.rmtree(box.project / ".agent-workspace")
    git(box.project, "clean", "-fdxq")
    for limit in ("usd_per_day=0.01", "usd_per_month=0.01", "usd_per_profile.scripted=0.01", "usd_per_label=0.01"):
        refused(box, "label=tries", f"+cost.{limit}" if "." in limit.split("=")[0] else f"cost.{limit}")
    refused(box, "cost.tokens_per_node=0.3k", least=("tokens",))
    refused(box, "cost.tokens_per_run=0.3k", least=("tokens",))

    # a node's own budget holds where it is smaller, and keeps the worst case down
    (box.project / "flow.yaml").write_text(
        "name: own\nsummary: Own.\nnodes:\n  - {id: poor, usd: 0.0001}\n  - {id: short, tokens: 0.3k}\n"
    )
    words = (*PLAIN, "script=hello", "task=x", "workflow_file=flow.yaml")
    planned = box.json("plan", *words)
    assert [(one["usd"], one["tokens"]) for one in planned["nodes"]] == [(0.0001, None), (None, 300)]
    told = " ".join(box.ccorch("run", *words).out.split())
    assert "raise nodes.usd and run again" in told
    assert "raise nodes.tokens and run again" in told


def test_a_worker_that_has_spent_its_share_is_asked_for_its_handoff(box: Machine) -> None:
    (box.root / "s.yaml").write_text(
        "# Reads, then hands over when it is asked to.\ndefault:\n"
        '  - tools: [{name: Read, input: {file_path: "{{cwd}}/app.py"}}]\n    usage: {input: 14000, output: 50}\n'
        "  - structured: {schema_version: 1, role: review, status: pass, summary: Half of it is read.,\n"
        "      findings: [], blocking_issues: [], residual_risk: The other half.}\n    repeat: true\n"
    )
    limits = ("cost.usd_per_node=0.03", "cost.handoff_reserve=0.5", "policy.retries.failed_reading=0")
    run = submit(box, "profile=scripted", f"script={box.root / 's.yaml'}", "task=x", *limits)
    assert finished(box, run) == "failed"

    told = node(box, run)
    assert told["outcome"] == "budget_spent", told
    assert "kept for the handoff" in told["reason"]
    handoff = box.project / ".agent-workspace/ccorch/runs" / run / "nodes/main/1/handoff.json"
    assert json.loads(handoff.read_text())["summary"] == "Half of it is read."
    assert told["usd"] <= 0.03


def test_limits_that_mean_nothing_are_refused_by_name_before_anything_starts(box: Machine) -> None:
    strange = ("cost.usd_per_day=-1", "cost.usd_per_node=0", "cost.usd_per_month=1e9", "cost.tokens_per_node=many")
    for words, said in (
        (
            strange,
            (
                "cost.usd_per_day: must be greater than 0",
                "cost.usd_per_node: must be greater than 0",
                "cost.usd_per_month: must be less than or equal to 100000",
                "cost.tokens_per_node: must be a valid integer",
            ),
        ),
        (("cost.usd_per_label=1",), ("this one has none",)),
        (("+cost.usd_per_profile.nobody=1",), ("there is no profile 'nobody'",)),
        (("-m", "role=review,security", "cost.max_nodes=1"), ("cost.max_nodes allows 1",)),
    ):
        result = box.ccorch("run", *words, *PLAIN, "task=x")
        assert result.status in (2, 3), result
        for each in said:
            assert each in " ".join(result.err.split()), result.err
    assert not (box.project / ".agent-workspace").exists()


def edit_run(box: Machine, run: str) -> Result:
    """What a worker could do to its run's folder: spend nothing and allow more; the plan is put back afterwards."""
    folder = box.project / ".agent-workspace/ccorch/runs" / run
    (folder / "ledger.ndjson").unlink()
    (folder / "ledger.ndjson").touch()
    plan, written = folder / "plan.json", (folder / "plan.json").read_text()
    assert '"usd_per_node":0.01' in written
    plan.unlink()
    plan.write_text(written.replace('"usd_per_node":0.01', '"usd_per_node":3.0'))
    result = box.ccorch("retry", run, "main")
    plan.write_text(written)
    return result


def refused(box: Machine, *words: str, least: tuple[str, ...] = ()) -> None:
    """Nothing was started, and the reason says which limit it was and how much is missing."""
    result = box.ccorch("run", *PLAIN, "script=hello", "task=x", *words)
    key = words[-1].removeprefix("+").partition("=")[0].removesuffix(".scripted")
    assert result.status == 1, result
    told = " ".join(result.out.split())
    for said in (key, "a first request of main", "missing", "budget_spent", *least):
        assert said in told, result.out
