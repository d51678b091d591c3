"""Promises of schema/handoff.py: contracts, their JSON Schemas and what contradicts a status."""

import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from ccorch.errors import ConfigInvalid
from ccorch.schema.bench import SUITE_CONTRACTS
from ccorch.schema.contracts import OF_CASES, OF_ROLES
from ccorch.schema.handoff import CONTRACTS, check, contract, schema_of

BASE = {"schema_version": 1, "status": "pass", "summary": "looked at it"}
MAKING: dict[str, Any] = {"changed_files": [], "write_scope": [], "commands_run": []}
FIELDS: dict[str, dict[str, Any]] = {
    "requirements": {"requirements": [], "boundaries": [], "acceptance_criteria": []},
    "architecture": {"touched_files": [], "dependencies": [], "plan": [], "risks": []},
    "development": MAKING,
    "implementation": MAKING,
    "testing": {"tests_run": [], "failures": [], "coverage_gaps": []},
    "review": {"findings": [], "blocking_issues": [], "residual_risk": "none known"},
    "security": {"findings": [], "secret_exposure": [], "permissions": [], "blocking_status": "clear"},
    "supervisor": {"verdict": "accept", "confidence": 1, "objections": [], "missing_evidence": []},
    "ops": {"deploy_impact": "none", "rollback": "revert", "observability": "log", "release_risk": "low"},
}
ISSUE = {"title": "wrong sum", "detail": "shop/cart.py:33 discounts twice"}
FINDING = {"severity": "high", "title": "wrong sum", "detail": "discounts twice"}
REVIEW_BYTES, ANY_BYTES = 2000, 2600


def handoff(name: str, **changes: Any) -> dict[str, Any]:
    return {**BASE, "role": name, **FIELDS.get(name, {}), **changes}


def said(name: str, **changes: Any) -> str:
    found, problems = check(name, handoff(name, **changes), name)
    assert found is None
    return "\n".join(problems)


def test_every_contract_is_known_by_its_name_before_it_is_loaded() -> None:
    assert (tuple(CONTRACTS), tuple(SUITE_CONTRACTS)) == (OF_ROLES, OF_CASES)


@pytest.mark.parametrize("name", CONTRACTS)
def test_the_smallest_handoff_of_a_contract_is_taken_by_check_and_by_its_json_schema(name: str) -> None:
    Draft202012Validator(schema_of(name)).validate(handoff(name))

    found, problems = check(name, handoff(name), name)

    assert problems == ()
    assert isinstance(found, CONTRACTS[name])
    assert check(name, json.loads(found.model_dump_json()), name) == (found, ())


@pytest.mark.parametrize("name", CONTRACTS)
def test_every_field_of_a_contract_is_owed(name: str) -> None:
    for field in handoff(name):
        short = {key: value for key, value in handoff(name).items() if key != field}

        assert check(name, short, name) == (None, (f"{field}: Field required",))
        assert not Draft202012Validator(schema_of(name)).is_valid(short)


@pytest.mark.parametrize("name", CONTRACTS)
def test_a_json_schema_is_one_small_object_that_says_what_each_field_is_for(name: str) -> None:
    schema = schema_of(name)
    text = json.dumps(schema)

    Draft202012Validator.check_schema(schema)
    assert schema["type"] == "object"
    assert not any(word in text for word in ("$ref", "$defs", "anyOf", '"default"', '"null"'))
    assert all(field["description"] for field in schema["properties"].values())
    assert len(text) <= (REVIEW_BYTES if name == "review" else ANY_BYTES)


def test_each_call_gives_its_own_schema() -> None:
    schema_of("review")["properties"].clear()

    assert schema_of("review")["properties"]


@pytest.mark.parametrize("name", CONTRACTS)
def test_pass_with_a_blocking_issue_is_a_contradiction(name: str) -> None:
    assert "status pass contradicts blocking issue 'wrong sum'" in said(name, blocking_issues=[ISSUE])


