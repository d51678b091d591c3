"""Promises of what a command proves: only one that could have failed says anything."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccorch.ports import Ran
from ccorch.rules.change_summary import summary_of
from ccorch.rules.patch import files_of
from ccorch.schema.change import ChangedFile
from ccorch.schema.checks import Checks
from ccorch.verify.result import kept_tests, needs_trial, protected
from ccorch.verify.trial import Attempted, Tried, proof

ENDS = st.one_of(st.none(), st.builds(Ran, st.integers(-2, 3), st.just("said"), st.booleans()))


def tried(before: Ran | None, after: Ran | None, is_invariant: bool = False) -> Tried:
    return Tried(("try",), is_invariant, Attempted(before, "b.log"), Attempted(after, "r.log"))


@given(ENDS, ENDS, st.booleans())
def test_it_passes_only_where_it_could_have_failed(
    before: Ran | None, after: Ran | None, is_invariant: bool
) -> None:
    said = proof(tried(before, after, is_invariant))
    works = before is not None and after is not None and after.status == 0 and not after.timed_out
    could_fail = before is not None and before.status != 0

    assert (said.judgement == "pass") == (works and (could_fail or is_invariant))
    assert (said.judgement == "blocked") == (before is None or after is None)
    assert said.evidence == ("b.log", "r.log")


def test_a_vacuous_test_is_called_so() -> None:
    said = proof(tried(Ran(0, ""), Ran(0, "")))

    assert (said.judgement, said.reason.split(":")[0]) == ("unknown", "vacuous")


def changed(path: str, how: str = "modified", was: str | None = None) -> ChangedFile:
    return ChangedFile.model_validate(
        {"path": path, "how": how, "was": was, "mode": "100644", "was_mode": "100644"}
    )


def test_a_deleted_or_hidden_test_does_not_pass() -> None:
    gone = (changed("tests/test_a.py", "deleted"), changed("old/a.txt", "renamed", "tests/test_b.py"))
    for one in gone:
        assert kept_tests(Checks(), [one]).judgement == "fail"
        assert kept_tests(Checks(keep_tests=False), [one]).judgement == "pass"
    assert kept_tests(Checks(), [changed("tests/test_c.py", "renamed", "tests/test_b.py")]).judgement == "pass"


def test_what_judges_may_not_be_touched_under_any_of_its_names() -> None:
    checks = Checks(protected=("checks/**",))

    assert protected(checks, [changed("x.py", "renamed", "checks/x.py")]).judgement == "fail"
    assert protected(checks, [changed("x.py")]).judgement == "pass"


OF_FILES = {
    ("requirements.txt", None): True,
    ("CLAUDE.md", None): True,
    ("docs/conf.py", None): True,
    ("tests/requirements.txt", None): True,
    ("docs/a.md", "src/a.py"): True,
    ("docs/.gitignore", "docs/b.md"): True,
    ("config/notes.md", None): False,
    ("docs/logo.png", None): False,
    ("tests/server/test_a.py", None): False,
    ("tests/test_b.py", "tests/test_a.py"): False,
    ("a.md", "docs/b.txt"): False,
}


@pytest.mark.parametrize(("names", "needs"), OF_FILES.items())
def test_a_diff_and_a_verdict_tell_alike_whether_a_change_needs_tests(
    names: tuple[str, str | None], needs: bool
) -> None:
    path, was = names
    head = f"diff --git a/{was or path} b/{path}\nsimilarity index 100%\n"
    patch = f"{head}rename from {was}\nrename to {path}\n" if was else head
    one = changed(path, "renamed" if was else "modified", was)

    assert summary_of(files_of(patch.encode())).needs_tests == needs
    assert needs_trial(Checks(), [one]) == needs


def test_whoever_declares_what_a_test_is_declares_it_for_a_diff_too() -> None:
    checks = Checks(tests=("probes/**",))
    patch = b"diff --git a/probes/a.py b/probes/a.py\nold mode 100644\nnew mode 100755\n"

    assert not summary_of(files_of(patch), checks).needs_tests
    assert not needs_trial(checks, [changed("probes/a.py")])


def test_only_code_needs_to_be_tried() -> None:
    assert needs_trial(Checks(), [changed("app.py")])
    assert not needs_trial(Checks(), [changed("README.md"), changed("tests/test_a.py"), changed("docs/x.png")])
    assert not needs_trial(Checks(need_tests=False), [changed("app.py")])
