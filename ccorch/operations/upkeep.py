"""The verbs that set a repository up."""

import json
from collections.abc import Iterator
from pathlib import Path

from ccorch.config.layers import GROUPS, packaged_folder
from ccorch.errors import WorkspaceUnwritable
from ccorch.operations.house import House
from ccorch.operations.which import checked_project
from ccorch.schema.base import Many, Value
from ccorch.schema.keeping import InitRequest

START = """# This project's own settings; they extend the packaged ones and are checked by `ccorch config check`.
# defaults:
#   - override role: review
#   - override policy: careful
# policy:
#   max_concurrent: 3
# cost:
#   usd_per_run: 1.0
"""


class InitReply(Value):
    """What was set up."""

    written: Many[str]
    """Files that were written, or would be with a dry run."""
    kept: Many[str]
    """Files that exist and were left as they are."""
    advice: Many[str]
    """What is left to do by hand."""
    dry_run: bool
    """Whether nothing was written."""


def init(house: House, request: InitRequest) -> InitReply:
    """Write what is missing; nothing that exists is changed."""
    project = checked_project(house.project)
    wanted = dict(_files())
    kept = [name for name in wanted if (project / name).exists()]
    written = [name for name in wanted if name not in kept]
    if not request.dry_run:
        for name in written:
            _write(project / name, wanted[name])
    return InitReply(
        written=tuple(written), kept=tuple(kept), advice=tuple(_advice(project, kept)), dry_run=request.dry_run
    )


def _files() -> Iterator[tuple[str, str]]:
    yield ".ccorch/config.yaml", START
    folder = Path(packaged_folder("schemas")) / "authoring"
    for schema in sorted(folder.glob("*.json")):
        yield f".ccorch/schemas/{schema.name}", schema.read_text(encoding="utf-8")
    yield ".vscode/settings.json", json.dumps({"yaml.schemas": _wiring()}, indent=2) + "\n"


def _wiring() -> dict[str, str]:
    """Schema by the files it is for, as the YAML language server of VS Code reads it."""
    groups = {
        f"./.ccorch/schemas/{group}.schema.json": f"/.ccorch/{folder}/*.yaml"
        for group, folder in GROUPS.items()
        if (Path(packaged_folder("schemas")) / "authoring" / f"{group}.schema.json").exists()
    }
    return {"./.ccorch/schemas/config.schema.json": "/.ccorch/config.yaml", **groups}


def _advice(project: Path, kept: list[str]) -> Iterator[str]:
    if ".vscode/settings.json" in kept and "yaml.schemas" not in (project / ".vscode/settings.json").read_text(
        encoding="utf-8", errors="replace"
    ):
        yield f'.vscode/settings.json exists; add "yaml.schemas": {json.dumps(_wiring())}'


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "x", encoding="utf-8") as file:
            file.write(text)
    except OSError as problem:
        raise WorkspaceUnwritable(f"cannot write {path}: {problem.strerror}") from problem
