"""Promises of what a change may be: every path, every line, every link, and what git ignores."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ccorch.rules.checkout import differences, is_grave
from ccorch.rules.scope import trespasses
from ccorch.schema.change import ChangedFile, ChangeRecord
from ccorch.schema.policy import WriteScope

SRC = WriteScope(allow=("src/**",))
PATHS = st.lists(st.sampled_from(["src", "tests", "a.py", ".env", "x"]), min_size=1, max_size=3).map("/".join)
MARKS = st.dictionaries(
    st.sampled_from(["HEAD", "index", "refs/heads/main", "file a", "hooks/x", "config"]), st.text()
)


def entry(
    path: str, added: int = 1, deleted: int = 0, target: str | None = None, was: str | None = None
) -> ChangedFile:
    how = "renamed" if was else "modified"
    return ChangedFile(
        path=path, was=was, how=how, mode="100644", was_mode="100644", added=added, deleted=deleted, target=target
    )  # type: ignore[arg-type]


def record(*entries: ChangedFile, ignored: tuple[str, ...] = ()) -> ChangeRecord:
    files = [name for one in entries for name in (one.path, one.was) if name]
    return ChangeRecord(base="a", commit="b", files=tuple(files), entries=entries, ignored=ignored)


@example([], ["src/.env/src"])
@given(st.lists(PATHS, max_size=4), st.lists(PATHS, max_size=4))
def test_a_change_is_allowed_exactly_when_all_of_it_is(changed: list[str], ignored: list[str]) -> None:
    every = [*changed, *ignored]
    allowed = all(path.startswith("src/") and ".env" not in path.split("/") for path in every)

    assert (trespasses(SRC, record(*map(entry, changed), ignored=tuple(ignored))) == ()) == allowed


@given(st.integers(1, 5), st.integers(1, 20), st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=8))
def test_files_and_lines_are_counted_exactly(files: int, lines: int, sizes: list[tuple[int, int]]) -> None:
    scope = WriteScope(allow=("**",), max_files=files, max_diff_lines=lines)
    change = record(*(entry(f"f{n}", *size) for n, size in enumerate(sizes)))
    said = trespasses(scope, change)

    assert any("max_files" in one for one in said) == (len(sizes) > files)
    assert any("max_diff_lines" in one for one in said) == (sum(map(sum, sizes)) > lines)


def test_both_names_of_a_rename_must_be_allowed() -> None:
    assert "app.py" in trespasses(SRC, record(entry("src/app.py", was="app.py")))[0]


@pytest.mark.parametrize(("target", "leads_out"), [
    ("/etc/passwd", True), ("../../x", True), ("../x", False), ("a/../../../x", True), ("b.py", False),
])  # fmt: skip
def test_links_may_not_leave_the_project(target: str, leads_out: bool) -> None:
    assert bool(trespasses(SRC, record(entry("src/a", target=target)))) == leads_out


def test_what_tools_leave_behind_counts_only_where_it_is_denied() -> None:
    left = ("__pycache__/a.pyc", ".pytest_cache/x", "node_modules/a/b.js")

    assert trespasses(SRC, record(ignored=left)) == ()
    assert "node_modules/.env" in trespasses(SRC, record(ignored=("node_modules/.env",)))[0]
    assert "build.log" in trespasses(SRC, record(ignored=("build.log",)))[0]


@given(MARKS, MARKS)
def test_a_checkout_differs_exactly_where_its_marks_do(before: dict[str, str], after: dict[str, str]) -> None:
    told = differences(before, after)
    names = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    if "refs/heads/main" in after and "refs/heads/main" in names:
        names -= {name for name in names if name not in after and name.startswith("file ")}

    assert [one.rpartition(" ")[0].removesuffix(" is") for one in told] == sorted(names)
    assert {one for one in told if is_grave(one)} == {one for one in told if one.startswith(("hooks/", "config"))}
