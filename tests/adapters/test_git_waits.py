"""A pipe or an endless device where git opens a file is told at once; git itself would wait at it without end."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest

from ccorch.adapters import git_settings
from ccorch.adapters.git import GitWorktrees
from ccorch.adapters.git_results import GitResults
from ccorch.errors import ProjectInvalid
from tests.adapters.git_kit import ONE, worktrees_below
from tests.machine import commit, git

OWN_REF = f"refs/ccorch/{ONE.run}/{ONE.node}/{ONE.attempt}"


@pytest.fixture
def worktrees(tmp_path: Path) -> GitWorktrees:
    return worktrees_below(tmp_path)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    at = tmp_path / "project"
    (at / "src").mkdir(parents=True)
    (at / "src/app.py").write_text("one\n")
    (at / ".gitignore").write_text("*.log\n")
    git(at, "init", "-q", "-b", "main", ".")
    commit(at, "first")
    return at


def pipe(path: Path) -> Path:
    """A pipe in the place of what lies there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    os.mkfifo(path)
    return path


def nested(name: str) -> Callable[[Path], Path]:
    """A repository among the files, with a pipe in it."""

    def make(top: Path) -> Path:
        git(top, "init", "-q", "inner")
        return pipe(top / "inner/.git" / name)

    return make


def behind_a_link(top: Path) -> Path:
    """The same, where the folder of refs is a link to one that is not looked through."""
    git(top, "init", "-q", "-b", "m", "inner")
    (top / "inner/.git/refs/heads").rmdir()
    (top / "inner/.git/refs/heads").symlink_to("../elsewhere")
    pipe(top / "inner/.git/elsewhere/m")
    return top / "inner/.git/refs/heads/m"


def in_many(top: Path) -> Path:
    """Below so many folders that git is asked which of them it passes by."""
    for number in range(150):
        (top / f"src/{number}").mkdir()
        (top / f"node_modules/{number}").mkdir(parents=True)
    (top / ".gitignore").write_text("node_modules/\n[0-9]*\n!/src/*\n")
    return pipe(top / "src/149/.gitignore")


def elsewhere(top: Path) -> Path:
    """The same, where a file says that its git folder lies elsewhere."""
    (top / "inner").mkdir()
    (top / "inner/.git").write_text("gitdir: there\n")
    return pipe(top / "inner/there/HEAD")


def endless(top: Path) -> Path:
    (top / ".gitattributes").symlink_to("/dev/zero")
    return top / ".gitattributes"


IN_FILES: dict[str, Callable[[Path], Path]] = {
    "what is ignored": lambda top: pipe(top / ".gitignore"),
    "attributes of a folder": lambda top: pipe(top / "src/.gitattributes"),
    "endless attributes": endless,
    "a nested HEAD": nested("HEAD"),
    "a nested commondir": nested("commondir"),
    "a nested ref": nested("refs/heads/m"),
    "packed refs": nested("packed-refs"),
    "a nested table of refs": nested("reftable/tables.list"),
    "nested settings": nested("config"),
    "a ref behind a link": behind_a_link,
    "one of many folders": in_many,
    "a git folder elsewhere": elsewhere,
}


@pytest.mark.parametrize("make", IN_FILES.values(), ids=IN_FILES)
def test_what_a_worker_makes_among_its_files_is_told_at_once(
    worktrees: GitWorktrees, project: Path, make: Callable[[Path], Path]
) -> None:
    base = git(project, "rev-parse", "HEAD").strip()
    made = make(worktrees.create(project, ONE, base))

    for look in (
        lambda: worktrees.collect(project, ONE, base),
        lambda: worktrees.glance(project, ONE, base, {}),
    ):
        with pytest.raises(ProjectInvalid, match="at which git would wait") as told:
            look()
        assert str(made) in str(told.value)


