"""The commands port: scripts around code that nobody has looked at, held by the system's own limits."""

import sys
from pathlib import Path

from ccorch.adapters.process import commands
from ccorch.ports import Ran

MEMORY = 512 << 20
"""Bytes of address space."""

SAID = 64 << 10
"""Bytes of output that are kept."""

_LIMITED = """
import os, resource, sys
seconds, memory, *argv = sys.argv[1:]
for name, most in (("CPU", int(seconds)), ("AS", int(memory)), ("FSIZE", 0), ("CORE", 0), ("NOFILE", 32)):
    resource.setrlimit(getattr(resource, "RLIMIT_" + name), (most, most))
os.execv(sys.executable, [sys.executable, "-I", "-S", "-B", *argv])
"""
"""Sets the limits in the process itself and becomes the script: a limit set from outside comes too late."""


class ConfinedCommands:
    """Runs the interpreter that runs ccorch, with nothing but its standard library."""

    def python(self, script: Path, folder: Path, seconds: float) -> Ran:
        """Run a script alone in a folder: no environment, no site packages, little memory, nothing to write."""
        limits = (str(int(seconds) + 1), str(MEMORY))
        argv = (sys.executable, "-I", "-S", "-c", _LIMITED, *limits, str(script.resolve()))
        done = commands.run(argv, cwd=folder, env={}, timeout=seconds, limit_bytes=SAID)
        return Ran(done.rc, done.stdout.decode("utf-8", "replace"), done.timed_out)
