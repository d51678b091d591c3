"""What a project's files differ in from its last commit, as a patch; nothing is written into the repository."""

import tempfile
from collections.abc import Callable

from ccorch.adapters import git_waits
from ccorch.adapters.git_command import Git
from ccorch.adapters.git_repository import Repository, private_index

_PATCH = ("-p", "-M", "--binary", "--full-index", "--no-color", "--no-ext-diff", "--no-textconv", "--relative")


def difference(repository: Repository, record_files: Callable[[Git], None], left_out: str) -> bytes:
    """Uncommitted changes and untracked files, but for what git ignores; `record_files` makes an index of them."""
    here = repository.here
    with (
        private_index(repository.index) as index,
        tempfile.TemporaryDirectory(prefix="ccorch-objects-") as objects,
    ):
        git = here.having(
            GIT_INDEX_FILE=str(index),
            GIT_OBJECT_DIRECTORY=objects,
            GIT_ALTERNATE_OBJECT_DIRECTORIES=str(repository.common / "objects"),
        ).without_filters()
        nothing = ("hash-object", "-w", "-t", "tree", "--stdin")
        head = repository.head or git.out(*nothing, stdin=b"").decode().strip()
        git_waits.check_listed(git, head)
        git.out("read-tree", "--reset", head)
        record_files(git)
        return git.out("diff-index", "--cached", *_PATCH, head, "--", ".", left_out)