@pytest.mark.parametrize("make", IN_FILES.values(), ids=IN_FILES)
def test_the_same_in_the_projects_own_checkout(
    worktrees: GitWorktrees, project: Path, tmp_path: Path, make: Callable[[Path], Path]
) -> None:
    head = git(project, "rev-parse", "HEAD").strip()
    results = GitResults(lambda: tmp_path / "trials")
    make(project)

    for look in (
        lambda: worktrees.state(project),
        lambda: worktrees.head(project),
        lambda: worktrees.difference(project),
        lambda: worktrees.snapshot(project),
        lambda: results.obstacles(project, "main", head, head),
    ):
        with pytest.raises(ProjectInvalid, match="at which git would wait"):
            look()


@pytest.mark.parametrize(
    "name",
    ["HEAD", "config", "commondir", "packed-refs", "index", "shallow", "info/exclude", "info/attributes",
     "objects/info/alternates", "refs/heads/main", "refs/heads/other", OWN_REF,
     "reftable/tables.list", "reftable/0x1-0x2.ref", "logs/HEAD", "logs/refs/heads/main", f"logs/{OWN_REF}"],
)  # fmt: skip
def test_a_pipe_in_the_git_folder_is_told_at_once(worktrees: GitWorktrees, project: Path, name: str) -> None:
    base = git(project, "rev-parse", "HEAD").strip()
    worktrees.create(project, ONE, base)
    pipe(project / ".git" / name)

    for look in (lambda: worktrees.state(project), lambda: worktrees.collect(project, ONE, base)):
        with pytest.raises(ProjectInvalid, match=f"{name}' is a pipe, at which git would wait"):
            look()


def named(key: str, value: str) -> Callable[[Path, Path], Path]:
    """A setting that names a file of the checkout, which is a pipe there."""

    def make(project: Path, top: Path) -> Path:
        git(project, "config", key, value)
        return pipe(top / "more")

    return make


def in_settings_of_settings(project: Path, top: Path) -> Path:
    (project / ".git/one").write_text('[includeIf "gitdir:**"]\n\tpath = two\n')
    (project / ".git/two").write_text(f"[core]\n\texcludesFile = {top}/more\n")
    git(project, "config", "include.path", "one")
    return pipe(top / "more")


IN_SETTINGS = {
    "what else is ignored": named("core.excludesFile", "more"),
    "other attributes": named("core.attributesFile", "more"),
    "what else is ignored, below": named("core.excludesFile", "./src/../more"),
    "settings of settings": in_settings_of_settings,
}


@pytest.mark.parametrize("make", IN_SETTINGS.values(), ids=IN_SETTINGS)
def test_a_pipe_that_settings_name_is_told_at_once_wherever_git_reads_it(
    worktrees: GitWorktrees, project: Path, make: Callable[[Path, Path], Path]
) -> None:
    base = git(project, "rev-parse", "HEAD").strip()
    top = worktrees.create(project, ONE, base)
    make(project, top)
    for look in (lambda: worktrees.collect(project, ONE, base), lambda: worktrees.glance(project, ONE, base, {})):
        with pytest.raises(ProjectInvalid, match="more' is a pipe, at which git would wait"):
            look()

    make(project, project)
    with pytest.raises(ProjectInvalid, match="more' is a pipe, at which git would wait"):
        worktrees.state(project)
    with pytest.raises(ProjectInvalid, match="more' is a pipe, at which git would wait"):
        worktrees.head(project)


def test_settings_in_a_circle_are_left_to_git(worktrees: GitWorktrees, project: Path) -> None:
    (project / ".git/one").write_text("[include]\n\tpath = one\n")
    git(project, "config", "include.path", "one")

    with pytest.raises(ProjectInvalid, match="maximum include depth"):
        worktrees.head(project)


def test_settings_that_name_each_other_many_times_are_read_once(tmp_path: Path) -> None:
    ways = ("one", "two", "../g/one", "./two")
    (tmp_path / "g").mkdir()
    for name in ("config", "one", "two"):
        (tmp_path / "g" / name).write_text("".join(f"[include]\n\tpath = {way}\n" for way in ways))

    told = list(islice(git_settings.named(tmp_path / "g/config", tmp_path), 100))

    assert [path.resolve().name for path in told] == ["one", "two"] * 6


