"""The fence never passes a path outside its roots or a command that a shell could read differently."""

from __future__ import annotations

import os
import shlex
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccorch.adapters.process.shim.fence import Fence, simple_command

KEYS = {"Edit": "file_path", "Write": "file_path", "NotebookEdit": "notebook_path"}
TOOLS = {"Read": "allow", "Edit": "path", "Write": "path", "NotebookEdit": "path", "Bash": "command"}


def table(root: Path, rules: list[list[str]] | None = None, **more: Any) -> dict[str, Any]:
    return {
        "version": 1,
        "roots": [str(root)],
        "tools": TOOLS,
        "path_rules": [["allow", "**"]] if rules is None else rules,
        "path_keys": KEYS,
        "commands": [["git", "status"], ["git", "diff"], ["pytest"]],
        "commands_default": "deny",
        **more,
    }


def passes(fence: Fence, tool: str, **arguments: object) -> bool:
    return fence.objection(tool, arguments) is None


@pytest.fixture
def worktree(tmp_path: Path) -> Path:
    root = tmp_path / "tree"
    (root / "src" / "deep").mkdir(parents=True)
    (tmp_path / "outside").mkdir()
    (root / "out").symlink_to(tmp_path / "outside")
    (root / "src" / "up").symlink_to("..")
    (root / "alias").symlink_to(root / "src")
    (root / "deep").symlink_to(root / "src" / "deep")
    return root


@pytest.mark.parametrize(
    ("path", "ok"),
    [
        ("src/a.py", True),
        ("src/deep/new/dir/a.py", True),
        ("src/../src/a.py", True),
        ("alias/a.py", True),
        ("src", False),
        ("a.py", False),
        ("src/.env", False),
        ("src/.env.local", False),
        ("src/x.env", True),
        ("../outside/a", False),
        ("src/../../outside/a", False),
        ("out/a", False),
        ("src/up/a.py", False),
        ("src/up/src/a.py", True),
        ("/etc/passwd", False),
        ("~/x", False),
        (" src/a.py", False),
        ("src/a.py\u00a0", False),
        ("\ufeff/etc/passwd", False),
        ("src/a\0b", False),
        ("src/a\nb", False),
        ("src/e\u0301", False),
        ("src/\u00e9", True),
        ("SRC/a.py", False),
        ("", False),
        (None, False),
        (["src/a.py"], False),
    ],
)
def test_paths(worktree: Path, path: object, ok: bool) -> None:
    rules = [["allow", "src/**"], ["deny", "**/.env*"]]
    fence = Fence(table(worktree, rules), str(worktree))

    assert passes(fence, "Write", file_path=path) is ok


def test_the_last_matching_rule_wins_and_no_rule_denies(worktree: Path) -> None:
    fence = Fence(table(worktree, [["deny", "src/**"], ["allow", "src/*.py"]]), str(worktree))

    assert passes(fence, "Edit", file_path="src/a.py")
    assert not passes(fence, "Edit", file_path="src/deep/a.py")
    assert not passes(Fence(table(worktree, []), str(worktree)), "Edit", file_path="a")


def test_a_further_root_is_opened_by_absolute_patterns_only(worktree: Path) -> None:
    other = worktree.parent / "outside"
    roots = {"roots": [str(worktree), str(other)]}

    closed = Fence(table(worktree, [["allow", "**"]], **roots), str(worktree))
    opened = Fence(table(worktree, [["allow", f"{other}/**"]], **roots), str(worktree))

    assert not passes(closed, "Write", file_path=str(other / "a"))
    assert passes(opened, "Write", file_path=str(other / "a"))


def test_brackets_in_patterns_are_names(worktree: Path) -> None:
    fence = Fence(table(worktree, [["allow", "src/[id].tsx"]]), str(worktree))

    assert passes(fence, "Write", file_path="src/[id].tsx")
    assert not passes(fence, "Write", file_path="src/i.tsx")


def test_unknown_tools_and_unreadable_tables_are_denied(worktree: Path, tmp_path: Path) -> None:
    assert not passes(Fence(table(worktree), str(worktree)), "WebFetch", url="x")
    broken = tmp_path / "fence.json"
    for content in (
        "",
        "[]",
        "{}",
        '{"version":2,"roots":[]}',
        '{"version":1,"roots":[],"path_rules":[["allow"]]}',
    ):
        broken.write_text(content)
        assert not passes(Fence.read(str(broken), "/"), "Read", file_path="x")
    assert not passes(Fence.read(str(tmp_path / "missing"), "/"), "Read")


