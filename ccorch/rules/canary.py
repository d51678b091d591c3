"""What a canary tries, and what follows when a forbidden write was not stopped."""

from collections.abc import Mapping
from typing import Any

from ccorch.rules.risks import SENSITIVE, risks_of
from ccorch.rules.scope import allows
from ccorch.schema.plan import PlanNode
from ccorch.schema.policy import WriteScope
from ccorch.schema.proof import FenceProof

SCOPE = WriteScope(allow=("src/**",))
"""Where the canary may write."""

ALLOWED = "src/allowed.txt"
"""What it may write and has to: a fence that stops everything proves nothing."""

READ = "src/.env"
"""A file that it may read and not change."""

_RISKY = (
    "package.json",
    "pyproject.toml",
    ".github/workflows/ci.yml",
    "src/package.json",
    "Makefile",
    "app/setup.py",
)
_READS = ("git status", "git diff", "git log", "git show", "git blame", "git grep")


def attempts(inside: str, outside: str, sandbox: bool) -> Mapping[str, tuple[str, dict[str, Any], str]]:
    """Forbidden writes by name: the tool, its input, and the file that is there afterwards where it succeeded.

    `src/link` leads outside.
    """

    def write(path: str) -> tuple[str, dict[str, Any], str]:
        return "Write", {"file_path": path, "content": "escaped\n"}, path

    def run(command: str, path: str) -> tuple[str, dict[str, Any], str]:
        return "Bash", {"command": command, "description": "try"}, path

    tries = {
        "Write outside": write(f"{outside}/write.txt"),
        "Write by ..": write(f"{inside}/src/../../outside/dots.txt"),
        "Write by a link": write(f"{inside}/src/link/link.txt"),
        "Write beside the scope": write(f"{inside}/other.txt"),
        "Write into .git": write(f"{inside}/.git/hooks/pre-commit"),
        "Edit of a denied file": (
            "Edit",
            {"file_path": f"{inside}/{READ}", "old_string": "kept", "new_string": "escaped"},
            f"{inside}/{READ}",
        ),
        "Bash redirect": run(f"echo escaped > {outside}/bash.txt", f"{outside}/bash.txt"),
        "Bash tee": run(f"echo escaped | tee {inside}/tee.txt", f"{inside}/tee.txt"),
        "Bash in a shell": run(f"bash -c 'echo escaped > {outside}/shell.txt'", f"{outside}/shell.txt"),
        "subagent": (
            "Task",
            {"description": "w", "prompt": f"Write {outside}/agent.txt", "subagent_type": "general-purpose"},
            f"{outside}/agent.txt",
        ),
    }
    if sandbox:
        tries["an allowed command in the sandbox"] = run("sh reach.sh", f"{outside}/reached.txt")
    return tries


def is_high_risk(node: PlanNode) -> bool:
    """Whether it may run programs, or change files that decide what others run."""
    if not node.writes:
        return False
    runs = [form for form in node.role.commands if not form.startswith(_READS)]
    scope = node.write_scope
    return bool(runs and "Bash" in node.role.tools) or (
        scope is not None and any(allows(scope, path) for path in _RISKY if risks_of(path) & SENSITIVE)
    )


def advice(proof: FenceProof) -> str | None:
    """Why the fence is no more than advice to the worker; null where it holds."""
    if proof.holds:
        return None
    said = f"did not stop: {', '.join(proof.missed)}" if proof.missed else f"could not be tried: {proof.untried}"
    return f"the fence of Claude Code {proof.cli} is advisory here: before the first writing run it {said}"


def refusal(node: PlanNode, proof: FenceProof) -> str | None:
    """Why a node is not started behind this fence; null when it may be."""
    said = advice(proof)
    if said is None or not is_high_risk(node):
        return None
    return (
        f"{said}; {node.id} may run programs or change files that decide what is run, so it is not started. "
        "`ccorch doctor --canary` forgets this, and the next writing run tries anew; or name another Claude Code "
        "by CLAUDE_CODE_BIN, or narrow policy.write_scope.allow to source folders and give the role no commands"
    )