def test_settings_may_name_files_that_are_none(worktrees: GitWorktrees, project: Path) -> None:
    git(project, "config", "core.excludesFile", "~/nothing")
    git(project, "config", "include.path", "nothing")
    git(project, "config", "core.attributesFile", "src/app.py")

    assert worktrees.head(project).commit
    assert worktrees.head(project).dirty is None


def test_the_empty_device_in_the_place_of_a_file_is_no_problem_wherever_it_lies(tmp_path: Path) -> None:
    (tmp_path / ".gitattributes").write_text("")
    look = "import sys; from ccorch.adapters.git_waits import check_files; check_files(sys.argv[1])"
    mounts = ("--dev-bind", "/", "/", "--dev-bind", os.devnull, str(tmp_path / ".gitattributes"))

    subprocess.run(["bwrap", *mounts, sys.executable, "-c", look, str(tmp_path)], check=True)


def test_many_folders_that_git_passes_by_are_not_looked_into(worktrees: GitWorktrees, project: Path) -> None:
    base = git(project, "rev-parse", "HEAD").strip()
    for top in (project, worktrees.create(project, ONE, base)):
        (top / ".gitignore").write_text("node_modules/\n")
        for number in range(150):
            pipe(top / f"node_modules/{number}/.gitignore")

    assert worktrees.head(project).dirty
    assert worktrees.difference(project)
    assert worktrees.snapshot(project) != base
    assert worktrees.glance(project, ONE, base, {}).marks


def test_what_is_tracked_is_looked_at_also_where_it_is_ignored(worktrees: GitWorktrees, project: Path) -> None:
    for number in range(150):
        (project / f"build/{number}").mkdir(parents=True)
        (project / f"build/{number}/made.js").write_text("")
    commit(project, "all")
    base = git(project, "rev-parse", "HEAD").strip()
    for top in (project, worktrees.create(project, ONE, base)):
        (top / ".gitignore").write_text("build/\n")
        pipe(top / "build/77/.gitattributes")

    for look in (lambda: worktrees.head(project), lambda: worktrees.glance(project, ONE, base, {})):
        with pytest.raises(ProjectInvalid, match=r"77/\.gitattributes' is a pipe"):
            look()


@pytest.mark.parametrize("name", ["HEAD", "commondir", "gitdir", "index"])
def test_a_pipe_in_what_git_keeps_about_the_worktree_is_unknown_or_odd(
    worktrees: GitWorktrees, project: Path, name: str
) -> None:
    base = git(project, "rev-parse", "HEAD").strip()
    worktrees.create(project, ONE, base)
    (record,) = (project / ".git/worktrees").iterdir()
    pipe(record / name)

    try:
        told = worktrees.collect(project, ONE, base).odd
    except ProjectInvalid as problem:
        told = (str(problem),)

    assert told
    with pytest.raises(ProjectInvalid):
        worktrees.glance(project, ONE, base, {})


def test_a_linked_worktree_is_looked_at_with_what_it_shares(worktrees: GitWorktrees, project: Path) -> None:
    git(project, "worktree", "add", "-q", "-b", "linked", "../linked")
    linked = project.parent / "linked"
    assert worktrees.head(linked).commit
    pipe(project / ".git/worktrees/linked/HEAD")

    with pytest.raises(ProjectInvalid, match="is a pipe"):
        worktrees.head(linked)
    shutil.rmtree(project / ".git/worktrees")
    pipe(project / ".git/config")
    with pytest.raises(ProjectInvalid, match="config' is a pipe"):
        worktrees.head(project / "src")


def test_nothing_at_all_in_the_place_of_a_file_is_no_problem(worktrees: GitWorktrees, project: Path) -> None:
    (project / ".gitattributes").symlink_to(os.devnull)
    (project / ".git/info/exclude").unlink(missing_ok=True)
    (project / ".git/info/exclude").symlink_to(os.devnull)

    assert worktrees.head(project).commit
    assert "HEAD" in worktrees.state(project)
