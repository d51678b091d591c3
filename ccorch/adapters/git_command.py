"""git as it is run here: an exact environment, fixed settings, and nothing that a repository configures."""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from ccorch.adapters.process import commands
from ccorch.errors import ProjectInvalid
from ccorch.rules.amounts import limit

_TIMEOUT = 300.0
_LARGEST_OUTPUT = 256 << 20
_RECORDS, _RECORDS_SECONDS = "/worktrees/", 5.0
"""Where git keeps a record of each worktree, and how long one may be half made or half removed."""
_SETTINGS = (
    "core.hooksPath=/dev/null", "core.fsmonitor=false", "core.logAllRefUpdates=false", "core.safecrlf=false",
    "core.splitIndex=false", "diff.suppressBlankEmpty=false", "gc.auto=0", "maintenance.auto=false",
    "i18n.commitEncoding=UTF-8", "submodule.recurse=false", "worktree.useRelativePaths=false",
    "checkout.workers=4",
)  # fmt: skip

# a sparse project gets whole worktrees, so that an absent file is always a deleted one
WHOLE = ("-c", "core.sparseCheckout=false")


@dataclass(frozen=True)
class Git:
    """git at one place, with nothing of the caller's surroundings but the PATH."""

    cwd: Path
    place: Mapping[str, str] = field(default_factory=dict)
    reads_users: bool = False
    """Whether the user's and the system's settings count."""

    @classmethod
    def of(cls, git_folder: Path, worktree: Path) -> "Git":
        """git of this folder at a worktree, wherever the worktree itself points to; filters are empty."""
        top = worktree.resolve()
        return cls(top, {"GIT_DIR": str(git_folder), "GIT_WORK_TREE": str(top)}).without_filters()

    def having(self, **variables: str) -> "Git":
        """The same place with further variables."""
        return replace(self, place={**self.place, **variables})

    def without_filters(self) -> "Git":
        """The same place with every clean and smudge filter of the repository's configuration made empty."""
        told = self.ask("config", "-z", "--name-only", "--get-regexp", r"^filter\.").stdout
        drivers = sorted({os.fsdecode(key).rpartition(".")[0] for key in split(told)})
        empty = {"clean": "", "smudge": "", "process": "", "required": "false"}
        pairs = [(f"{driver}.{key}", value) for driver in drivers for key, value in empty.items()]
        # by variables: a driver's name may hold "=", which -c would split at
        variables = {"GIT_CONFIG_COUNT": str(len(pairs))}
        for number, (key, value) in enumerate(pairs):
            variables |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
        return self.having(**variables)

    def with_users_settings(self) -> "Git":
        """The same place with the user's and the system's settings; only for commands that start nothing."""
        return replace(self, reads_users=True)

    def ask(self, *words: str, stdin: bytes | None = None) -> commands.Completed:
        """Run git to its end; only one that is too slow or says too much is refused."""
        done = commands.run(
            ["git", *(word for setting in _SETTINGS for word in ("-c", setting)), *words],
            cwd=self.cwd,
            env={**self._surroundings(), **self.place},
            timeout=_TIMEOUT,
            stdin=stdin,
            limit_bytes=_LARGEST_OUTPUT,
        )
        if done.timed_out or done.truncated:
            reason = f"took over {limit(_TIMEOUT)}" if done.timed_out else f"gave over {_LARGEST_OUTPUT >> 20} MB"
            raise ProjectInvalid(f"git {' '.join(words[:3])} in {str(self.cwd)!r} {reason}")
        return done

    def _surroundings(self) -> dict[str, str]:
        hidden = ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM") if self.reads_users else ()
        return {name: value for name, value in surroundings().items() if name not in hidden}

    def out(self, *words: str, stdin: bytes | None = None) -> bytes:
        """What git printed; its complaint is raised."""
        done = self.ask(*words, stdin=stdin)
        if done.rc != 0:
            reason = complaint(done.stderr) or f"exit status {done.rc}"
            words_shown = " ".join(words[:3])
            raise ProjectInvalid(f"git {words_shown} failed in {str(self.cwd)!r}: {reason}", reason=reason)
        return done.stdout

    def worktree(self, *words: str) -> bytes:
        """What `git worktree` printed; its complaint is raised.

        It reads the record of every worktree and gives up where somebody is just making or removing one: then it
        has changed nothing, and is asked again for a while.
        """
        give_up = time.monotonic() + _RECORDS_SECONDS
        while True:
            try:
                return self.out("worktree", *words)
            except ProjectInvalid as problem:
                if _RECORDS not in str(problem.facts.get("reason")) or time.monotonic() > give_up:
                    raise
            time.sleep(0.02)

    def path(self, *words: str) -> Path:
        """A path that rev-parse tells."""
        return self.cwd / os.fsdecode(self.out("rev-parse", *words).removesuffix(b"\n"))

    def resolve(self, name: str) -> str | None:
        """The object of that name; null when there is none."""
        done = self.ask("rev-parse", "--verify", "--quiet", "--end-of-options", name)
        return done.stdout.decode().strip() if done.rc == 0 else None

    def commit(self, name: str) -> str | None:
        """The commit of that name; null when there is none."""
        return self.resolve(f"{name}^{{commit}}")

    def names(self, *words: str) -> list[bytes]:
        """Paths that ls-files lists, relative to this place."""
        return split(self.out("ls-files", "-z", *words))

    def untracked(self, *words: str) -> list[bytes]:
        """Paths that are neither tracked nor ignored; those of nested repositories end in a slash."""
        return self.names("-o", "--exclude-standard", *words)


def surroundings() -> dict[str, str]:
    """The whole environment: no settings of the user or the system, no questions, no transport."""
    path = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return {
        # a relative entry would find programs in the project
        "PATH": os.pathsep.join(entry for entry in path if os.path.isabs(entry)),
        "HOME": "/nonexistent",
        "LC_ALL": "C",
        "GIT_ALLOW_PROTOCOL": "none",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
    }


def complaint(stderr: bytes) -> str:
    """The first line with which git complains; its progress comes before it."""
    lines = stderr.decode("utf-8", "replace").splitlines()
    return next((line for line in lines if line.startswith(("fatal:", "error:"))), "".join(lines[:1]))


def split(listed: bytes) -> list[bytes]:
    """The names of a list that git ends with zeros."""
    return [name for name in listed.split(b"\0") if name]
