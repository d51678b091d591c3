"""How this ccorch was installed, and the commands that add to it or renew it there."""

import os
import shlex
import shutil
import sys
from importlib.metadata import PackageNotFoundError, distribution
from json import loads
from pathlib import Path
from typing import Literal

Kind = Literal["pip", "pipx", "uv"]

HERE = Path(sys.prefix)
"""The environment that this ccorch runs in."""

MARKS: dict[str, Kind] = {"pipx_metadata.json": "pipx", "uv-receipt.toml": "uv"}
"""What tools that keep commands apart leave in the environment that they make for one."""


def adding(extra: str, environment: Path = HERE) -> str:
    """Command that brings an extra of ccorch to where this one runs."""
    match kind(environment):
        case "pipx":
            return f"pipx runpip {shlex.quote(environment.name)} install 'ccorch[{extra}]'"
        case "uv":
            # it looks ccorch up anew, unlike pip, and must find the same one
            return f"uv tool install {shlex.quote(f'ccorch[{extra}]{_source()}')}"
        case "pip":
            return f"{python(sys.executable)} -m pip install 'ccorch[{extra}]'"


def renewing(extra: str, environment: Path = HERE) -> str:
    """Command that brings the latest ccorch and what it leans on to where this one runs."""
    match kind(environment):
        case "pipx":
            return f"pipx upgrade {shlex.quote(environment.name)}"
        case "uv":
            return f"uv tool upgrade {shlex.quote(environment.name)}"
        case "pip":
            return f"{python(sys.executable)} -m pip install -U 'ccorch[{extra}]'"


def kind(environment: Path) -> Kind:
    """Which tool made the environment; pip is anything that left no mark."""
    return next((tool for mark, tool in MARKS.items() if (environment / mark).is_file()), "pip")


def python(executable: str) -> str:
    """As it is called from a shell: by its name where that finds it, else by its whole path."""
    found = shutil.which("python3")
    is_found = found is not None and os.path.dirname(found) == os.path.dirname(executable)
    return "python3" if is_found else shlex.quote(executable)


def address(direct_url: str) -> str | None:
    """Where a package came from, as its `direct_url.json` tells; null where it is worked on in place."""
    told = loads(direct_url)
    if told.get("dir_info", {}).get("editable"):
        return None
    by = f"{told['vcs_info']['vcs']}+" if "vcs_info" in told else ""
    return f"{by}{told['url']}"


def _source() -> str:
    """How a requirement names the file, folder or repository that ccorch came from; empty for a package index."""
    try:
        told = distribution("ccorch").read_text("direct_url.json")
        found = address(told) if told else None
    except (PackageNotFoundError, OSError, ValueError, KeyError):
        return ""
    return f" @ {found}" if found else ""
