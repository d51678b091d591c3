"""Money and token limits hold on real workers, whoever shares them and whatever happens to the workspace."""

import json

from tests.journeys.kit import PLAIN, closed, events, finished, held, ledger, let_go, node, submit, until_event
from tests.machine import Machine, git, until

LANES = ("-m", "role=review,security")
WRITER = (
    "profile=scripted",
    "role=development",
    "role.handoff=null",
    "policy.write=true",
    "task=x",
    "role.commands=[python3]",
)
FLOW = """\
# Two that think, and commands after the first.
name: flow
summary: Two workers and commands.
nodes:
  - {id: one}
  - {id: two}
  - {id: try, needs: [one], checks: true}
"""
FORGES = """
import glob, subprocess
for plan in glob.glob(root + "/ccorch/runs/*/plan.json"):
    text = open(plan).read()
    open(plan, "w").write(text.replace('"usd_per_node":0.01', '"usd_per_node":9.01'))
    open(plan.replace("plan.json", "ledger.ndjson"), "w").write("")
subprocess.run(["git", "clean", "-fdxq"], check=True)
"""
"""A worker's program that allows its node more, forgets what was spent, and cleans its worktree."""
DELETES = "import shutil\nshutil.rmtree(root)\n"


def test_a_worker_is_promised_its_money_before_it_starts_and_others_wait_for_it(box: Machine) -> None:
    limits = ("cost.usd_per_node=0.06", "cost.usd_per_run=0.1", 'checks.commands=[["true"]]')
    (box.project / "flow.yaml").write_text(FLOW)
    run = submit(box, "workflow_file=flow.yaml", *PLAIN, held(box), "task=x", *limits)
    until_event(box, run, "held_back")

    waits = [one for one in box.json("queue", "ls")["waiting"] if one["why"] == "budget"]
    assert len(waits) == 1
    assert "$0.06 of cost.usd_per_run are set aside before it starts" in waits[0]["reason"]
    assert "set aside before it starts" in box.ccorch("show", run).out

    # a broken file of the owner lets nothing start in a run that lives either, commands neither, and is named
    (box.config / "ceiling.yaml").write_text("usd_per_day: [")
    let_go(box)
    until(lambda: kept_waiting(box, run, "ceiling.yaml") == {"one", "two", "try"} - started(box, run))
    queue = box.json("queue", "ls")
    assert "nothing new starts until the owner's limits can be read" in queue["note"]
    waits = [one["reason"] for one in queue["waiting"] if one["why"] == "budget"]
    assert (len(waits), all("ceiling.yaml" in reason for reason in waits)) == (2, True), waits
    assert len(started(box, run)) == 1
    (box.config / "ceiling.yaml").unlink()
    assert finished(box, run) == "done"
    log = [event for event in events(box, run) if event.get("node") in ("one", "two")]
    begun, ended = ([event["at"] for event in log if event["type"] == kind] for kind in ("started", "ended"))
    assert begun[1] >= ended[0]


def test_a_worker_that_edits_or_deletes_its_runs_folder_frees_no_money(box: Machine) -> None:
    run = submit(box, *WRITER, works(box, FORGES), "label=tries", "cost.usd_per_node=0.01")
    until_event(box, run, "finished")
    plan = box.project / ".agent-workspace/ccorch/runs" / run / "plan.json"
    assert '"usd_per_node":9.01' in plan.read_text()

    # neither what it wrote, another attempt nor a restart frees what was used
    box.ccorch("serve", "--stop")
    edited = box.ccorch("retry", run, "main")
    assert (edited.status, "with plan" in " ".join(edited.err.split())) == (4, True), edited
    plan.write_text(plan.read_text().replace('"usd_per_node":9.01', '"usd_per_node":0.01'))
    cut = node(box, run)
    # what a provider sends while this machine does not get to read it cannot be unsent
    assert (cut["outcome"], cut["usd"] <= 0.0103) == ("budget_spent", True), cut
    assert "cost.usd_per_node" in cut["reason"] + json.dumps(ledger(box))
    assert box.ccorch("retry", run, "main").status == 0
    assert box.ccorch("resume", run).status == 0
    assert finished(box, run) == "failed"
    again = node(box, run)
    assert (again["attempt"], again["outcome"], again["usd"]) == (2, "budget_spent", cut["usd"])

    # what is set aside is told beside what is spent, and is no part of it
    warned = next(event for event in events(box, run) if event["type"] == "budget_reached")
    assert (warned["pool"], 0.8 <= warned["share"] < 1) == ("cost.usd_per_node of main", True)
    assert 0.8 <= warned["spent_usd"] / 0.01 < 1
    assert 0 < warned["reserved_usd"] <= 0.0101 - warned["spent_usd"]

    closed(box, run)  # nothing is written any more where the next one deletes
    # a worker that deletes the workspace ends; its run is gone, what it spent is not, and nothing waits for it
    gone = submit(box, *WRITER, works(box, DELETES), "label=tries")
    until(lambda: not (box.project / ".agent-workspace").exists())
    until(lambda: f"run {gone} is lost" in (box.state / "daemon.log").read_text() and not box.claudes())
    git(box.project, "clean", "-fdxq")
    spent = {row["name"]: row["usd"] for row in box.json("usage", "--by", "run")["rows"]}
    assert (round(spent[run] - cut["usd"], 9), spent[gone] > 0) == (0, True)
    for limit in ("cost.usd_per_day", "cost.usd_per_month", "+cost.usd_per_profile.scripted", "cost.usd_per_label"):
        refused(box, "label=tries", f"{limit}=0.01")


