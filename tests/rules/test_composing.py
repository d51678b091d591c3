"""Promises of workflows that stand within others."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccorch.plan.expand import expand
from ccorch.plan.faults import faults
from ccorch.rules.composing import Flat, composed
from ccorch.rules.graph import batches
from ccorch.rules.nesting import DEEPEST, MOST_VERTICES
from ccorch.schema.role import Role
from ccorch.schema.workflow import Workflow
from tests.plan_kit import ROLE

TESTER = Role(name="testing", summary="Tries.", prompt="Try.", handoff="testing")


def flow(*nodes: dict[str, Any], **more: Any) -> Workflow:
    return Workflow.model_validate({"name": "w", "summary": "W.", "nodes": list(nodes), **more})


def gate(id: str, *needs: str, **more: Any) -> dict[str, Any]:
    return {"id": id, "kind": "gate", "needs": list(needs), **more}


MEND = flow(
    {"id": "build", "task": "Build {part}, {depth}, {other}."},
    {"id": "try", "role": "tester", "needs": ["build"]},
    gate("ok", "try", pass_when=['try.status == "pass"'], on_fail={"reopen": "build", "max": 1}),
    roles={"tester": TESTER},
    inputs={"part": None, "depth": "shallow"},
)
PAIR = flow({"id": "x"}, {"id": "y"})
PARTS = {"mend": MEND, "pair": PAIR, "loop": flow({"id": "a", "workflow": "loop"}), "empty": flow()}


def flat(*nodes: dict[str, Any], **more: Any) -> Flat:
    return composed(flow(*nodes, **more), PARTS)


def found(*nodes: dict[str, Any], **more: Any) -> dict[str, str]:
    return {fault.key: fault.message for fault in faults(flat(*nodes, **more), ROLE)}


def mend(id: str = "m", **more: Any) -> dict[str, Any]:
    return {"id": id, "workflow": "mend", "inputs": {"part": "it"}, **more}


def test_needs_gates_and_fields_cross_the_border() -> None:
    made = flat(
        {"id": "plan"},
        mend(needs=["plan"], task="Be quick.", model="m1"),
        {"id": "after", "needs": ["m", "m.build"]},
        gate(
            "all",
            "m",
            pass_when=["m.try.failure_count == 0", 'm.status == "pass"'],
            on_fail={"reopen": "m", "max": 1},
        ),
    )
    assert faults(made, ROLE) == ()
    done = expand(made, "l")

    assert {task.id: task.needs for task in done.tasks} == {
        "l.plan": (),
        "l.m.build": ("l.plan",),
        "l.m.try": ("l.m.build",),
        "l.after": ("l.m.ok", "l.m.build"),
    }
    assert (done.tasks[1].words, done.tasks[1].member.model) == ("Be quick.\nBuild it, shallow, {other}.", "m1")
    assert done.tasks[2].member.role == "m.tester"
    inner, outer = done.gates
    assert inner.on_fail is not None
    assert outer.on_fail is not None
    assert (inner.on_fail.reopen, outer.on_fail.reopen) == ("l.m.build", "l.m.build")
    assert outer.pass_when == ('node("l.m.try").failure_count == 0', 'node("l.m.ok").status == "pass"')


def test_it_is_done_for_each_item_and_only_where_its_condition_holds() -> None:
    made = flat(
        {"id": "a"},
        {**mend(fan_out=["x", "y"], when="a.attempt > 1", needs=["a"]), "inputs": {"part": "the {item}"}},
        gate("end", "m"),
    )
    assert faults(made, ROLE) == ()
    done = expand(made, None)

    assert [task.words for task in done.tasks][1::2] == [
        "Build the x, shallow, {other}.",
        "Build the y, shallow, {other}.",
    ]
    assert {task.when for task in done.tasks[1:]} == {"a.attempt > 1"}
    assert [one.when for one in done.gates] == ["a.attempt > 1", "a.attempt > 1", None]
    assert 'node("m.2.ok").state == "omitted"' in done.gates[2].pass_when[0]


WRONG: dict[str, tuple[list[dict[str, Any]], str, str]] = {
    "a circle": ([{"id": "a", "workflow": "loop"}], "part:loop.nodes.0.workflow", "loop → loop"),
    "foreign keys": ([mend(role="tester")], "workflow.nodes.0.role", "role belongs to the nodes of it"),
    "a gate": ([mend(kind="gate")], "workflow.nodes.0.kind", "no gate"),
    "no input": ([{"id": "a", "workflow": "mend"}], "workflow.nodes.0.inputs", "needs inputs.part"),
    "unknown input": (
        [{**mend(), "inputs": {"part": "", "prat": ""}}],
        "workflow.nodes.0.inputs",
        "no input 'prat'",
    ),
    "inputs of nothing": ([{"id": "a", "inputs": {"x": "y"}}], "workflow.nodes.0.inputs", "names no workflow"),
    "nothing in it": ([{"id": "a", "workflow": "empty"}], "workflow.nodes.0.workflow", "has no nodes"),
    "no items": ([mend(fan_out=[])], "workflow.nodes.0.fan_out", "no items"),
    "an unknown need": ([{"id": "plan"}, mend(needs=["paln"])], "workflow.nodes.1.needs", "Did you mean 'plan'?"),
    "a need within": (
        [mend(), {"id": "b", "needs": ["m.bulid"]}],
        "workflow.nodes.1.needs",
        "Did you mean 'm.build'?",
    ),
    "two ends": (
        [{"id": "p", "workflow": "pair"}, gate("g", "p", pass_when=['p.status == "pass"'])],
        "workflow.nodes.1.pass_when",
        "ends with p.x, p.y; name one of them",
    ),
    "two beginnings": (
        [{"id": "p", "workflow": "pair"}, gate("g", "p", on_fail={"reopen": "p", "max": 1})],
        "workflow.nodes.1.on_fail",
        "reopen one of them: p.x, p.y",
    ),
    "a cycle over the border": (
        [mend(needs=["b"]), {"id": "b", "needs": ["m"]}],
        "workflow.nodes.0.needs",
        "cycle: m.build → b → m.ok → m.try → m.build",
    ),
    "a condition of the whole": (
        [{"id": "a"}, mend(needs=["a"], when='a.statsu == "pass"')],
        "workflow.nodes.1.when",
        "Did you mean 'status'?",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_told_where_it_was_written(case: str) -> None:
    nodes, key, said = WRONG[case]
    told = found(*nodes)

    assert key in told, told
    assert said in told[key]


@pytest.mark.parametrize("name", ["item", "a b", "{x}", ""])
def test_an_input_has_a_name_that_can_be_written_between_braces(name: str) -> None:
    assert "is no name of an input" in found({"id": "a"}, inputs={name: "x"})["workflow.inputs"]


def test_what_nobody_gives_to_the_whole_is_asked_for() -> None:
    assert "workflow.inputs.part=…" in found({"id": "a"}, inputs={"part": None})["workflow.inputs"]
    assert expand(flat({"id": "a", "task": "Do {part}."}, inputs={"part": "it"}), None).tasks[0].words == "Do it."


def test_neither_depth_nor_width_is_without_end() -> None:
    chain = {f"c{depth}": flow({"id": "a", "workflow": f"c{depth + 1}"}) for depth in range(DEEPEST + 1)}
    deep = composed(flow({"id": "a", "workflow": "c0"}), chain | {f"c{DEEPEST + 1}": PAIR})
    assert f"more than {DEEPEST} workflows within each other: c0 → c1" in faults(deep, ROLE)[0].message

    items = [str(number) for number in range(60)]
    wide = {
        "a": flow({"id": "a", "workflow": "b", "fan_out": items}),
        "b": flow({"id": "a", "workflow": "c", "fan_out": items}),
    }
    many = composed(flow({"id": "a", "workflow": "a", "fan_out": items}), wide | {"c": PAIR})
    assert any(f"more than {MOST_VERTICES} nodes" in fault.message for fault in many.faults)
    assert len(many.workflow.nodes) <= 2 * MOST_VERTICES


@st.composite
def workflows(draw: st.DrawFn) -> Workflow:
    """Workflows whose nodes are work, gates or one of the parts, in any order."""
    nodes: list[dict[str, Any]] = []
    for number in range(draw(st.integers(1, 6))):
        before = [node["id"] for node in nodes]
        needs = draw(st.lists(st.sampled_from(before), unique=True, max_size=3)) if before else []
        kinds: list[dict[str, Any]] = [
            {},
            {"fan_out": ["x", "y"]},
            mend(),
            mend(fan_out=["x", "y"]),
            {"workflow": "pair"},
        ]
        more = draw(st.sampled_from([*kinds, *([{"kind": "gate"}] if needs else [])]))
        nodes.append({**more, "id": f"n{number}", "needs": needs})
    return flow(*draw(st.permutations(nodes)))


@given(workflows())
def test_what_stands_within_comes_after_what_it_needs_and_before_what_needs_it(workflow: Workflow) -> None:
    made = composed(workflow, PARTS)
    assert faults(made, ROLE) == ()
    done = expand(made, None)
    needs = {one.id: one.needs for one in (*done.tasks, *done.gates)}
    layers = {name: place for place, layer in enumerate(batches(needs)) for name in layer}

    assert layers.keys() == needs.keys()
    for node in workflow.nodes:
        for need in node.needs:
            mine = [name for name in layers if name == node.id or name.startswith(f"{node.id}.")]
            theirs = [name for name in layers if name == need or name.startswith(f"{need}.")]
            assert min(layers[name] for name in mine) > max(layers[name] for name in theirs)
