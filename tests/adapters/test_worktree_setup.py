"""What the commands of a set-up print is kept without secrets, also where they fail."""

import sys
from pathlib import Path

from ccorch.adapters.worktree_setup import WorktreeSetups
from ccorch.ports import Fresh
from ccorch.schema.run import Launch
from ccorch.schema.worktree import Worktree
from tests.plan_kit import node

KEY = "sk-ant-api03-" + "aB3dE6gH9j" * 9
SAYS = (
    f"import os; print('{KEY[:20]}' '{KEY[20:]}', os.environ['HTTPS_PROXY'], 'sour' + 'plum'); raise SystemExit(3)"
)


def test_a_set_up_that_fails_tells_its_last_words_without_secrets(tmp_path: Path) -> None:
    worktree = Worktree(commands=((sys.executable, "-c", SAYS),))
    environment = {"PATH": "/usr/bin:/bin", "HTTPS_PROXY": "http://me:sourplum@127.0.0.1:9"}
    launch = Launch(project=str(tmp_path), claude=None, environment=environment)
    folder = tmp_path / "files"
    folder.mkdir()
    setups = WorktreeSetups(lambda _: tmp_path / "brought", lambda _: folder, tmp_path / "kept")

    done = setups.furnish(Fresh(folder, node("a", worktree=worktree), launch, False, lambda: False))

    for told in (done.log, done.problem or ""):
        assert "[redacted:" in told
        assert KEY not in told
        assert "sourplum" not in told
    assert "ended with status 3" in (done.problem or "")
