"""Judges what a run has made as a whole: which tests it touches, and whether anything tries it."""

from collections.abc import Sequence

from ccorch.rules import change_summary
from ccorch.rules.amounts import some
from ccorch.rules.risks import risks_of
from ccorch.rules.scope import matches
from ccorch.schema.change import ChangedFile
from ccorch.schema.checks import Checks
from ccorch.schema.difference import Risk
from ccorch.schema.ids import short_id
from ccorch.schema.verdict import Check


def is_test(checks: Checks, path: str) -> bool:
    """Whether the file is a test that a change may bring."""
    return matches(checks.tests, path) and not matches(checks.protected, path)


def protected(checks: Checks, changed: Sequence[ChangedFile]) -> Check:
    """Whether what judges was left alone."""
    touched = [
        f"{one.path} was {one.how}" for one in changed if any(matches(checks.protected, p) for p in names(one))
    ]
    if touched:
        return Check(name="protected files", judgement="fail", reason=some(touched))
    count = f"none of {', '.join(checks.protected)} is touched" if checks.protected else "none are declared"
    return Check(name="protected files", judgement="pass", reason=count)


def kept_tests(checks: Checks, changed: Sequence[ChangedFile]) -> Check:
    """Whether every test is still there."""
    gone = [one.path for one in changed if one.how == "deleted" and matches(checks.tests, one.path)]
    gone += [
        f"{one.was} → {one.path}"
        for one in changed
        if one.was and matches(checks.tests, one.was) and not matches(checks.tests, one.path)
    ]
    if gone and checks.keep_tests:
        said = f"tests were deleted: {some(gone)}; `checks.keep_tests=false` allows it"
        return Check(name="tests kept", judgement="fail", reason=said)
    return Check(
        name="tests kept", judgement="pass", reason=f"deleted: {some(gone)}" if gone else "none was deleted"
    )


def needs_trial(checks: Checks, changed: Sequence[ChangedFile]) -> bool:
    """Whether nothing passes here before a command has tried it."""
    return checks.need_tests and needs_tests(checks, changed)


def needs_tests(checks: Checks, changed: Sequence[ChangedFile]) -> bool:
    """Whether the change is of a kind that a command should try."""
    return change_summary.needs_tests((name for one in changed for name in names(one)), checks.tests)


def risks(changed: Sequence[ChangedFile]) -> tuple[Risk, ...]:
    """Every class of risk, by the names that the files have or had."""
    return tuple(sorted({risk for one in changed for name in names(one) for risk in risks_of(name)}))


def untried(run: str) -> Check:
    """That nothing has tried a change which needs it."""
    said = f"the change needs a test and none was run; `ccorch verify {short_id(run)} --test CMD` runs one"
    return Check(name="tests", judgement="unknown", reason=said)


def names(one: ChangedFile) -> tuple[str, ...]:
    """Every name that the file has or had."""
    return (one.path, one.was) if one.was else (one.path,)
