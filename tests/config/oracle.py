"""What plain Hydra makes of a request: the yardstick for the resolver."""

import random
from typing import Any

import hydra
from omegaconf import OmegaConf

from ccorch.config import stack
from ccorch.config.compose import ComposeRequest
from ccorch.config.hydra_app import hydra_words
from ccorch.config.layers import layer_dirs
from ccorch.config.overrides import parse
from ccorch.config.source import session

VALUES = (
    "policy.max_turns=7",
    "policy.write=true",
    "policy.write_scope.deny=[a, 'b c', 3x]",
    "policy.write_scope={allow: [x], deny: []}",
    "cost.usd_per_run=1.25",
    "cost.usd_per_run=null",
    "++queue.priority=-3",
    "+queue.priority=1_0",
    "role.timeout_seconds=60",
    "role.summary='a, b'",
    "role.summary=a/b:c@d",
    "role.summary=${policy.max_turns} turns of ${role.name}",
    "role.tools=[Read]",
    "role.commands=[git diff]",
    "label=it's ${not.one} \\ \\' \\",
    "context=\\${a} 'b' \"c\"",
    "model=null",
    "attach=[]",
    "workflow.nodes.0.task=other",
    "workflow.summary=${workflow.name}",
    "queue.priority=int('3')",
    "workflow.roles={extra: ${role}}",
    "prices.models={new-model-5.2: {input: 1, output: 2.5}}",
)


def by_hydra(request: ComposeRequest) -> dict[str, Any]:
    """The composed and resolved data from `hydra.compose` with every override in its own grammar."""
    layers = layer_dirs(request.project, request.config_dir, request.user_dir)
    words = hydra_words(parse(request.overrides, request.typed, request.task))
    with session(layers):
        composed = hydra.compose(stack.PRIMARY, overrides=words)
    data: Any = OmegaConf.to_container(composed, resolve=True)
    return dict(data)


def random_words(chance: random.Random, options: dict[str, list[str]]) -> tuple[str, ...]:
    """A random selection of options and values, without a key twice."""
    groups = chance.sample(sorted(options), chance.randint(0, 4))
    words = {group: f"{group}={chance.choice(options[group])}" for group in groups}
    for value in chance.sample(VALUES, chance.randint(0, 6)):
        words.setdefault(value.partition("=")[0].lstrip("+"), value)
    return tuple(words.values())
