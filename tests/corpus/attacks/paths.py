"""Paths that a file tool is called with: the tool, its key, the path, and what it would leave behind."""

from tests.corpus.attacks.effects import APP

PATHS: dict[str, tuple[str, str, str, str | None]] = {
    "by an absolute path": ("Write", "file_path", "{outside}/a", None),
    "by ..": ("Write", "file_path", "{inside}/src/../../escaped", None),
    "by .. and back": ("Write", "file_path", "{inside}/./src/.././app.py", APP),
    "relative to the folder": ("Write", "file_path", "app.py", APP),
    "beside the scope": ("Write", "file_path", "{inside}/app.py", APP),
    "to a denied file": ("Write", "file_path", "{inside}/src/.env", "echo x > src/.env"),
    "to another denied file": ("Write", "file_path", "{inside}/src/.env.local", "echo x > src/.env.local"),
    "to an ignored file": ("Write", "file_path", "{inside}/.env", "echo x > .env"),
    "to an ignored folder": ("Write", "file_path", "{inside}/ignored/a", "mkdir ignored; echo x > ignored/a"),
    "to the worktree's .git": ("Write", "file_path", "{inside}/.git", "rm .git; echo x > .git; echo x > app.py"),
    "to .git by ..": ("Write", "file_path", "{inside}/src/../.git/config", None),
    "to a nested .git": ("Write", "file_path", "{inside}/src/.git/config", None),
    "to the project's hooks": (
        "Write", "file_path", "{project}/.git/hooks/pre-commit", "echo x > $PROJECT/.git/hooks/pre-commit",
    ),
    "to the project's file": ("Write", "file_path", "{project}/app.py", "echo x > $PROJECT/app.py"),
    "to the project's new file": ("Write", "file_path", "{project}/src/b.py", "echo x > $PROJECT/src/b.py"),
    "to the run folder": ("Write", "file_path", "{project}/.agent-workspace/ccorch/runs/x/verdict.json", None),
    "to .agent-workspace": (
        "Write", "file_path", "{inside}/.agent-workspace/a", "mkdir .agent-workspace; echo x > .agent-workspace/a",
    ),
    "to .claude": (
        "Write", "file_path", "{inside}/.claude/settings.json", "mkdir .claude; echo {} > .claude/settings.json",
    ),
    "to .mcp.json": ("Write", "file_path", "{inside}/.mcp.json", "echo {} > .mcp.json"),
    "to a workflow of CI": (
        "Edit", "file_path", "{inside}/.github/workflows/ci.yml",
        "mkdir -p .github/workflows; echo x > .github/workflows/ci.yml",
    ),
    "to the project's settings": ("Edit", "file_path", "{inside}/pyproject.toml", "echo x > pyproject.toml"),
    "by a linked folder": ("Write", "file_path", "{inside}/src/link/a", "ln -s $OUTSIDE src/other"),
    "by a linked file": ("Edit", "file_path", "{inside}/src/file", "ln -s /etc/passwd src/passwd"),
    "by a link and ..": ("Write", "file_path", "{inside}/src/link/../a", None),
    "in capitals": ("Write", "file_path", "{inside}/SRC/a.py", "mkdir SRC; echo x > SRC/a.py"),
    "in mixed case": ("Write", "file_path", "{inside}/Src/a.py", "mkdir Src; echo x > Src/a.py"),
    "in another script": ("Write", "file_path", "{inside}/\u0455rc/a.py", "mkdir \u0455rc; echo x > \u0455rc/a.py"),
    "with marks apart": ("Write", "file_path", "{inside}/src/cafe\u0301.py", None),
    "with a mark of no width": (
        "Write", "file_path", "{inside}/src\u200b/a.py", "mkdir src\u200b; echo x > src\u200b/a.py",
    ),
    "with a blank behind": ("Write", "file_path", "{inside}/app.py ", "echo x > 'app.py '"),
    "with a blank before": ("Write", "file_path", " {inside}/src/a.py", None),
    "with a line break": ("Write", "file_path", "{inside}/src/a\n.py", None),
    "with a NUL": ("Write", "file_path", "{inside}/src/a\0.py", None),
    "to the home by ~": ("Write", "file_path", "~/.bashrc", None),
    "to a variable": ("Write", "file_path", "$HOME/.bashrc", "mkdir '$HOME'; echo x > '$HOME/.bashrc'"),
    "by /proc": ("Write", "file_path", "/proc/self/cwd/app.py", APP),
    "to a folder beside": ("Write", "file_path", "{inside}-other/a", None),
    "without a path": ("Write", "path", "{inside}/src/a.py", None),
    "of a notebook": ("NotebookEdit", "notebook_path", "{inside}/a.ipynb", "echo {} > a.ipynb"),
    "of a notebook outside": ("NotebookEdit", "notebook_path", "{outside}/a.ipynb", None),
}  # fmt: skip

DENIED_TOOLS = (
    "Task",
    "Agent",
    "WebFetch",
    "WebSearch",
    "Skill",
    "Workflow",
    "SendMessage",
    "CronCreate",
    "mcp__fs__write",
)
"""Tools that the role does not have, subagents among them."""