@pytest.mark.parametrize("status", ["fail", "blocked", "needs_repair"])
@pytest.mark.parametrize("name", sorted(set(CONTRACTS) - {"supervisor"}))
def test_another_status_than_pass_needs_a_reason(name: str, status: str) -> None:
    assert said(name, status=status) == f"status {status} names no reason; add it to blocking_issues"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("documentation", {"blocking_issues": [ISSUE]}),
        ("review", {"findings": [FINDING]}),
        ("testing", {"failures": [ISSUE]}),
        ("testing", {"coverage_gaps": ["no test of shop/cart.py:33"]}),
        ("architecture", {"risks": [ISSUE]}),
        ("security", {"secret_exposure": [{"kind": "API key", "file": "settings.py"}]}),
        ("supervisor", {"verdict": "revise", "missing_evidence": ["no test was run"]}),
        ("supervisor", {"verdict": "reject", "objections": ["cart.py:33 says otherwise"]}),
    ],
)
def test_a_reason_may_stand_in_any_list_of_the_contract(name: str, reason: dict[str, Any]) -> None:
    assert check(name, handoff(name, status="fail", **reason), name)[1] == ()


@pytest.mark.parametrize(
    ("name", "contradiction", "words"),
    [
        ("review", {"findings": [{**FINDING, "severity": "critical"}]}, "critical finding 'wrong sum'"),
        ("testing", {"failures": [ISSUE]}, "failure 'wrong sum'"),
        ("security", {"blocking_status": "blocking"}, "blocking_status blocking"),
        (
            "security",
            {"status": "fail", "blocking_issues": [ISSUE]},
            "blocking_status clear contradicts blocking issue 'wrong sum'",
        ),
        ("supervisor", {"verdict": "reject"}, "status pass contradicts verdict reject"),
        (
            "supervisor",
            {"status": "fail", "objections": ["no"]},
            "status fail contradicts verdict accept",
        ),
    ],
)
def test_what_contradicts_the_status_is_named(name: str, contradiction: dict[str, Any], words: str) -> None:
    assert words in said(name, **contradiction)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"role": "security"}, "role: Input should be 'review'"),
        ({"schema_version": 2}, "schema_version: Input should be 1"),
        ({"schema_version": "1"}, "schema_version: Input should be 1"),
        ({"summary": ""}, "summary: String should have at least 1 character"),
        ({"summary": "x" * 2001}, "summary: String should have at most 2000 characters"),
        ({"status": "done"}, "status: Input should be 'pass', 'fail', 'blocked' or 'needs_repair'"),
        ({"run_id": "7"}, "run_id: Extra inputs are not permitted"),
        ({"findings": "none"}, "findings: Input should be a valid tuple"),
        ({"findings": [{**FINDING, "line": 3}]}, "findings.0: a line needs its file"),
        (
            {"findings": [{**FINDING, "file": "a.py", "line": 0}]},
            "findings.0.line: Input should be greater than or equal to 1",
        ),
        ({"residual_risk": None}, "residual_risk: Input should be a valid string"),
    ],
)
def test_a_problem_names_its_place(change: dict[str, Any], words: str) -> None:
    assert words in said("review", **change)


def test_all_problems_are_told_at_once() -> None:
    assert len(check("review", {"role": "review"}, "review")[1]) == 6


def test_a_null_place_of_a_finding_is_the_same_as_none() -> None:
    nowhere = {**FINDING, "file": None, "line": None}

    assert check("review", handoff("review", findings=[nowhere]), "review") == check(
        "review", handoff("review", findings=[FINDING]), "review"
    )


def test_nothing_given_is_a_problem_of_the_role_that_owes_it() -> None:
    assert check("review", None, "triage") == (
        None,
        ("role 'triage' owes a review handoff as structured output and gave none",),
    )


def test_an_unknown_contract_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ConfigInvalid, match="no handoff contract 'poem'") as refused:
        contract("poem")

    assert "review" in refused.value.hint


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(list(handoff("review"))), inner),
    max_leaves=10,
)


@given(st.sampled_from(list(CONTRACTS)), JSON)
def test_whatever_a_worker_gives_is_either_a_handoff_or_problems_in_words(name: str, data: Any) -> None:
    found, problems = check(name, data, name)

    assert (found is None) == bool(problems)


@given(st.data())
def test_what_check_takes_the_json_schema_takes(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(list(CONTRACTS)))
    issues = st.lists(st.fixed_dictionaries({"title": st.text(max_size=3), "detail": st.text(max_size=3)}))
    changes = data.draw(
        st.fixed_dictionaries(
            {}, optional={"status": st.sampled_from(["pass", "fail", "odd"]), "blocking_issues": issues}
        )
    )
    given_data = handoff(name, **changes)

    if not check(name, given_data, name)[1]:
        Draft202012Validator(schema_of(name)).validate(given_data)


def test_yaml_gives_the_same_handoff_as_json() -> None:
    text = json.dumps(handoff("review", findings=[FINDING]))

    assert check("review", yaml.safe_load(text), "review") == check("review", json.loads(text), "review")