def test_limits_in_tokens_and_of_single_nodes_hold_before_a_first_request(box: Machine) -> None:
    for limit in ("cost.tokens_per_node", "cost.tokens_per_run"):
        refused(box, f"{limit}=0.3k", least=("tokens",))

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


def test_whatever_a_provider_says_of_its_usage_the_larger_count_is_booked(box: Machine) -> None:
    read = {"name": "Read", "input": {"file_path": "app.py"}}
    said = ({"input": 0, "output": 0}, {"input": 3, "output": 3}, {"input": 70, "output": 5})
    turns = [{"text": f"{'word ' * 2000}{n}", "tools": [read], "usage": usage} for n, usage in enumerate(said)]
    (box.root / "s.yaml").write_text(f"# Lies.\n{json.dumps({'default': [*turns, {'text': 'done'}]})}\n")
    run = submit(box, *PLAIN, f"script={box.root / 's.yaml'}", "task=x")
    assert finished(box, run) == "done"

    lines = [json.loads(line) for line in ledger(box)]
    *lies, true = (line for line in lines if line["state"] == "closed")
    seen = 2500
    for line in lies:
        assert (line["basis"], line["output_tokens"] >= seen) == ("estimate", True), line
        assert line["nano_usd"] >= seen * 5000
    # its own word stands beside what is booked; a stream begins with one token of output
    assert [line["told_tokens"] for line in lies] == [1, 6, 75]
    assert (true["basis"], true.get("told_tokens")) == ("exact", None)
    assert " ~" in box.ccorch("show", run, "--view", "nodes").out


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
    (box.project / "flow.yaml").write_text("name: f\nsummary: F.\nnodes:\n  - {id: a, usd: .nan}\n")
    strange = ("cost.usd_per_day=-1", "cost.usd_per_node=0", "cost.usd_per_month=1e9", "cost.tokens_per_node=many")
    strange += ("cost.tokens_per_run=9999999M", "cost.max_nodes=.inf")
    for words, said in (
        (
            strange,
            (
                "cost.usd_per_day: must be greater than 0",
                "cost.usd_per_node: must be greater than 0",
                "cost.usd_per_month: must be less than or equal to 100000",
                "cost.tokens_per_node: must be a valid integer",
                "cost.tokens_per_run: must be less than or equal to 1000000000000",
                "cost.max_nodes: must be a valid integer",
            ),
        ),
        (
            ("cost.usd_per_day=nan", "cost.usd_per_node=inf", "cost.usd_per_run=1e400"),
            ("cost.usd_per_day=nan: must",),
        ),
        (("workflow_file=flow.yaml",), ("flow.yaml:4: .nan is not a finite number",)),
        (("cost.usd_per_label=1",), ("this one has none",)),
        (("+cost.usd_per_profile.nobody=1",), ("there is no profile 'nobody'",)),
        (("-m", "role=review,security", "cost.max_nodes=1"), ("cost.max_nodes allows 1",)),
    ):
        result = box.ccorch("run", *words, *PLAIN, "task=x")
        assert result.status in (2, 3), result
        for each in said:
            assert each in " ".join(result.err.split()), result.err
    (box.config / "ceiling.yaml").write_text("usd_per_run: 1\nusd_per_profile: {scripted: 1e400}\n")
    result = box.ccorch("run", *PLAIN, "task=x")
    assert (result.status, "ceiling.yaml:2: 1e400 is not a finite number" in result.err) == (2, True), result
    assert not (box.project / ".agent-workspace").exists()


def kept_waiting(box: Machine, run: str, limit: str) -> set[str]:
    """Nodes that were told to wait for a limit."""
    return {one["node"] for one in events(box, run) if one["type"] == "held_back" and one["limit"] == limit}


def started(box: Machine, run: str) -> set[str]:
    """Nodes that have begun."""
    return {one["node"] for one in events(box, run) if one["type"] == "started"}


def works(box: Machine, program: str) -> str:
    """The override of a script whose worker runs a program of its own and then writes without an end."""
    path = box.root / f"works-{len(list(box.root.glob('works-*.yaml')))}.yaml"
    text = f"root = {str(box.project / '.agent-workspace')!r}\n{program}"
    write = {"name": "Write", "input": {"file_path": "{{cwd}}/go.py", "content": text}}
    run = {"name": "Bash", "input": {"command": "python3 go.py", "description": "work"}}
    ends = {"text": "On: ", "endless": {"text": "and then it went on and on, "}, "pace": 0.005}
    turns = [*({"tools": [tool], "usage": {"input": 500, "output": 50}} for tool in (write, run)), ends]
    path.write_text(f"# Reaches out.\n{json.dumps({'default': turns})}\n")
    return f"script={path}"


def refused(box: Machine, *words: str, least: tuple[str, ...] = ()) -> None:
    """Nothing was started, and the reason says which limit it was and how much is missing."""
    result = box.ccorch("run", *PLAIN, "script=hello", "task=x", *words)
    key = words[-1].removeprefix("+").partition("=")[0].removesuffix(".scripted")
    assert result.status == 1, result
    told = " ".join(result.out.split())
    for said in (key, "a first request of main", "missing", "budget_spent", *least):
        assert said in told, result.out
