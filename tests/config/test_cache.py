"""Compositions are kept on disk: quick, harmless when broken, and without Hydra in a new process."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from ccorch.config import cache
from ccorch.config.compose import Resolver
from tests.config.conftest import Tree
from tests.effort import effort

PROBE = """
import sys
from pathlib import Path
from ccorch.config.compose import ComposeRequest, compose
project, user, kept = map(Path, sys.argv[1:])
composed = compose(ComposeRequest(
    project, ("role=security", "policy.max_turns=9", "label=a b", "attach=[a, 'b c']"),
    user_dir=user, task="${x:y}", cache_dir=kept,
))
print(composed.config.role.name, composed.origins.lookup("role.name").place.rpartition("/")[2])
print([name for name in ("hydra", "omegaconf", "antlr4", "jsonschema") if name in sys.modules])
"""


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """Folders whose resolver knows no composition yet."""
    return Tree(tmp_path)


def in_a_new_process(tree: Tree, kept: Path) -> list[str]:
    words = [sys.executable, "-c", PROBE, str(tree.project), str(tree.user), str(kept)]
    root = str(Path(cache.__file__).parents[2])
    done = subprocess.run(words, capture_output=True, text=True, check=True, env={"PYTHONPATH": root})
    return done.stdout.splitlines()


def test_a_second_process_needs_no_hydra(tree: Tree, tmp_path: Path) -> None:
    first = in_a_new_process(tree, tmp_path / "kept")
    second = in_a_new_process(tree, tmp_path / "kept")

    assert first == ["security security.yaml:2", "['hydra', 'omegaconf', 'antlr4']"]
    assert second == ["security security.yaml:2", "[]"]


def test_there_is_time_for_something_else_only_where_hydra_is_asked(tree: Tree, tmp_path: Path) -> None:
    calls: list[str] = []

    tree.compose(cache_dir=tmp_path / "kept", meanwhile=lambda: calls.append("anew"))
    tree.compose(cache_dir=tmp_path / "kept", meanwhile=lambda: calls.append("kept in memory"))
    Resolver().compose(tree.request(cache_dir=tmp_path / "kept", meanwhile=lambda: calls.append("kept on disk")))

    assert calls == ["anew"]


def test_the_kept_files_are_private_json_without_leftovers(tree: Tree, tmp_path: Path) -> None:
    tree.compose(cache_dir=tmp_path / "kept")

    (path,) = (tmp_path / "kept").iterdir()
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert json.loads(path.read_text())["data"]["role"]["name"] == "review"
    assert "do it" not in path.read_text()


@pytest.mark.parametrize(
    "broken",
    ["", "{", "[]", "{}", "null", '{"data": [], "settings": [], "chosen": [], "stamps": []}', "\x00", "[" * 9999],
)
def test_a_broken_file_is_ignored_and_replaced(tree: Tree, tmp_path: Path, broken: str) -> None:
    kept = tmp_path / "kept"
    good = tree.compose(cache_dir=kept).data
    (path,) = kept.iterdir()
    path.write_text(broken)

    assert Resolver().compose(tree.request(cache_dir=kept)).data == good
    assert json.loads(path.read_text())["data"]


def test_a_changed_file_makes_the_kept_composition_stale(tree: Tree, tmp_path: Path) -> None:
    path = tree.write("project", "config.yaml", "label: one\n")
    assert tree.compose(cache_dir=tmp_path / "kept").config.label == "one"
    path.write_text("label: two\n")

    assert Resolver().compose(tree.request(cache_dir=tmp_path / "kept")).config.label == "two"


def test_whoever_has_no_options_shares_what_ccorch_brings(tree: Tree, tmp_path: Path) -> None:
    kept, other = tmp_path / "kept", Tree(tmp_path / "other")
    tree.write("user", "ceiling.yaml", "max_concurrent: 1\n")
    (other.project / ".ccorch").mkdir()
    for one in (tree, other):
        one.compose(cache_dir=kept)
    assert len(list(kept.iterdir())) == 1

    other.write("project", "config.yaml", "label: mine\n")
    tree.write("user", "roles/review.yaml", "defaults: [/builtin/role/review, _self_]\nsummary: Mine.\n")
    assert other.compose(cache_dir=kept).config.label == "mine"
    assert tree.compose(cache_dir=kept).config.role.summary == "Mine."


def test_what_was_used_last_is_kept(tree: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "KEPT_ON_DISK", 2)
    for role in ("review", "security", "review", "testing"):
        Resolver().compose(tree.request(f"role={role}", cache_dir=tmp_path / "kept"))

    names = {json.loads(path.read_text())["data"]["role"]["name"] for path in (tmp_path / "kept").iterdir()}
    assert names == {"review", "testing"}


@pytest.mark.parametrize("fails_at", [1, 2, 3])
def test_a_disk_that_fails_at_any_step_costs_only_time(
    tree: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails_at: int
) -> None:
    steps = ["mkdir", "mkstemp", "replace"]
    owners = {"mkdir": Path, "mkstemp": tempfile, "replace": os}
    name = steps[fails_at - 1]

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(owners[name], name, full)

    assert tree.compose(cache_dir=tmp_path / "kept").config.role.name == "review"
    monkeypatch.undo()
    assert list((tmp_path / "kept").glob("*.new")) == []


def test_a_cache_dir_that_is_a_file_is_ignored(tree: Tree, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("x")

    assert tree.compose(cache_dir=tmp_path / "kept").config.role.name == "review"


def test_only_so_many_are_kept(tree: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "KEPT_ON_DISK", 2)
    monkeypatch.setattr(cache, "KEPT_IN_MEMORY", 2)
    for role in ("review", "security", "testing"):
        tree.compose(f"role={role}", cache_dir=tmp_path / "kept")

    assert len(list((tmp_path / "kept").iterdir())) == 2


def test_a_warm_call_is_far_quicker_than_a_composition(tree: Tree) -> None:
    request = tree.request("role=security", "policy.max_turns=9")
    tree.resolver.compose(request)

    def often() -> None:
        for _ in range(50):
            tree.resolver.compose(request)

    assert effort(often, enough=0.05) < 0.05, "more than a millisecond each"
