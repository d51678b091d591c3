"""The verbs about prompts: which there are, how one is written, and what workers read of it."""

import shlex

from pydantic import ValidationError

from ccorch.config.catalog import OptionInfo, option_text, options
from ccorch.config.compose import ComposeRequest, compose
from ccorch.config.layers import LayerDir, layer_dirs
from ccorch.config.reading import parse
from ccorch.errors import ArgumentInvalid, CcorchError, NotFound
from ccorch.operations.house import House
from ccorch.operations.which import checked_project
from ccorch.schema.base import Many, Value
from ccorch.schema.knowing import PromptListRequest, PromptRenderRequest, PromptShowRequest
from ccorch.schema.prompt import Prompt

GROUP = "prompt"


class PromptRow(Value):
    """A prompt in the list."""

    name: str
    """Its name, as in prompt=NAME."""
    summary: str
    """What it is for."""
    layer: str
    """Layer that it comes from."""
    roles: Many[str]
    """Roles that it is written for; none is any."""
    values: dict[str, str | None]
    """What its placeholders stand for unless something else is said; null has to be given."""
    problem: str | None = None
    """What is wrong with its file; null when nothing is."""


class PromptsReply(Value):
    """Every prompt."""

    prompts: Many[PromptRow]
    """The prompts."""


class PromptReply(Value):
    """A prompt as it is written."""

    name: str
    """Its name."""
    place: str
    """Its file."""
    text: str
    """What stands there."""


class RenderedReply(Value):
    """A prompt as workers read it."""

    name: str
    """Its name."""
    roles: Many[str]
    """Roles that it is written for."""
    values: dict[str, str]
    """What its placeholders stand for now."""
    words: str
    """The words in the system prompt."""
    use: str
    """The command that has a worker read them; its task is left to you."""


def listing(house: House, request: PromptListRequest) -> PromptsReply:
    """Every prompt of the layers; one that is written wrongly is listed with its problem."""
    layers = _layers(house)
    return PromptsReply(prompts=tuple(_row(house, layers, option) for option in options(layers, GROUP)))


def _row(house: House, layers: tuple[LayerDir, ...], option: OptionInfo) -> PromptRow:
    about = {"name": option.name, "summary": option.summary, "layer": option.layer}
    try:
        prompt = _alone(option_text(layers, GROUP, option.name), option.place) or _composed(house, option.name)
    except CcorchError as problem:
        return PromptRow(**about, roles=(), values={}, problem=problem.message)
    return PromptRow(**about, roles=prompt.roles, values=dict(prompt.values))


def _alone(text: str, place: str) -> Prompt | None:
    """A prompt whose file says everything itself, which is read without composing; null for any other."""
    try:
        return Prompt.model_validate(parse(text, place).data)
    except ValidationError:
        return None


def show(house: House, request: PromptShowRequest) -> PromptReply:
    """The file of a prompt."""
    layers = _layers(house)
    text = option_text(layers, GROUP, request.name)
    place = next(one.place for one in options(layers, GROUP) if one.name == request.name)
    return PromptReply(name=request.name, place=place, text=text)


def render(house: House, request: PromptRenderRequest) -> RenderedReply:
    """A prompt with its placeholders filled in; strict as a plan is."""
    option_text(_layers(house), GROUP, request.name)
    prompt = _filled(_composed(house, request.name), dict(_checked(word) for word in request.values))
    if prompt.missing:
        wanted = " ".join(f"{name}=…" for name in prompt.missing)
        said = f"prompt {prompt.name} needs {', '.join(prompt.missing)}"
        raise ArgumentInvalid(said, hint=f"`ccorch prompt render {prompt.name} {wanted}`")
    values = {name: value or "" for name, value in prompt.values.items()}
    use = _use(request, prompt)
    return RenderedReply(name=prompt.name, roles=prompt.roles, values=values, words=prompt.words, use=use)


def _use(request: PromptRenderRequest, prompt: Prompt) -> str:
    role = (f"role={prompt.roles[0]}",) if prompt.roles else ()
    given = (f"prompt.values.{word}" for word in request.values)
    return f"ccorch {shlex.join((*role, f'prompt={request.name}', *given))} task=…"


def _filled(prompt: Prompt, given: dict[str, str]) -> Prompt:
    """The prompt with these values, each taken as it stands."""
    try:
        return Prompt.model_validate({**prompt.model_dump(), "values": {**prompt.values, **given}})
    except ValidationError as problem:
        said = "; ".join(error["msg"].removeprefix("Value error, ") for error in problem.errors())
        raise ArgumentInvalid(f"prompt {prompt.name}: {said}", hint="`ccorch prompt ls` names its values") from None


def _checked(word: str) -> tuple[str, str]:
    name, equals, words = word.partition("=")
    if not equals or not name.isidentifier():
        raise ArgumentInvalid(f"{word!r} is no value", hint="a value is NAME=WORDS")
    return name, words


def _layers(house: House) -> tuple[LayerDir, ...]:
    return layer_dirs(checked_project(house.project), None, house.user_config)


def _composed(house: House, name: str) -> Prompt:
    if not name.replace("_", "").replace("-", "").isalnum():
        raise NotFound(f"no prompt {name!r}", hint="`ccorch prompt ls` lists them")
    request = ComposeRequest(
        house.project, (f"{GROUP}={name}",), task="-", user_dir=house.user_config, cache_dir=house.cache
    )
    return compose(request).config.prompt
