"""Every authored file of a project and its user against the authoring schemas; all problems at once."""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ccorch.config import trust
from ccorch.config.authoring import authored_schema
from ccorch.config.compose import Composed, ComposeRequest, compose
from ccorch.config.document import Document
from ccorch.config.document import Path as KeyPath
from ccorch.config.guard import screen
from ccorch.config.layers import GROUPS, LayerDir, layer_dirs, read_inside
from ccorch.config.private import got, is_private
from ccorch.config.problems import dotted, in_words, set_by, unknown_key
from ccorch.config.reading import parse
from ccorch.config.renamed import modern
from ccorch.config.stack import group_of
from ccorch.errors import CcorchError, ConfigForbidden, ConfigInvalid
from ccorch.rules.plain import beginning
from ccorch.rules.unpassable import refusals
from ccorch.schema.jsonschema import LATER
from ccorch.schema.prompt import Prompt

_FOLDERS = {part for folder in GROUPS.values() for part in (folder, folder.partition("/")[0])}


def check(
    project: Path, config_dir: Path | None = None, user_dir: Path | None = None, cache_dir: Path | None = None
) -> tuple[str, ...]:
    """The problems of all authored files, each with file:line; then, if there are none, of composing them."""
    layers = layer_dirs(project, config_dir, user_dir)
    problems = [said for layer in layers if layer.layer != "packaged" for said in _layer_problems(layer)]
    if problems:
        return tuple(problems)
    try:
        request = ComposeRequest(
            project, config_dir=config_dir, user_dir=user_dir, task="check", cache_dir=cache_dir
        )
        composed = compose(request)
    except ConfigInvalid as error:
        return error.problems
    except ConfigForbidden as error:
        return (error.message,)
    return tuple(_not_passed(composed))


def _not_passed(composed: Composed) -> Iterator[str]:
    """Variables that no worker may be given, which every verb that looks at profiles refuses."""
    for kind, names in composed.config.profiles.environment:
        path = ("profiles", "environment", kind)
        yield from (f"{said}{set_by(composed.origins, path)}" for said in refusals(names, dotted(path)))


def check_file(layer: LayerDir, relative: str) -> tuple[str, ...]:
    """The problems of one file of a layer."""
    group = group_of(relative)
    try:
        place, text = f"{layer.root}/{relative}", read_inside(layer, relative)
        document = modern(parse(text, place), group)
        screen(document, layer.layer, group, lambda: trust.is_trusted(place, text))
    except CcorchError as error:
        return (error.message,)
    kind = group or os.path.basename(relative).removesuffix(".yaml")
    return (*_against(document, authored_schema(kind)), *(_of_placeholders(document) if kind == "prompt" else ()))


def _of_placeholders(document: Document) -> Iterator[str]:
    """What no schema can say: every placeholder of a prompt that says all by itself is declared, and used."""
    try:
        Prompt.model_validate(document.data)
    except ValidationError as error:
        for found in error.errors(include_url=False):
            if found["type"] == "value_error":
                yield f"{document.at(('text',))}: text: {in_words(dict(found))}"


def _layer_problems(layer: LayerDir) -> Iterator[str]:
    for relative in _files(layer.root):
        if relative == trust.TRUSTED and layer.layer == "user":
            yield from trust.problems()
            continue
        match _misplaced(layer, relative):
            case "":
                yield from check_file(layer, relative)
            case problem:
                yield f"{layer.root}/{relative}:1: {problem}"


def _files(root: str) -> Iterator[str]:
    for folder, folders, names in os.walk(root):
        below = os.path.relpath(folder, root)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if name.endswith((".yaml", ".yml")):
                yield os.path.normpath(os.path.join(below, name))


def _misplaced(layer: LayerDir, relative: str) -> str:
    folder, name = os.path.split(relative)
    if name.endswith(".yml"):
        return "is not read; config files end in .yaml"
    if folder == "" and name == "ceiling.yaml":
        return "" if layer.layer == "user" else "is not read; ceilings stand in your own config folder only"
    if folder == "" and name != "config.yaml":
        return "is not read; below a layer's root stands config.yaml, options stand in the folder of their group"
    if folder and folder not in _FOLDERS:
        return f"is not read; folders of groups are {', '.join(GROUPS.values())}"
    return ""


def _against(document: Document, schema: dict[str, Any]) -> Iterator[str]:
    from jsonschema import Draft202012Validator

    whole = Draft202012Validator(schema).iter_errors(document.data)
    for error in [inner for found in whole for inner in _complaints(found)]:
        path = tuple(error.absolute_path)
        if error.validator == "additionalProperties":
            known = list(error.schema.get("properties", {}))
            for name in _extra(error.instance, known):
                yield f"{document.at((*path, name))}: {dotted((*path, name))}: {unknown_key(name, known, path)}"
        else:
            yield f"{document.at(path)}: {dotted(path)}: {_told(path, error)}"


def _complaints(error: Any) -> Iterator[Any]:
    """The complaints about the value itself rather than about all the forms that it might have had."""
    if error.validator != "anyOf" or not error.context:
        yield error
        return
    branches: dict[int, list[Any]] = {}
    for inner in error.context:
        branches.setdefault(inner.schema_path[0], []).append(inner)
    said = [found for found in branches.values() if not _is_other_form(found)]
    fitting = [found for found in said if not any(_is_other_type(inner) for inner in found)]
    for inner in (fitting or said or [branches[0]])[0]:
        yield from _complaints(inner)


def _told(path: KeyPath, error: Any) -> str:
    """The complaint in jsonschema's words, which repeat the value, or in ours where it is not repeated."""
    if not is_private(path):
        return beginning(error.message, 200)
    wants = {"type": "be of type", "pattern": "match", "enum": "be one of"}.get(error.validator, error.validator)
    return f"must {wants} {error.validator_value}{got(path, error.instance)}"


def _is_other_type(error: Any) -> bool:
    return error.validator == "type" and not error.path


def _is_other_form(found: list[Any]) -> bool:
    """Whether it only says that the value is no interpolation, which nobody said that it is."""
    return any(error.validator == "pattern" and error.validator_value == LATER for error in found)


def _extra(instance: Any, known: Sequence[str]) -> Iterable[str]:
    return [name for name in instance if name not in known]