@pytest.mark.parametrize(
    ("command", "ok"),
    [
        ("git status", True),
        ("  git   diff HEAD~1 -- src/a.py ", True),
        ('pytest -k "a and b" --tb=short', True),
        ("pytest 'tests/a b.py'", True),
        ("git log", False),
        ("git", False),
        ("gitstatus", False),
        ("git -C . status", False),
        ("git status; rm -rf .", False),
        ("git status && ls", False),
        ("git status | tee x", False),
        ("git diff > x", False),
        ("git diff < x", False),
        ("git status &", False),
        ("git diff `id`", False),
        ("git diff $(id)", False),
        ("git diff $HOME", False),
        ("git status\nid", False),
        ("git status\rid", False),
        ("git diff \\; id", False),
        ('git diff "$(id)"', False),
        ("git diff 'unfinished", False),
        ("git diff *.py", False),
        ("git diff {a,b}", False),
        ("git diff ~/x", False),
        ("git diff # x", False),
        ("PAGER=x git diff", False),
        ("=git diff", False),
        ("git diff --output=x", False),
        ("git diff --outp=x", False),
        ("git diff '--out'put=x", False),
        ("git diff --ext-diff", False),
        ("git diff -Ox", False),
        ("git status\u00a0x", False),
        ("", False),
        (None, False),
    ],
)
def test_commands(worktree: Path, command: object, ok: bool) -> None:
    fence = Fence(table(worktree), str(worktree))

    assert passes(fence, "Bash", command=command) is ok


EVERY = [["git"], ["git", "diff"], ["pytest"]]

REFUSED = [
    "git grep -nO'touch /tmp/x' hello",
    "git grep -O hello",
    "git grep -Oless hello",
    "git grep --open-files-in-pager=less hello",
    "git grep --op hello",
    "git grep --no-index hello /etc",
    "git grep --no-in hello /etc",
    "git grep -f /etc/passwd",
    "git grep -nf/etc/passwd",
    "git grep --file=/etc/passwd",
    "git grep --textconv x",
    "git diff --no-index /etc/passwd /dev/null",
    "git diff --no-ind a /etc/passwd",
    "git diff /etc/passwd /dev/null",
    "git diff -- /etc/passwd /dev/null",
    "git diff ../outside/a src/a.py",
    "git diff src/../../outside/a src/a.py",
    "git diff ..",
    "git diff deep/../../outside/a src/a.py",
    "git diff -pO/etc/passwd",
    "git diff --output=x",
    "git diff --output x",
    "git diff --outp=x",
    "git diff --o=x",
    "git log -p --output=x",
    "git show '--output'=x HEAD",
    "git show --ext-diff",
    "git show --ext",
    "git show --textconv",
    "git show --textc",
    "git blame --contents /etc/passwd src/a.py",
    "git blame --con=/etc/passwd src/a.py",
    "git blame --ignore-revs-file=/etc/passwd src/a.py",
    "git blame -S /etc/passwd src/a.py",
    "git blame -sS/etc/passwd src/a.py",
    "git cat-file --filters HEAD:a",
    "git ls-remote --upload-pack=x .",
    "git ls-remote --exec=x .",
    "git ls-files -oX/etc/passwd",
    "git ls-files --exclude-from=/etc/passwd",
    "git archive -ox HEAD",
    "git status --pathspec-from-file=/etc/passwd",
    "git -p log",
    "git --paginate log",
    "git -c core.pager=x log",
    "git -C /etc diff",
    "git -C/etc diff",
    "git --git-dir=/x/.git log",
    "git --git-dir /x/.git log",
    "git --work-tree=/ diff",
    "git --exec-path=/tmp status",
    "git --config-env=core.pager=X log",
    "git --namespace=x log",
]


@pytest.mark.parametrize("command", REFUSED)
def test_reading_git_neither_writes_nor_starts_nor_leaves(worktree: Path, command: str) -> None:
    refuses(worktree, command)


@pytest.mark.parametrize(
    "command",
    [
        "git status --short --branch",
        "git diff --stat HEAD~1..HEAD -- src/a.py",
        "git diff main...topic/x",
        "git diff HEAD..",
        "git diff -p -M -C --no-ext-diff --no-textconv",
        "git diff --text",
        "git diff --output-indicator-new=x",
        "git diff src/../src/a.py",
        "git log -p -n 3 -S fOo --format=%h/%s",
        "git log -c --author='O. Reilly'",
        "git show HEAD:src/a.py",
        "git grep -n -e 'class /' -- src",
        "git grep -nC 3 /api/v1",
        "git blame -C -L 1,5 src/a.py",
        "git rev-parse --git-dir",
        "git ls-files -o --exclude-standard",
        "pytest -O -p no:cacheprovider",
    ],
)
def test_reading_git_reads_what_is_here(worktree: Path, command: str) -> None:
    assert passes(Fence(table(worktree, commands=EVERY), str(worktree)), "Bash", command=command)


def test_a_file_that_lies_elsewhere_too_is_not_written(worktree: Path) -> None:
    (worktree.parent / "outside/kept").write_text("k")
    (worktree / "src/twin.py").hardlink_to(worktree.parent / "outside/kept")
    objection = Fence(table(worktree), str(worktree)).objection("Edit", {"file_path": f"{worktree}/src/twin.py"})

    assert objection is not None
    assert "lies elsewhere, too (hard link)" in objection


