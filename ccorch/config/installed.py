"""How this ccorch was installed, and the commands that add to it or renew it there."""

import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, distribution
from json import loads
from pathlib import Path
from typing import Literal

from ccorch.config.uv_receipt import NAME, Receipt, receipt

Kind = Literal["pip", "pipx", "uv", "uv pip"]

HERE = Path(sys.prefix)
"""The environment that this ccorch runs in."""

MARKS: dict[str, Kind] = {"pipx_metadata.json": "pipx", NAME: "uv"}
"""What tools that keep commands apart leave in the environment that they make for one."""


def bringing_claude(configured: str | None, surroundings: Mapping[str, str]) -> str:
    """Command that brings a Claude Code that is looked at: where one is named, no other is."""
    if configured:
        return "ccorch explain claude"
    return "unset CLAUDE_CODE_BIN" if surroundings.get("CLAUDE_CODE_BIN") else adding("claude")


def adding(extra: str, environment: Path = HERE) -> str:
    """Command that brings an extra of ccorch to where this one runs."""
    match kind(environment):
        case "pipx":
            return f"pipx runpip {shlex.quote(environment.name)} install 'ccorch[{extra}]'"
        case "uv":
            return _adding_to_tool(extra, receipt(environment))
        case "uv pip":
            # by a name uv takes the environment that is active in the shell
            return f"uv pip install --python {shlex.quote(sys.executable)} 'ccorch[{extra}]'"
        case "pip":
            return f"{python(sys.executable)} -m pip install 'ccorch[{extra}]'"


def renewing(extra: str, environment: Path = HERE) -> str:
    """Command that brings the latest ccorch to where this one runs, and what that one asks for.

    What is there already stays as long as it is new enough for it; `uv tool` alone renews everything.
    """
    match kind(environment):
        case "pipx":
            return f"pipx upgrade {shlex.quote(environment.name)}"
        case "uv":
            return f"uv tool upgrade {shlex.quote(environment.name)}"
        case "pip":
            return f"{python(sys.executable)} -m pip install -U 'ccorch[{extra}]'"
        case "uv pip":
            return f"uv pip install --python {shlex.quote(sys.executable)} -U 'ccorch[{extra}]'"


def kind(environment: Path) -> Kind:
    """Which tool made the environment; pip is anything that left no mark. One that uv made has no pip in it."""
    found = next((tool for mark, tool in MARKS.items() if (environment / mark).is_file()), None)
    return found or ("uv pip" if _is_uvs(environment / "pyvenv.cfg") else "pip")


def python(executable: str) -> str:
    """As it is called from a shell: by its name where that finds it, else by its whole path."""
    found = shutil.which("python3")
    # another version may stand beside it, and the same one start another environment
    same = (os.path.dirname, os.path.realpath)
    is_found = found is not None and all(of(found) == of(executable) for of in same)
    return "python3" if is_found else shlex.quote(executable)


def address(direct_url: str) -> str | None:
    """Where a package came from, as its `direct_url.json` tells; null where it is worked on in place."""
    told = loads(direct_url)
    if told.get("dir_info", {}).get("editable"):
        return None
    by = f"{told['vcs_info']['vcs']}+" if "vcs_info" in told else ""
    return f"{by}{told['url']}"


def _is_uvs(told: Path) -> bool:
    try:
        lines = told.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    return any(line.partition("=")[0].strip() == "uv" for line in lines)


def _adding_to_tool(extra: str, found: Receipt) -> str:
    # it looks ccorch up anew, unlike pip, and must find the same one
    named = f"ccorch[{','.join(sorted({extra, *found.extras}))}]{_source()}"
    words = " ".join(("uv tool install", shlex.quote(named), shlex.join(found.words))).rstrip()
    return words if found.is_whole else f"{words}  # and what else it was installed with"


def _source() -> str:
    """How a requirement names the file, folder or repository that ccorch came from; empty for a package index."""
    try:
        told = distribution("ccorch").read_text("direct_url.json")
        found = address(told) if told else None
    except (PackageNotFoundError, OSError, ValueError, KeyError):
        return ""
    return f" @ {found}" if found else ""
