"""`workflow_file=PATH`: a file of the project, or of its user, takes the place of the composed workflow."""

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ccorch.config import trust
from ccorch.config.compose import Composed, ComposeRequest, Named, roles
from ccorch.config.document import Document
from ccorch.config.document import Path as KeyPath
from ccorch.config.filed import Filed
from ccorch.config.guard import screen
from ccorch.config.layers import LayerDir, default_user_dir, project_root, read_inside
from ccorch.config.provenance import Origins
from ccorch.config.workflow_text import MOST_BYTES, WorkflowText
from ccorch.errors import ConfigForbidden, ConfigInvalid
from ccorch.rules import workflow_v1
from ccorch.rules.tightest import tightest
from ccorch.rules.workflow_v1 import Translated
from ccorch.schema.config import Layer, Origin
from ccorch.schema.workflow import Workflow
from ccorch.schema.workflow_v1 import WorkflowV1

ByNames = Callable[[Sequence[str]], Named]
"""Finds roles by their names."""


def with_file(request: ComposeRequest, composed: Composed) -> Filed:
    """The config with its workflow_file in place of its workflow; as it is where it names none.

    Raises ConfigInvalid with every problem of the file and its lines, ConfigForbidden for one that lies elsewhere.
    """
    name = composed.config.workflow_file
    if name is None:
        return Filed(composed, composed.strange)
    _check_alone(request)
    text, found = read_file(request, composed, name)
    simulate = {**found.simulate, **composed.config.simulate}
    config = composed.config.model_copy(update={"workflow": found.workflow, "simulate": simulate})
    said = {"workflow": found.workflow.model_dump(mode="json", exclude_defaults=True), "simulate": simulate}
    if found.output is not None:
        policy = config.policy.model_copy(update={"output": tightest([config.policy.output, found.output])})
        config = config.model_copy(update={"policy": policy})
        said["policy"] = policy.model_dump(mode="json")
    origins = _FileOrigins(composed.origins, text)
    filed = replace(composed, config=config, held={**composed.held, **said}, origins=origins)
    return Filed(filed, (*composed.strange, *text.told(found.problems)))


def read_file(request: ComposeRequest, composed: Composed, name: str) -> tuple[WorkflowText, Translated]:
    """The workflow that a file says; raises ConfigInvalid and ConfigForbidden."""
    text = _text(request, name)
    return text, _read(text, request, composed)


def _check_alone(request: ComposeRequest) -> None:
    """A workflow that is chosen or changed beside the file would be lost without a word."""
    typed = request.typed or {}
    keys = [word.lstrip("+").partition("=")[0] for word in request.overrides]
    keys += [*(typed.get("groups") or {}), *(typed.get("set") or {})]
    lost = [key for key in keys if key.split("@")[-1].split(".")[0] == "workflow"]
    if lost:
        hint = "change the file, or leave workflow_file out"
        raise ConfigInvalid(f"{', '.join(lost)} has no effect beside workflow_file", hint=hint)


def _text(request: ComposeRequest, name: str) -> WorkflowText:
    """The file of that name; relative names count from the project."""
    project = project_root(request.project)
    user = Path(request.user_dir or default_user_dir()).absolute()
    path = os.path.normpath(os.path.join(project, name))
    roots: tuple[tuple[Layer, Path], ...] = (("project", project), ("user", user))
    for layer, root in roots:
        inside = os.path.relpath(path, root)
        if inside.split(os.sep)[0] == os.pardir:
            continue
        if not os.path.lexists(path):
            raise ConfigInvalid(f"workflow_file: there is no file {name!r}", hint=f"looked for {path}")
        # only that nothing leads out of the folder counts here, not what layer it is
        return WorkflowText(name, layer, read_inside(LayerDir("config-dir", str(root)), inside, MOST_BYTES), path)
    raise ConfigForbidden(
        f"workflow_file: {name!r} lies outside the project", hint=f"copy it into the project or into {user}"
    )


def _read(text: WorkflowText, request: ComposeRequest, composed: Composed) -> Translated:
    def by_name(names: Sequence[str]) -> Named:
        return roles(request, composed.layers, names)

    if not text.is_older:
        return _own(text, by_name)
    file, strange = text.checked(WorkflowV1, text.data)
    named = workflow_v1.roles_named(file)
    found, wrong = by_name(list(named))
    made = workflow_v1.translated(file, found)
    unknown = tuple((named[name], said) for name, said in wrong.items())
    return replace(made, problems=(*strange, *unknown, *made.problems))


def _own(text: WorkflowText, by_name: ByNames) -> Translated:
    data = dict(text.data)
    if "defaults" in data:
        said = "`defaults` are followed in the layers only; write roles: {KEY: ROLE}"
        text.refuse([(("defaults",), said)])
    if text.layer == "project":
        _refuse_commands(text, data.get("nodes"))
    workflow, strange = text.checked(Workflow, {**data, "roles": _roles(text, data.get("roles", {}), by_name)})
    return Translated(workflow, problems=strange)


def _refuse_commands(text: WorkflowText, nodes: Any) -> None:
    """A project's file says where its owner's checks are run, never what is run."""
    listed = nodes if isinstance(nodes, list) else ()
    said = "a project may not let workers run commands; write `checks: true` and declare checks.commands yourself"
    given = [place for place, node in enumerate(listed) if isinstance(node, dict) and "commands" in node]
    if given and not trust.is_trusted(text.path, text.text):
        told = text.told([(("nodes", place, "commands"), said) for place in given])
        raise ConfigForbidden("; ".join(told), hint=trust.hint(text.path))


def _roles(text: WorkflowText, said: Any, by_name: ByNames) -> Any:
    """Roles by key: names of options resolved, mappings as they stand, as far as a project may write them."""
    keyed = {name: name for name in said} if isinstance(said, list) else said
    if not isinstance(keyed, dict):
        return said
    if any(isinstance(role, dict | list) for role in keyed.values()):
        document = Document(text.place, {"roles": keyed}, text.document.lines)
        screen(document, text.layer, "workflow", lambda: trust.is_trusted(text.path, text.text))
    names = {key: role for key, role in keyed.items() if isinstance(role, str)}
    found, wrong = by_name(list(dict.fromkeys(names.values())))
    text.refuse([(("roles", key), wrong[role]) for key, role in names.items() if role in wrong])
    return keyed | {key: found[role] for key, role in names.items()}


class _FileOrigins(Origins):
    """Where the layers and words set things, but of the workflow where the file does."""

    def __init__(self, others: Origins, text: WorkflowText) -> None:
        self._others = others
        self._text = text

    def lookup(self, key: str) -> Origin:
        """Where the key was set."""
        path = tuple(key.split("."))
        return self.at(path) if path[0] == "workflow" else self._others.lookup(key)

    def at(self, path: KeyPath) -> Origin:
        """The same for a path."""
        if path[:1] != ("workflow",):
            return self._others.at(path)
        return Origin(layer=self._text.layer, place=self._text.place_of(path[1:]))
