"""Whether an attack is denied beforehand, and whether what it leaves is found afterwards."""

import json
import os
import subprocess
from pathlib import Path

from ccorch.adapters.brought import keep_brought
from ccorch.adapters.claude_code.evidence import Copy
from ccorch.adapters.git import GitWorktrees
from ccorch.adapters.process.shim.fence import Fence
from ccorch.errors import ProjectInvalid
from ccorch.ports import AttemptId
from ccorch.rules.checkout import differences
from ccorch.rules.redaction import Redactor
from ccorch.rules.scope import fence, trespasses
from ccorch.schema.change import ChangeRecord
from ccorch.schema.policy import WriteScope
from ccorch.schema.role import Role
from tests.corpus.attacks import Attack
from tests.corpus.attacks.secrets import VALUE, Print
from tests.machine import commit, git

SCOPE = WriteScope(allow=("src/**", "tests/**"), max_files=50, max_diff_lines=2000)
ROLE = Role(
    name="writer",
    summary="Writes.",
    prompt="Write.",
    tools=("Read", "Edit", "Write", "NotebookEdit", "Bash"),
    permission="write",
    commands=("git status", "git diff", "python3 -m pytest"),
)


class Ground:
    """A project, a worktree of it that is set up with a link, and a folder outside, for one attack."""

    def __init__(self, room: Path) -> None:
        self.project, self.outside, self.worktrees = room / "project", room / "outside", room / "worktrees"
        self.outside.mkdir(parents=True)
        (self.project / "src").mkdir(parents=True)
        files = {"app.py": "a = 1\n", "src/a.py": "b = 2\n", ".gitignore": ".env\nignored/\n"}
        for name, text in files.items():
            (self.project / name).write_text(text)
        (self.project / "src/link").symlink_to(self.outside)
        (self.project / "src/file").symlink_to(self.outside / "file")
        git(self.project, "init", "-q", "-b", "main", ".")
        self.base = commit(self.project, "first")
        git(self.project, "update-ref", "refs/ccorch/ffffffffffffffff/main/1", self.base)
        (self.project / "ignored/deep/er").mkdir(parents=True)
        (self.project / "ignored/deep/er/kept").write_text("k\n")
        self.id = AttemptId("0" * 16, "main", 1)
        self.brought = room / "brought/run/main/1.json"
        self.git = GitWorktrees(
            lambda attempt: self.worktrees / attempt.run / attempt.node / str(attempt.attempt),
            lambda attempt: self.brought,
        )

    def left_by(self, effect: str) -> str | None:
        """What is found of an attack that nothing stopped, in words; null when nothing is."""
        inside = self.git.create(self.project, self.id, self.base)
        (inside / "data").symlink_to(self.project / "ignored")
        keep_brought(self.brought, inside, git(inside, "ls-files", "-z").encode().split(b"\0"))
        before = self.git.state(self.project)
        _play(effect, inside, INSIDE=inside, OUTSIDE=self.outside, PROJECT=self.project)
        try:
            change = self.git.collect(self.project, self.id, self.base)
        except ProjectInvalid as problem:
            return f"unknown, never passed: {problem.message}"
        record = ChangeRecord(
            base=self.base,
            commit=change.commit,
            files=change.files,
            entries=change.entries,
            ignored=change.ignored,
            unlisted=change.unlisted,
            odd=change.odd,
        )
        checkout = differences(before, self.git.state(self.project, before), self.id.run)
        said = (*trespasses(SCOPE, record), *(f"checkout: {one}" for one in checkout))
        return "; ".join(said) or None


def denied(attack: Attack, ground: Ground) -> str | None:
    """Why the hook refuses the call; null when it has no opinion."""
    inside = str(ground.project)  # the same links and files as a worktree
    folders = {"inside": inside, "outside": str(ground.outside), "project": f"{inside}-of-the-user"}
    return Fence(fence(ROLE, SCOPE, [inside]), inside).objection(attack.tool, attack.call(**folders), inside)


def printed(one: Print, room: Path) -> tuple[bool, bool]:
    """Whether a secret that is printed so is told of, and whether what is stored still spells it."""
    words = [json.dumps({"type": "assistant", "text": text}).encode() + b"\n" for text in one.spelled(VALUE)]
    stream, raw, kept, told = b"".join(words), room / "raw", room / "kept/stream.ndjson", list[object]()
    raw.touch()
    copy = Copy(raw, kept, Redactor([VALUE]), lambda line, text: None, lambda line, seen: told.append(seen))
    size = one.piece or len(stream)
    for start in range(0, len(stream), size):
        with raw.open("ab") as file:
            file.write(stream[start : start + size])
        copy.step()
    copy.finish()
    copy.close()
    stored = kept.read_bytes()
    return bool(told), any(json.dumps(text).encode()[1:-1] in stored for text in one.spelled(VALUE))


def _play(effect: str, cwd: Path, **folders: Path) -> None:
    surroundings = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "LC_ALL": "C.UTF-8"}
    given = {name: str(path) for name, path in folders.items()}
    words = ["bash", "-c", effect]
    subprocess.run(words, cwd=cwd, env={**surroundings, **given}, check=False, capture_output=True, timeout=60)
