"""Promises of the view of several handoffs side by side."""

import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ccorch.rules.rehearsal import rehearsed_handoff
from ccorch.schema.plan import Plan, PlanGate
from ccorch.schema.role import Role
from ccorch.schema.team import Saying, TeamView
from ccorch.schema.workflow import Decision
from ccorch.views.team import team
from tests.plan_kit import node, plan

REVIEW = Role(name="review", summary="Reads.", prompt="Read.", handoff="review")
TESTING = Role(name="testing", summary="Tries.", prompt="Try.", handoff="testing")


def review(*findings: dict[str, Any], status: str = "pass", residual: str = "Nothing was run.") -> dict[str, Any]:
    said = {"findings": list(findings), "residual_risk": residual, "summary": f"It is {status}."}
    return rehearsed_handoff("review", status) | said  # type: ignore[arg-type]


def finding(title: str, severity: str = "high", file: str | None = None, line: int | None = None) -> dict[str, Any]:
    return {"severity": severity, "title": title, "detail": "Why.", "file": file, "line": line}


def beside(*names: str, role: Role = REVIEW) -> Plan:
    return plan(*(node(name, role=role) for name in names))


def seen(given: dict[str, Any], of: Plan | None = None) -> TeamView:
    view = team(of or beside(*given), given)
    assert view is not None
    return view


def voting(rule: Decision, *votes: str | None) -> TeamView:
    names = tuple(f"v.{number}" for number, _ in enumerate(votes, 1))
    gate = PlanGate(id="g", needs=names, votes=names, decide=rule)
    given = {name: review(status=vote) for name, vote in zip(names, votes, strict=True) if vote}
    return seen(given, plan(*(node(name, role=REVIEW) for name in names), gates=(gate,)))


def test_one_title_in_two_spellings_is_an_agreement() -> None:
    (found,) = seen({"a": review(finding("SQL injection!")), "b": review(finding("sql  Injection"))}).agreements

    assert found.about == "SQL injection!"
    assert {(one.node, one.says) for one in found.sayings} == {
        ("a", "high: SQL injection!"),
        ("b", "high: sql  Injection"),
    }


def test_nearly_one_place_under_two_titles_is_an_agreement_and_another_file_is_none() -> None:
    one, other = finding("Built from text", file="a.py", line=20), finding("Injection", file="a.py", line=22)

    (found,) = seen({"a": review(one), "b": review(other)}).agreements
    assert {saying.place for saying in found.sayings} == {"a.py:20", "a.py:22"}
    for apart in ({"file": "b.py"}, {"line": 30}):
        assert seen({"a": review(one), "b": review({**other, **apart})}).agreements == ()


def test_what_one_says_twice_is_no_agreement() -> None:
    assert seen({"a": review(finding("X"), finding("x")), "b": review()}).agreements == ()


def test_requirements_that_several_name_are_agreements() -> None:
    role = Role(name="requirements", summary="Asks.", prompt="Ask.", handoff="requirements")
    handoff = rehearsed_handoff("requirements", "pass") | {"requirements": ["Old orders stay readable."]}

    assert len(seen({"a": handoff, "b": handoff}, beside("a", "b", role=role)).agreements) == 1


def test_another_status_is_a_conflict_with_who_says_what() -> None:
    (conflict,) = seen({"a": review(), "b": review(status="fail")}).conflicts

    assert conflict.kind == "status"
    assert [(one.node, one.says) for one in conflict.sayings] == [
        ("a", "pass: It is pass."),
        ("b", "fail: It is fail."),
    ]


def test_one_place_called_differently_bad_is_a_conflict() -> None:
    given = {name: review(finding("X", severity)) for name, severity in (("a", "low"), ("b", "high"))}
    (conflict,) = seen(given).conflicts

    assert conflict.kind == "severity"
    assert [one.says for one in conflict.sayings] == ["low: X", "high: X"]


def test_what_was_not_looked_at_is_open() -> None:
    handoff = rehearsed_handoff("testing", "pass") | {"coverage_gaps": ["No test of add, app.py:1"]}
    mixed = plan(node("a", role=REVIEW), node("b", role=TESTING))

    assert [(one.node, one.says) for one in seen({"a": review(), "b": handoff}, mixed).questions] == [
        ("a", "Nothing was run."),
        ("b", "No test of add, app.py:1"),
    ]


def test_nodes_one_after_the_other_are_no_team() -> None:
    chain = plan(node("a", role=REVIEW), node("b", "a", role=REVIEW))

    assert team(chain, {"a": review(), "b": review()}) is None
    assert team(beside("a", "b"), {"a": review()}) is None


def test_an_invalid_handoff_says_nothing() -> None:
    assert team(beside("a", "b"), {"a": review(), "b": {"status": "pass"}}) is None


def test_a_majority_a_tie_and_a_missing_vote() -> None:
    (most,) = voting("majority", "pass", "pass", "fail").tallies
    (tie,) = voting("majority", "pass", "fail").tallies
    (missing,) = voting("majority", "pass", None, None).tallies

    assert (most.passes, most.is_tie, most.counts) == (True, False, {"fail": 1, "pass": 2})
    assert (tie.passes, tie.is_tie) == (False, True)
    assert (missing.passes, missing.missing) == (False, ("v.2", "v.3"))


def test_unanimous_takes_all_and_first_takes_the_first_in_declared_order() -> None:
    assert not voting("unanimous", "pass", "blocked").tallies[0].passes
    assert voting("unanimous", "pass", "pass").tallies[0].passes
    assert voting("first", "fail", "pass", "pass").tallies[0].taken == "v.2"


FINDINGS = st.lists(
    st.builds(
        lambda title, severity, place: finding(title, severity, *place),
        st.text("aAbB !", min_size=1, max_size=3),
        st.sampled_from(["low", "high"]),
        st.sampled_from([(None, None), ("a.py", None), ("a.py", 1), ("a.py", 3), ("a.py", 9), ("b.py", 2)]),
    ),
    max_size=4,
)
GIVEN = st.fixed_dictionaries(dict.fromkeys(("a", "b", "c"), FINDINGS))


@given(GIVEN, st.permutations(["a", "b", "c"]), st.randoms())
def test_order_changes_nothing(given: dict[str, Any], order: list[str], chance: Any) -> None:
    mixed = {name: sorted(given[name], key=lambda _: chance.random()) for name in order}

    assert seen({name: review(*given[name]) for name in given}) == seen(
        {name: review(*mixed[name]) for name in order}, beside(*order)
    )


@given(GIVEN)
def test_everything_was_said_by_the_one_who_is_named(given: dict[str, Any]) -> None:
    view = seen({name: review(*found) for name, found in given.items()})
    groups = [*(one.sayings for one in view.agreements), *(one.sayings for one in view.conflicts)]

    for saying in (*view.questions, *(one for group in groups for one in group)):
        assert _words(saying) in {
            *(found["title"] for found in given[saying.node]),
            "Nothing was run.",
            "It is pass.",
        }
    assert all(len({one.node for one in group}) > 1 for group in groups)
    titles = {found["title"] for all_of in given.values() for found in all_of}
    assert all(re.sub(r" \([ab]\.py(:\d)?\)$", "", one.about) in titles for one in view.agreements)


def _words(saying: Saying) -> str:
    return re.sub(r"^(low|high|pass): ", "", saying.says)
