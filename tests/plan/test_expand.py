"""Promises of expanding authored workflows, and of finding everything that is wrong with them."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccorch.plan.expand import Expanded, expand
from ccorch.plan.faults import faults
from ccorch.rules.composing import composed
from ccorch.rules.graph import batches
from ccorch.rules.nesting import MOST_VERTICES
from ccorch.schema.role import Role
from ccorch.schema.workflow import Workflow
from tests.plan_kit import ROLE

TESTER = Role(name="testing", summary="Tries.", prompt="Try.", handoff="testing")
REVIEWER = Role(name="review", summary="Reads.", prompt="Read.", handoff="review")


def flow(*nodes: dict[str, Any], **more: Any) -> Workflow:
    return Workflow.model_validate({"name": "w", "summary": "W.", "nodes": list(nodes), **more})


def found(workflow: Workflow, role: Role = TESTER) -> dict[str, str]:
    return {fault.key: fault.message for fault in faults(composed(workflow), role)}


def gate(*needs: str, **more: Any) -> dict[str, Any]:
    return {"id": "g", "kind": "gate", "needs": list(needs), **more}


MANY = 3_000
LARGE: dict[str, tuple[Callable[[int], dict[str, Any]], int, str]] = {
    "unknown needs": (lambda n: {"id": f"n{n}", "needs": [f"m{n}"]}, MANY, "'m7', which does not exist"),
    "a long cycle": (
        lambda n: {"id": f"n{n}", "needs": [f"n{(n + 1) % MANY}"]},
        1,
        "→ n29 → … 2,970 more … → n0",
    ),
    "reopened strangers": (
        lambda n: gate(*([f"g{n - 1}"] if n else ["n0"]), id=f"g{n}", on_fail={"reopen": "n0x", "max": 1}),
        MANY,
        "Did you mean 'n0'?",
    ),
    "reopened later": (
        lambda n: gate(f"g{n - 1}" if n else "n0", id=f"g{n}", on_fail={"reopen": f"g{MANY - 1}", "max": 1}),
        MANY,
        "which it does not judge",
    ),
    "unknown nodes": (
        lambda n: {"id": f"n{n}", "needs": [f"n{n - 1}"] * (n > 0), "when": f'zz{n}.status == "pass"'},
        MANY,
        "there is no node 'zz7'. Known: n6, n5",
    ),
}
"""Nodes of which many are wrong, how many faults there are, and what is said of one of the first."""

A = {"id": "a"}
WRONG: dict[str, tuple[Workflow, str, str]] = {
    "nothing": (flow(), "workflow.nodes", "no nodes"),
    "twice": (flow(A, A), "workflow.nodes.1.id", "'a' is declared twice"),
    "a member's name": (flow({"id": "a", "fan_out": ["x"]}, {"id": "a.1"}), "workflow.nodes.1.id", "twice"),
    "no name": (
        flow({"id": "a", "each": "roles"}, roles={"Loud": REVIEWER}),
        "workflow.nodes.0.id",
        "cannot be a node's name",
    ),
    "unknown need": (flow({"id": "build"}, {"id": "b", "needs": ["biuld"]}), "workflow.nodes.1.needs", "'build'?"),
    "cycle": (
        flow({"id": "a", "needs": ["b"]}, {"id": "b", "needs": ["a"]}),
        "workflow.nodes.0.needs",
        "cycle: a → b → a",
    ),
    "commands and a role": (
        flow({"id": "a", "role": "t", "commands": [["x"]]}, roles={"t": TESTER}),
        "workflow.nodes.0.role",
        "runs commands; role is for nodes with a worker",
    ),
    "two kinds of commands": (
        flow({"id": "a", "checks": True, "commands": [["x"]]}),
        "workflow.nodes.0.checks",
        "checks: true adds nothing",
    ),
    "no checks": (flow({"id": "a", "checks": True}), "workflow.nodes.0.checks", "and there are none"),
    "a gate with checks": (flow(A, gate("a", checks=True)), "workflow.nodes.1.checks", "checks belongs to work"),
    "behind a cycle": (
        flow({"id": "a", "needs": ["a"]}, {"id": "b", "needs": ["a"]}),
        "workflow.nodes.1.needs",
        "'b' is never reached",
    ),
    "itself": (flow({"id": "a", "needs": ["a"]}), "workflow.nodes.0.needs", "cycle: a → a"),
    "idle gate": (flow(A, gate()), "workflow.nodes.1", "judges nothing"),
    "unknown role": (
        flow({"id": "a", "role": "tster"}, roles={"tester": TESTER}),
        "workflow.nodes.0.role",
        "Did you mean 'tester'?",
    ),
    "gate with a task": (flow(A, gate("a", task="x")), "workflow.nodes.1.task", "task belongs to work"),
    "work with a condition": (
        flow({"id": "a", "pass_when": ["x"]}),
        "workflow.nodes.0.pass_when",
        "belongs to gate",
    ),
    "empty fan-out": (flow({"id": "a", "fan_out": []}), "workflow.nodes.0.fan_out", "no items"),
    "two fan-outs": (
        flow({"id": "a", "fan_out": ["x"], "each": "voters"}),
        "workflow.nodes.0.each",
        "has a fan-out and",
    ),
    "no roles": (flow({"id": "a", "each": "roles"}), "workflow.roles", "there is none"),
    "no voters": (flow({"id": "a", "each": "voters"}, voters=[]), "workflow.voters", "there is none"),
    "no sources": (flow(A, sources=[]), "workflow.sources", "name them in workflow.sources"),
    "role of each": (
        flow({"id": "a", "each": "roles", "role": "r"}, roles={"r": REVIEWER}),
        "workflow.nodes.0.role",
        "names none itself",
    ),
    "missing node": (flow(A, gate("a", pass_when=['b.status == "pass"'])), "workflow.nodes.1.pass_when", "no node"),
    "missing field": (
        flow(A, gate("a", pass_when=['a.statsu == "pass"'])),
        "workflow.nodes.1.pass_when",
        "Did you mean 'status'?",
    ),
    "no expression": (flow(A, gate("a", pass_when=["a.status = 1"])), "workflow.nodes.1.pass_when", "write =="),
    "later node": (
        flow(A, gate("a", pass_when=['c.status == "pass"']), {"id": "c"}),
        "workflow.nodes.1.pass_when",
        "no node 'c'",
    ),
    "reopens a stranger": (
        flow(A, {"id": "bb"}, gate("a", on_fail={"reopen": "b", "max": 1})),
        "workflow.nodes.2.on_fail",
        "does not judge",
    ),
    "reopens a fan-out": (
        flow({"id": "a", "fan_out": ["x", "y"]}, gate("a", on_fail={"reopen": "a", "max": 1})),
        "workflow.nodes.1.on_fail",
        "a fan-out",
    ),
    "foreign answer": (
        flow(A, gate("a", approval={"question": "?", "passes": ["yes"]})),
        "workflow.nodes.1.approval",
        "'yes' is none of its choices",
    ),
    "no answer passes": (
        flow(A, gate("a", approval={"question": "?", "passes": []})),
        "workflow.nodes.1.approval",
        "never passes",
    ),
    "late without default": (
        flow(A, gate("a", approval={"question": "?", "deadline_seconds": 1})),
        "workflow.nodes.1.approval",
        "no default answer",
    ),
    "default without deadline": (
        flow(A, gate("a", approval={"question": "?", "default": "reject"})),
        "workflow.nodes.1.approval",
        "no deadline",
    ),
    "too many": (
        flow({"id": "a", "fan_out": ["x"] * (MOST_VERTICES + 1)}),
        "workflow.nodes",
        "more than the 10000",
    ),
}


@pytest.mark.parametrize("name", LARGE)
def test_a_large_workflow_that_is_wrong_everywhere_is_told_without_a_walk_for_each_fault(name: str) -> None:
    node, count, said = LARGE[name]
    first = [{"id": "n0"}] if name.startswith("reopened") else []

    told = faults(composed(flow(*first, *map(node, range(MANY)))), TESTER)

    assert len(told) == count
    assert any(said in fault.message for fault in told[:50])


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_told_at_its_key(name: str) -> None:
    workflow, key, said = WRONG[name]

    assert said in found(workflow)[key]


def test_everything_is_told_at_once() -> None:
    workflow = flow(
        {"id": "a", "needs": ["nobody"]},
        {"id": "b", "role": "nobody"},
        gate("a", pass_when=["a.x == 1"]),
        {"id": "h", "kind": "gate"},
        {"id": "c", "needs": ["d"]},
        {"id": "d", "needs": ["c"]},
    )

    assert list(found(workflow)) == [
        "workflow.nodes.3",
        "workflow.nodes.1.role",
        "workflow.nodes.0.needs",
        "workflow.nodes.4.needs",
        "workflow.nodes.2.pass_when",
    ]


def test_a_gate_speaks_of_what_its_needs_need_too() -> None:
    chain = flow(A, {"id": "b", "needs": ["a"]}, gate("b", pass_when=['a.status == "pass"']))

    assert found(chain) == {}


def test_of_several_roles_a_gate_can_ask_what_all_of_them_tell() -> None:
    roles = {"testing": TESTER, "review": REVIEWER}

    def asking(text: str) -> dict[str, str]:
        return found(flow({"id": "t", "each": "roles"}, gate("t", pass_when=[text]), roles=roles))

    assert asking('all(t.status == "pass" and t.blocking_count == 0)') == {}
    assert "no field 'finding_count'" in asking("all(t.finding_count == 0)")["workflow.nodes.1.pass_when"]


def test_members_are_numbered_and_know_their_item() -> None:
    each = {"id": "each", "fan_out": ["x", "y"], "task": "Do {item}."}
    made = expand(composed(flow(each, {"id": "z", "needs": ["each"]})), None)

    assert [(task.id, task.words, task.fan_out) for task in made.tasks] == [
        ("each.1", "Do x.", "each"),
        ("each.2", "Do y.", "each"),
        ("z", None, None),
    ]
    assert made.tasks[2].needs == ("each.1", "each.2")


def test_each_role_and_each_voter_is_a_member_with_its_pins() -> None:
    roles = {"testing": TESTER, "review": REVIEWER}
    workflow = flow(
        {"id": "t", "each": "roles", "model": "m"},
        {"id": "v", "each": "voters", "profile": "p"},
        roles=roles,
        voters=[{"profile": "q"}, {"model": "n"}],
    )
    members = [task.member for task in expand(composed(workflow), None).tasks]

    assert [(one.id, one.role, one.profile, one.model) for one in members] == [
        ("t.testing", "testing", None, "m"),
        ("t.review", "review", None, "m"),
        ("v.1", None, "q", None),
        ("v.2", None, "p", "n"),
    ]


@pytest.mark.parametrize(
    ("rule", "voters", "enough"), [("majority", 3, 2), ("majority", 4, 3), ("unanimous", 3, 3), ("first", 3, 1)]
)
def test_a_gate_of_voters_counts_their_votes(rule: str, voters: int, enough: int) -> None:
    workflow = flow({"id": "v", "each": "voters"}, gate("v"), voters=voters, decide=rule)
    (made,) = expand(composed(workflow), None).gates

    assert made.pass_when == (f'count(v.status == "pass") >= {enough}',)
    assert (made.decide, made.votes) == (rule, tuple(f"v.{number}" for number in range(1, voters + 1)))


def test_lanes_rename_conditions_and_targets() -> None:
    workflow = flow(
        A,
        gate("a", pass_when=['a.status == "pass"'], on_fail={"reopen": "a", "max": 1}),
        {**A, "id": "b", "when": "a.attempt > 1", "needs": ["a"]},
    )
    made = expand(composed(workflow), "l")

    assert made.gates[0].pass_when == ('node("l.a").status == "pass"',)
    assert made.gates[0].on_fail is not None
    assert made.gates[0].on_fail.reopen == "l.a"
    assert made.tasks[1].when == 'node("l.a").attempt > 1'
    assert made.tasks[1].needs == ("l.a",)


@st.composite
def dags(draw: st.DrawFn) -> Workflow:
    """Workflows of work, fan-outs and gates in any order, each of which is right."""
    nodes: list[dict[str, Any]] = []
    for number in range(draw(st.integers(1, 8))):
        before = [node["id"] for node in nodes]
        needs = draw(st.lists(st.sampled_from(before), unique=True, max_size=3)) if before else []
        more: dict[str, Any] = draw(
            st.sampled_from([{}, {"fan_out": ["x", "y"]}, {"kind": "gate"}, {"each": "voters"}])
        )
        nodes.append({"id": f"n{number}", "needs": needs, **(more if needs or more != {"kind": "gate"} else {})})
    return flow(*draw(st.permutations(nodes)), voters=draw(st.integers(1, 3)))


@given(dags(), st.sampled_from([None, "lane"]))
def test_what_has_no_faults_becomes_a_graph_that_can_be_done(workflow: Workflow, lane: str | None) -> None:
    assert faults(composed(workflow), TESTER) == ()
    made = expand(composed(workflow), lane)
    needs = _needs(made)

    assert len(needs) == len(made.tasks) + len(made.gates)
    assert sum(map(len, batches(needs))) == len(needs)
    assert all(name.startswith("lane.") for name in needs) or lane is None


@given(dags())
def test_order_of_declaration_changes_no_vertex(workflow: Workflow) -> None:
    other = workflow.model_copy(update={"nodes": tuple(reversed(workflow.nodes))})

    assert _needs(expand(composed(workflow), None)) == _needs(expand(composed(other), None))


def _needs(made: Expanded) -> dict[str, tuple[str, ...]]:
    gates = {gate.id: gate.needs for gate in made.gates}
    return {task.id: task.needs for task in made.tasks} | gates


def test_a_role_without_a_contract_tells_only_how_it_ended() -> None:
    workflow = flow(A, gate("a", pass_when=["a.blocking_count == 0"]))

    assert "no field 'blocking_count'" in found(workflow, ROLE)["workflow.nodes.1.pass_when"]
