"""A project with a failing test, and writers that mend it in good and in bad ways."""

from pathlib import Path

from tests.journeys.kit import closed, finished, submit
from tests.machine import Machine, commit

TEST = "from app import add\nassert add(2, 3) == 5, add(2, 3)\n"
"""Fails on the machine's project, whose add subtracts."""

TRY = "python tests/test_add.py"
"""The command of it; the interpreter looks beside the script, so it is told where the project is."""

MENDED = "def add(a, b):\\n    return a + b\\n"
WRITE = ("profile=scripted", "role=development", "role.handoff=null", "policy.write=true", "task=mend add")


def prepare(box: Machine) -> None:
    """Give the project a test that fails."""
    (box.project / "tests").mkdir()
    (box.project / "tests/test_add.py").write_text("import sys; sys.path.insert(0, '.')\n" + TEST)
    (box.project / "notes.txt").write_text("notes\n")
    (box.project / ".gitignore").write_text("*.log\n")
    commit(box.project, "a test that fails")


def write(path: str, content: str) -> str:
    """A tool call that writes a file of the worktree."""
    return f'{{name: Write, input: {{file_path: "{{{{cwd}}}}/{path}", content: "{content}"}}}}'


def edit(path: str, old: str, new: str) -> str:
    """A tool call that replaces text in a file of the worktree."""
    words = f'file_path: "{{{{cwd}}}}/{path}", old_string: "{old}", new_string: "{new}"'
    return f"{{name: Edit, input: {{{words}}}}}"


def shell(command: str) -> str:
    """A tool call that runs a command."""
    return f'{{name: Bash, input: {{command: "{command}", description: "work"}}}}'


READ = '{name: Read, input: {file_path: "{{cwd}}/app.py"}}'
MEND = (READ, write("app.py", MENDED))


def plays(box: Machine, *tools: str) -> str:
    """The override that plays these tool calls."""
    path = box.root / f"writer-{len(list(box.root.glob('writer-*.yaml')))}.yaml"
    turns = "".join(f"  - tools: [{tool}]\n" for tool in tools)
    path.write_text(f"# Writes.\ndefault:\n{turns}  - text: done\n")
    return f"script={path}"


def writer(box: Machine, *tools: str, words: tuple[str, ...] = ()) -> str:
    """A run of a writer that makes these tool calls, submitted."""
    return submit(box, *WRITE, plays(box, *tools), *words)


def wrote(box: Machine, *tools: str, words: tuple[str, ...] = ()) -> str:
    """The same, over and sealed."""
    run = writer(box, *tools, words=words)
    finished(box, run)
    closed(box, run)
    return run


def run_folder(box: Machine, run: str) -> Path:
    """Where the evidence of the run lies."""
    return box.project / ".agent-workspace/ccorch/runs" / run
