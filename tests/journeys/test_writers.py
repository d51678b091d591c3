"""Writing roles work in a worktree of their own; the project stays as it was and nothing is merged."""

import hashlib
from pathlib import Path

from tests.journeys.kit import finished, node, submit
from tests.machine import Machine, files_below, git

WRITE = ("profile=scripted", "role=development", "role.handoff=null", "policy.write=true", "task=mend it")


def snapshot(root: Path) -> dict[str, str]:
    """Every byte of the project but the workspace, git's own state included."""
    own = {root / name for name in (".git/worktrees", ".git/refs/ccorch")}
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files_below(
            root, lambda folder: folder in own or folder.name in (".agent-workspace", "objects")
        )
        if path.is_file() and not str(path.relative_to(root)).startswith(".git/packed-refs")
    }


def scripted(box: Machine, *tools: str) -> str:
    path = box.root / "write.yaml"
    turns = "".join(f"  - tools: [{tool}]\n" for tool in tools)
    path.write_text(f"# Writes.\ndefault:\n{turns}  - text: done\n")
    return f"script={path}"


EDIT = '{name: Write, input: {file_path: "{{cwd}}/src/new.py", content: "x = 1\\n"}}'


def test_a_writer_changes_a_worktree_and_not_the_project_and_starts_nothing_that_git_is_told_to(
    box: Machine,
) -> None:
    (box.project / "app.py").write_text("dirty\n")
    git(box.project, "stash", "list")
    marker = box.root / "ran"
    git(box.project, "config", "core.fsmonitor", f"touch {marker}; false")
    before = snapshot(box.project)
    status = '{name: Bash, input: {command: "git status", description: "look"}}'
    run = submit(box, *WRITE, scripted(box, EDIT, status), "policy.write_scope.allow=[src/**]")

    assert finished(box, run) == "done"
    assert (node(box, run)["tools"]["Bash"], node(box, run)["denied"]) == (1, 0)
    assert not marker.exists()
    assert snapshot(box.project) == before
    evidence = box.project / ".agent-workspace/ccorch/runs" / run / "nodes/main/1"
    assert "src/new.py" in (evidence / "diff.patch").read_text()
    kept = git(box.project, "show", f"refs/ccorch/{run}/main/1:src/new.py")
    assert kept == "x = 1\n"
    assert not [path for path in files_below(box.state / "worktrees") if path.name == "new.py"]


def test_what_lies_outside_the_scope_is_refused_before_it_is_written(box: Machine) -> None:
    outside = (
        '{name: Write, input: {file_path: "{{cwd}}/app.py", content: "x"}}',
        '{name: Write, input: {file_path: "{{cwd}}/src/../../escaped.py", content: "x"}}',
        f'{{name: Write, input: {{file_path: "{box.root}/absolute.py", content: "x"}}}}',
        f'{{name: Bash, input: {{command: "echo x > {box.root}/shell.py", description: "w"}}}}',
        '{name: Write, input: {file_path: "{{cwd}}/src/.env", content: "x"}}',
    )
    before = snapshot(box.project)
    run = submit(box, *WRITE, scripted(box, *outside), "policy.write_scope.allow=[src/**]")

    assert finished(box, run) == "done"
    assert node(box, run)["outcome"] == "refused"
    assert node(box, run)["denied"] == len(outside)
    assert snapshot(box.project) == before
    assert not [p for p in files_below(box.root) if p.name in ("escaped.py", "absolute.py", "shell.py")]


def test_who_may_only_read_or_was_not_asked_to_write_cannot_write(box: Machine) -> None:
    before = snapshot(box.project)
    path = scripted(box, EDIT)
    reads = ("profile=scripted", "role=review", "role.handoff=null", "policy.write=true", "task=x")
    silent = [word for word in WRITE if not word.startswith("policy.write")]
    runs = [submit(box, *words, path) for words in (reads, silent)]

    assert [finished(box, run) for run in runs] == ["done", "done"]
    assert [node(box, run)["tools"]["Write"] for run in runs] == [1, 1]
    assert snapshot(box.project) == before


def test_without_a_commit_there_is_no_worktree_and_no_run(box: Machine) -> None:
    (box.root / "bare").mkdir()
    result = box.ccorch("-C", str(box.root / "bare"), "run", *WRITE, "script=hello")

    assert result.status == 2
    assert "no git commit" in result.err
    assert list((box.root / "bare").iterdir()) == []
