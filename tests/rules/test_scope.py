"""The write scope: the rule over paths and the table of the shim say the same."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccorch.adapters.process.shim.fence import Fence
from ccorch.rules.scope import allows, fence, trespasses, violations
from ccorch.schema.change import ChangedFile, ChangeRecord
from ccorch.schema.policy import WriteScope
from ccorch.schema.role import Role

WRITER = Role(
    name="development", summary="Writes.", prompt="Write.", tools=("Edit", "Write", "Bash"), permission="write"
)
PARTS = st.sampled_from(
    ["src", "tests", ".env", ".ENV", "a.py", "b.txt", ".git", ".GiT", "git~1", ".git.", ".git:x", "config", "x"]
)
PATHS = st.lists(PARTS, min_size=1, max_size=4).map("/".join)
GLOBS = st.sampled_from(
    ["**", "src/**", "src/", "*.py", "**/*.py", "src/*", "**/.env*", ".env*", "tests/?.py", ".git/**", "src/a.py"]
)


@given(st.lists(GLOBS, max_size=3), st.lists(GLOBS, max_size=3), PATHS)
def test_rule_and_table_judge_every_path_alike(allow: list[str], deny: list[str], path: str) -> None:
    scope = WriteScope(allow=tuple(allow), deny=tuple(deny))
    root = os.path.realpath("/nowhere/root")
    objection = Fence(fence(WRITER, scope, [root]), root).objection("Write", {"file_path": f"{root}/{path}"})

    assert (objection is None) == allows(scope, path)


@pytest.mark.parametrize("path", ["../app.py", "/etc/passwd", "../../x"])
def test_nothing_outside_the_project_is_ever_inside_the_scope(path: str) -> None:
    assert not allows(WriteScope(allow=("**", "**/*.py"), deny=()), path)


def test_secrets_are_denied_at_any_depth_by_default() -> None:
    paths = (".env", "src/.env", "src/.env.local", "a/.git/config", "src/a.py")

    assert violations(WriteScope(), paths) == paths[:-1]


GITS = (".git", "a/.GIT/b", "git~1", "GIT~1/x", ".git ", ".git..", ".git::$INDEX_ALLOCATION/x", "a\\.git\\b")


@pytest.mark.parametrize("path", [*GITS, ".g\u200cit/x"])
def test_what_git_takes_for_its_own_on_any_machine_is_never_in_a_scope(path: str) -> None:
    assert not allows(WriteScope(allow=("**",), deny=()), path)


@pytest.mark.parametrize("path", [".gitignore", "a.git/x", "git~10", ".github/a", "git/a"])
def test_what_only_looks_like_it_may_be_written(path: str) -> None:
    assert allows(WriteScope(), path)


def test_what_is_no_plain_file_and_links_to_what_is_gits_stand_against_a_change() -> None:
    link = ChangedFile(path="src/g", how="added", mode="120000", was_mode="000000", target="../.Git/hooks")
    change = ChangeRecord(base="b", commit="c", files=("src/g",), entries=(link,), odd=("src/p is a pipe",))

    assert trespasses(WriteScope(), change) == (
        "links to what is git's: src/g → ../.Git/hooks",
        "no plain files: src/p is a pipe",
    )


def test_a_tool_that_is_not_the_roles_is_denied(tmp_path: Path) -> None:
    judged = Fence(fence(WRITER, WriteScope(), [str(tmp_path)]), str(tmp_path))

    assert judged.objection("WebFetch", {"url": "http://x"})
    assert judged.objection("StructuredOutput", {}) is None
