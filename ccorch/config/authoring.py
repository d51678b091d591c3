"""The generated files of `schemas/`: `python -m ccorch.config.authoring --write` makes them, `--check` compares."""

import json
import os
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from ccorch.config.layers import packaged_folder
from ccorch.schema.ceiling import Ceiling
from ccorch.schema.checks import Checks
from ccorch.schema.config import Engine, Notify, RunConfig
from ccorch.schema.jsonschema import DIALECT, authoring, resolved
from ccorch.schema.model import Models
from ccorch.schema.policy import Cost, Policy, Queue, Routing
from ccorch.schema.price import Prices
from ccorch.schema.profile import Profiles
from ccorch.schema.prompt import Prompt
from ccorch.schema.role import Role
from ccorch.schema.workflow import Workflow

MODELS: dict[str, type[BaseModel]] = {
    "role": Role,
    "policy": Policy,
    "cost": Cost,
    "queue": Queue,
    "routing": Routing,
    "workflow": Workflow,
    "profiles": Profiles,
    "prices": Prices,
    "models": Models,
    "engine": Engine,
    "checks": Checks,
    "notify": Notify,
    "prompt": Prompt,
}
"""The model of each config group."""


def schema_files() -> dict[str, str]:
    """Every generated file by its path below `schemas/`."""
    files = {"run.schema.json": resolved(RunConfig), "ceiling.schema.json": authored_schema("ceiling")}
    for group, model in MODELS.items():
        files[f"{group}.schema.json"] = resolved(model)
        files[f"authoring/{group}.schema.json"] = authored_schema(group)
    files["authoring/config.schema.json"] = _by_reference(authored_schema("config"))
    # an experiment may say what config.yaml may: told by its name, for it is a quarter of all schemas
    files["authoring/experiment.schema.json"] = {"$schema": DIALECT, "$ref": "config.schema.json"}
    return {name: json.dumps(schema, indent=2, ensure_ascii=False) + "\n" for name, schema in files.items()}


def _by_reference(config: dict[str, Any]) -> dict[str, Any]:
    """The schema of config.yaml, in which each group is the schema beside it but for the `defaults` of a file."""
    own = {
        model.__name__: {"allOf": [{"$ref": f"{group}.schema.json"}, {"properties": {"defaults": False}}]}
        for group, model in MODELS.items()
    }
    root = {key: value for key, value in config.items() if key != "$defs"}
    definitions = config["$defs"] | own
    needed, found = list(_referred(root)), dict[str, Any]()
    while needed:
        name = needed.pop()
        if name not in found:
            found[name] = definitions[name]
            needed += _referred(definitions[name])
    return root | {"$defs": dict(sorted(found.items()))}


def _referred(schema: Any) -> Iterator[str]:
    """Names of the definitions that a schema refers to."""
    match schema:
        case {"$ref": str(place)} if place.startswith("#/$defs/"):
            yield place.rpartition("/")[2]
        case dict():
            for inner in schema.values():
                yield from _referred(inner)
        case list():
            for inner in schema:
                yield from _referred(inner)


@cache
def authored_schema(kind: str) -> dict[str, Any]:
    """The schema of an authored file: of a group's option, of config.yaml, an experiment or ceiling.yaml."""
    match kind:
        case "ceiling":
            return resolved(Ceiling)
        case "config" | "experiment":
            return authoring(RunConfig)
    return authoring(MODELS[kind])


def write(folder: Path) -> list[str]:
    """Bring the folder up to date; the names of the files that changed or went."""
    changed = drift(folder)
    files = schema_files()
    for name in changed:
        path = folder / name
        if name in files:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(files[name], encoding="utf-8")
        else:
            path.unlink()
    return changed


def drift(folder: Path) -> list[str]:
    """The names of files that are missing, differ or should not be there."""
    files = schema_files()
    there = {str(path.relative_to(folder)): path for path in folder.rglob("*.json")}
    differing = [
        name for name, text in files.items() if name not in there or there[name].read_text("utf-8") != text
    ]
    return sorted({*differing, *(there.keys() - files.keys())})


def main(argv: Sequence[str]) -> int:
    """Write or check the schemas beside the package."""
    folder = Path(packaged_folder("schemas"))
    match list(argv):
        case ["--write"]:
            names, verb = write(folder), "written"
        case ["--check"]:
            names, verb = drift(folder), "out of date; run python -m ccorch.config.authoring --write"
        case _:
            print("usage: python -m ccorch.config.authoring --write|--check", file=sys.stderr)
            return 2
    for name in names:
        print(f"{os.path.join('schemas', name)}: {verb}")
    return 1 if names and argv[0] == "--check" else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
