"""The commands port: scripts around code that nobody has looked at, held by the system's own limits."""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ccorch.adapters.process import commands, group
from ccorch.adapters.process.box import Box, run_boxed
from ccorch.ports import Ran
from ccorch.schema.policy import Sandbox

MEMORY = 512 << 20
"""Bytes of address space."""

SAID = 64 << 10
"""Bytes of output that are kept."""

GRACE = 1.0
"""Seconds between asking what a command left running to end, and killing it."""

PRINTED = 2 << 20
"""Bytes of each output of a command that are kept."""

_LIMITED = """
import os, resource, sys
seconds, memory, *argv = sys.argv[1:]
for name, most in (("CPU", int(seconds)), ("AS", int(memory)), ("FSIZE", 0), ("CORE", 0), ("NOFILE", 32)):
    resource.setrlimit(getattr(resource, "RLIMIT_" + name), (most, most))
os.execv(sys.executable, [sys.executable, "-I", "-S", "-B", *argv])
"""
"""Sets the limits in the process itself and becomes the script: a limit set from outside comes too late."""


@dataclass(frozen=True)
class ConfinedCommands:
    """Runs commands that try a result, and ccorch's own interpreter with nothing but its standard library."""

    hidden: tuple[Path, ...] = ()
    """Folders that commands in a sandbox find empty."""

    def tried(
        self,
        words: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        seconds: float,
        unwanted: Callable[[], bool] = lambda: False,
        sandbox: Sandbox = "off",
        lent: Sequence[Path] = (),
    ) -> Ran | None:
        """Run a command with exactly this environment and a home of its own; null when there is no such program."""
        program = _program(words[0], environment.get("PATH", ""), folder)
        if program is None:
            return None
        with tempfile.TemporaryDirectory(prefix="ccorch-trial-", ignore_cleanup_errors=True) as home:
            # the marker finds what it left running, in whatever session
            own = {"HOME": home, "TMPDIR": home, "PYTHONDONTWRITEBYTECODE": "1", "CCORCH_TRIAL": home}
            box = Box(sandbox, (folder, Path(home)), self.hidden, shown=tuple(lent))
            done = run_boxed(
                [program, *words[1:]],
                box,
                cwd=folder,
                env={**environment, **own},
                timeout=seconds,
                limit_bytes=PRINTED,
                unwanted=unwanted,
            )
            group.kill(group.marked(f"CCORCH_TRIAL={home}"), GRACE)
        said = done.stdout.decode("utf-8", "replace")
        errors = done.stderr.decode("utf-8", "replace")
        return Ran(done.rc, f"{said}\n--- standard error ---\n{errors}" if errors else said, done.timed_out)

    def python(self, script: Path, folder: Path, seconds: float) -> Ran:
        """Run a script alone in a folder: no environment, no site packages, little memory, nothing to write."""
        limits = (str(int(seconds) + 1), str(MEMORY))
        argv = (sys.executable, "-I", "-S", "-c", _LIMITED, *limits, str(script.resolve()))
        done = commands.run(argv, cwd=folder, env={}, timeout=seconds, limit_bytes=SAID)
        return Ran(done.rc, done.stdout.decode("utf-8", "replace"), done.timed_out)


def _program(word: str, path: str, folder: Path) -> str | None:
    """The program that a word means; a name is looked for in absolute entries of the PATH alone."""
    if "/" in word:
        return shutil.which(str(folder / word))
    return shutil.which(
        word, path=os.pathsep.join(entry for entry in path.split(os.pathsep) if os.path.isabs(entry))
    )
