"""Workflows that nodes name: found in the layers or in files, and put in the places of these nodes."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from ccorch.config import stack
from ccorch.config.complaints import missing_option
from ccorch.config.compose import Composed, ComposeRequest, compose
from ccorch.config.filed import Filed
from ccorch.config.named_roles import without_keys, without_roles
from ccorch.config.workflow_file import read_file
from ccorch.errors import CcorchError, ConfigInvalid
from ccorch.rules.composing import Flat, composed
from ccorch.rules.nesting import Level
from ccorch.rules.tightest import tightest
from ccorch.schema.policy import Output
from ccorch.schema.workflow import Rehearsed, Workflow

FILES = (".yaml", ".yml", ".json")
"""What a file ends in; all else is an option's name."""

PART = "part:"


@dataclass(frozen=True)
class Part:
    """A workflow that somebody named."""

    workflow: Workflow
    place: Callable[[str], str]
    """Where a key of it stands, as file:line."""
    simulate: Mapping[str, tuple[Rehearsed, ...]] = field(default_factory=dict)
    output: Output | None = None


def with_parts(request: ComposeRequest, filed: Filed) -> Filed:
    """The config with the workflows that its nodes name in their places; as it is where none does.

    What cannot be found goes along as problems with their lines, to be told with all the others.
    """
    workflow = filed.composed.config.workflow
    if not any(node.workflow for node in workflow.nodes):
        return filed
    search = _Search(request, filed.composed)
    search.follow(workflow, lambda key: filed.composed.origins.lookup(f"workflow.{key}").place)
    flat = composed(workflow, {name: part.workflow for name, part in search.parts.items()})
    place = _Places(filed.place, search.parts)
    problems = (*filed.problems, *search.problems)
    return Filed(_with(filed.composed, flat, search.parts), problems, flat, place)


def _with(found: Composed, flat: Flat, parts: Mapping[str, Part]) -> Composed:
    simulate = {**dict(_endings(flat, parts)), **found.config.simulate}
    outputs = [part.output for part in parts.values() if part.output is not None]
    policy = found.config.policy.model_copy(update={"output": tightest([found.config.policy.output, *outputs])})
    config = found.config.model_copy(update={"workflow": flat.workflow, "simulate": simulate, "policy": policy})
    said = {name: part.workflow.model_dump(mode="json", exclude_defaults=True) for name, part in parts.items()}
    held = {**found.held, "parts": said, "simulate": simulate, "policy": policy.model_dump(mode="json")}
    return replace(found, config=config, held=held)


def _endings(flat: Flat, parts: Mapping[str, Part]) -> Iterator[tuple[str, tuple[Rehearsed, ...]]]:
    for level in flat.levels:
        for node, endings in _of(level, parts).items():
            yield f"{level.prefix}{node}", endings


def _of(level: Level, parts: Mapping[str, Part]) -> Mapping[str, tuple[Rehearsed, ...]]:
    return parts[level.name].simulate if level.name else {}


@dataclass(frozen=True)
class _Places:
    """Where keys stand: of the run's own workflow, and of those within it."""

    own: Callable[[str], str]
    parts: Mapping[str, Part]

    def __call__(self, key: str) -> str:
        if not key.startswith(PART):
            return self.own(key)
        inside = key.removeprefix(PART)
        name = max((name for name in self.parts if inside.startswith(f"{name}.")), key=len)
        return self.parts[name].place(inside.removeprefix(f"{name}."))


@dataclass
class _Search:
    """What has been found so far."""

    request: ComposeRequest
    composed: Composed
    parts: dict[str, Part] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    failed: set[str] = field(default_factory=set)

    def follow(self, workflow: Workflow, place: Callable[[str], str]) -> None:
        """Find all that the nodes of a workflow name, and what these name in turn."""
        waiting = [(workflow, place)]
        while waiting:
            now, where = waiting.pop()
            for number, node in enumerate(now.nodes):
                name = node.workflow
                if name is None or name in self.parts or name in self.failed:
                    continue
                found = self.found(name, where(f"nodes.{number}.workflow"))
                if found is not None:
                    self.parts[name] = found
                    waiting.append((found.workflow, found.place))

    def found(self, name: str, asked: str) -> Part | None:
        """The workflow of that name; None where there is none, which is noted."""
        try:
            return self.file(name) if name.endswith(FILES) else self.option(name)
        except ConfigInvalid as problem:
            self.failed.add(name)
            self.problems += [
                f"{asked}: workflow {name}: {said}" for said in problem.problems or (problem.message,)
            ]
        except CcorchError as problem:
            raise type(problem)(f"{asked}: {problem.message}", hint=problem.hint, **problem.facts) from None
        return None

    def option(self, name: str) -> Part:
        """The workflow that `workflow=NAME` would be, under the same words otherwise."""
        if not stack.find(self.composed.layers, f"workflow/{name}"):
            raise ConfigInvalid(missing_option(self.composed.layers, "workflow", name))
        typed = self.request.typed or {}
        others = {key: dict(without_keys(typed.get(key) or {})) for key in ("groups", "set")}
        words = (*without_roles(self.request.overrides), f"workflow={name}")
        made = compose(replace(self.request, overrides=words, typed=others if typed else None))
        return Part(made.config.workflow, lambda key: made.origins.lookup(f"workflow.{key}").place)

    def file(self, name: str) -> Part:
        """The workflow that stands in a file."""
        text, made = read_file(self.request, self.composed, name)
        self.problems += text.told(made.problems)
        return Part(
            made.workflow,
            lambda key: text.place_of(tuple(int(word) if word.isdigit() else word for word in key.split("."))),
            made.simulate,
            made.output,
        )
