"""Promises of reading the older workflow format."""

from typing import Any

import pytest
from pydantic import ValidationError

from ccorch.rules.workflow_v1 import Translated, roles_named, translated
from ccorch.schema.policy import Output
from ccorch.schema.role import Role
from ccorch.schema.workflow import Reopen
from ccorch.schema.workflow_v1 import WorkflowV1

MAKER = Role(name="implementation", summary="Makes.", prompt="Make.", permission="write", handoff="implementation")
TESTER = Role(name="testing", summary="Tries.", prompt="Try.", handoff="testing")
ROLES = {"implementation": MAKER, "testing": TESTER}
WORKER = {"role": "testing", "outputs": ["report"]}


def file(nodes: dict[str, Any], **more: Any) -> WorkflowV1:
    return WorkflowV1.model_validate({"schema_version": 1, "id": "old", "nodes": nodes, **more})


def read(nodes: dict[str, Any], **more: Any) -> Translated:
    return translated(file(nodes, **more), ROLES)


def test_workers_and_gates_become_nodes() -> None:
    make = {"role": "implementation", "task": "Do it.", "outputs": "patch", "allow_write": True}
    made = read(
        {
            "make": {**make, "write_scope": {"allow": ["src/**"], "deny": ["src/x"]}},
            "try": {**WORKER, "needs": "make", "timeout_seconds": 60},
            "ok": {
                "type": "gate",
                "needs": ["try"],
                "pass_when": ["try.status == 'pass'", "try.blocking_count == 0"],
                "on_fail": {"retry": "make", "max_retries": 2},
            },
        },
        defaults={"timeout_seconds": 600},
    )
    maker, tester, gate = made.workflow.nodes

    assert made.problems == ()
    assert (maker.role, maker.task, maker.timeout_seconds) == (
        "implementation",
        "Do it.\nWhat is asked of you: patch.",
        600,
    )
    assert maker.write_scope is not None
    assert maker.write_scope.allow == ("src/**",)
    assert {"src/x", ".claude/**"} <= set(maker.write_scope.deny)
    assert (tester.needs, tester.timeout_seconds) == (("make",), 60)
    assert gate.pass_when == ('try.status == "pass"', "try.blocking_count == 0")
    assert gate.on_fail == Reopen(reopen="make", max=2)


def test_a_role_that_may_write_only_reads_where_the_file_does_not_allow_it() -> None:
    made = read({"look": {**WORKER, "role": "implementation"}})

    assert made.workflow.nodes[0].role == "implementation_reading"
    assert made.workflow.roles["implementation_reading"].permission == "read"


def test_no_retries_are_no_reopening() -> None:
    gate = {"type": "gate", "needs": ["t"], "on_fail": {"retry": "t", "max_retries": 0}}

    assert read({"t": WORKER, "g": gate}).workflow.nodes[1].on_fail is None


@pytest.mark.parametrize(
    ("node", "place", "said"),
    [
        ({"outputs": ["x"]}, (), "names no role"),
        ({"role": "testing"}, (), "names no outputs"),
        ({**WORKER, "role": "implementation", "allow_write": True}, (), "no write_scope"),
        ({**WORKER, "write_scope": {"allow": ["a"]}}, ("write_scope",), "may not write"),
        ({**WORKER, "allow_write": True, "write_scope": {"allow": ["a"]}}, ("role",), "only reads"),
        ({**WORKER, "pass_when": ["x"]}, ("pass_when",), "is a worker, which has no pass_when"),
        ({"type": "gate", "needs": ["t"], "task": "x"}, ("task",), "is a gate, which has no task"),
        ({"type": "gate", "needs": ["t"], "pass_when": ["t.status = 1"]}, ("pass_when",), "write =="),
    ],
)
def test_what_a_node_lacks_or_says_in_vain_is_a_problem(node: Any, place: tuple[str, ...], said: str) -> None:
    ((where, told),) = read({"t": WORKER, "n": node}).problems

    assert where == ("nodes", "n", *place)
    assert said in told


@pytest.mark.parametrize(
    "nodes",
    [
        {"a": {**WORKER, "need": ["b"]}},
        {"a": {**WORKER, "allow_wirte": True}},
        {"a": {**WORKER, "mock_status": "passed"}},
        {"a": {**WORKER, "write_scope": {"allow": []}}},
        {"a": {"type": "gate", "on_fail": {"retry": "a"}}},
        {"a": {"type": "gate", "on_fail": {"max_retries": 1}}},
        {"a": {"type": "gate", "on_fail": {"retry": "a", "max_retries": 21}}},
        {"A b": WORKER},
        {},
    ],
)
def test_typos_and_missing_keys_are_refused(nodes: Any) -> None:
    with pytest.raises(ValidationError):
        file(nodes)


def test_mock_keys_are_endings_of_simulated_attempts() -> None:
    made = read(
        {
            "a": {**WORKER, "mock_status": "fail"},
            "b": {**WORKER, "mock_status_sequence": ["fail", "pass"], "mock_status": "blocked"},
            "c": {**WORKER, "mock_missing_handoff": ["summary"]},
            "d": WORKER,
        }
    )

    assert made.simulate == {"a": ("fail",), "b": ("fail", "pass"), "c": ("no_handoff",)}


def test_limits_of_a_file_are_kept() -> None:
    scope = {"allow_write": True, "write_scope": {"allow": ["a"], "max_diff_lines": 9}}
    output = {"final_only": True, "max_output_bytes": 0, "max_events_bytes": 5000}
    made = read({"m": {**WORKER, "role": "implementation", **scope}}, defaults=output)

    assert made.output == Output(final_only=True, events_hard_bytes=5000)
    assert read({"m": WORKER}).output is None
    kept = made.workflow.nodes[0].write_scope
    assert kept is not None
    assert kept.max_diff_lines == 9


def test_every_role_is_named_with_the_place_of_its_first_mention() -> None:
    named = roles_named(file({"a": WORKER, "b": WORKER, "c": {**WORKER, "role": "nobody"}}))

    assert named == {"testing": ("nodes", "a", "role"), "nobody": ("nodes", "c", "role")}
    assert translated(file({"c": {**WORKER, "role": "nobody"}}), ROLES).workflow.nodes[0].role is None