OUTSIDE = [
    "pytest --junitxml={outside}/a",
    "pytest --junitxml={outside}/new/folder/a",
    "pytest --junitxml {outside}/a",
    "pytest --junitxml=../outside/a",
    "pytest --junitxml=~/a",
    "pytest --junitxml=~root/a",
    "pytest --basetemp={outside}",
    "pytest -c{outside}/a.ini",
    "pytest -o cache_dir={outside}/c",
    "pytest -o 'addopts=--junitxml {outside}/a'",
    "pytest --cov-report=xml:{outside}/a",
    "pytest --junitxml=file://{outside}/a",
    "pytest @{outside}/a",
    "pytest --junitxml=out/a",
    "pytest --junitxml=.git",
    "pytest --junitxml=.GIT/hooks/pre-commit",
    "pytest {outside}",
    "git status {outside}",
]


@pytest.mark.parametrize("command", OUTSIDE)
def test_no_argument_of_an_allowed_command_names_a_place_outside(worktree: Path, command: str) -> None:
    refuses(worktree, command.format(outside=worktree.parent / "outside"))


def refuses(worktree: Path, command: str) -> None:
    objection = Fence(table(worktree, commands=EVERY), str(worktree)).objection("Bash", {"command": command})

    assert objection is not None
    assert "not allowed here" in objection


@pytest.mark.parametrize(
    "command",
    [
        "pytest src 'tests/test_a.py::test_b[1-2]' -k 'not slow and not old' -x",
        "pytest --junitxml=report.xml -o cache_dir=.pytest_cache --cov-report=xml:src/report.xml",
        "pytest --junitxml={inside}/report.xml",
        "pytest --junitxml=/dev/null",
        "pytest --base-url=https://127.0.0.1:8000/a",
        "pytest --data=lent/a --other={outside}/b",
        "pytest src/deep/../a.py @src/arguments",
        "git diff main..HEAD -- src/a.py",
        "git diff @~1 HEAD~2",
    ],
)
def test_arguments_may_name_what_is_here_and_what_is_lent(worktree: Path, command: str) -> None:
    outside = worktree.parent / "outside"
    (worktree / "lent").symlink_to(outside)
    fence = Fence(table(worktree, commands=EVERY, lent=[str(outside)]), str(worktree))

    assert passes(fence, "Bash", command=command.format(inside=worktree, outside=outside))


@given(
    st.text("abcdefgnpSsOXfo", min_size=1, max_size=6), st.sampled_from(["diff", "grep", "log", "show", "blame"])
)
def test_a_denied_letter_is_found_wherever_it_stands(letters: str, name: str) -> None:
    fence = Fence(table(Path("/nowhere/tree"), commands=EVERY), "/nowhere/tree")

    assert not ("O" in letters and passes(fence, "Bash", command=f"git {name} -{letters} x"))


@pytest.mark.parametrize(
    "path", [".git", ".git/config", ".git/hooks/pre-commit", "src/.git", "src/.GIT/config", "src/git~1/x"]
)
def test_gits_own_files_are_never_written(worktree: Path, path: str) -> None:
    assert not passes(Fence(table(worktree), str(worktree)), "Write", file_path=path)


def test_behind_a_proven_sandbox_unknown_commands_get_no_opinion(worktree: Path) -> None:
    fence = Fence(table(worktree, commands_default="none"), str(worktree))

    assert passes(fence, "Bash", command="make; ls | wc")
    assert not passes(fence, "Bash", command="ls", dangerouslyDisableSandbox=True)


@pytest.fixture(scope="module")
def maze() -> Iterator[Path]:
    """A tree with every kind of way out of it."""
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder).resolve()
        for name in ("root/a/b", "root/c", "out/a", "root2"):
            (base / name).mkdir(parents=True)
        (base / "root/l").symlink_to(base / "out")
        (base / "root/a/l").symlink_to("../../out/a")
        (base / "root/c/l").symlink_to("../a")
        (base / "root/a/b/l").symlink_to("/")
        (base / "root/loop").symlink_to("loop")
        yield base


PIECES = st.sampled_from(["a", "b", "c", "l", "..", ".", "", "out", "root", "root2", "loop", "new", "~", " "])


@settings(max_examples=400)
@given(pieces=st.lists(PIECES, min_size=1, max_size=9), absolute=st.booleans())
def test_no_accepted_path_leads_outside_the_roots(maze: Path, pieces: list[str], absolute: bool) -> None:
    path = "/".join([str(maze / "root"), *pieces]) if absolute else "/".join(pieces)
    cwd = str(maze / "root" / "a")
    fence = Fence(table(maze / "root"), cwd)

    if passes(fence, "Write", file_path=path):
        tidied, plain = os.path.normpath(os.path.join(cwd, path)), os.path.join(cwd, path)
        for place in (tidied, plain):
            assert Path(os.path.realpath(place)).is_relative_to(maze / "root")


SHELL = st.text(st.sampled_from(list("ab -=/'\"~#{}*?[]!$`;|&<>()\\\n\t^%@+:.,é")), max_size=20)


@given(SHELL)
def test_accepted_words_are_the_words_of_a_posix_shell(command: str) -> None:
    words = simple_command(command)

    if words is not None:
        assert words == shlex.split(command)
        assert not set(command) & set(";|&<>`$()\n\\")
