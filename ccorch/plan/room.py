"""Prompts that cannot fit into the window of their model, found before anything is paid."""

from collections.abc import Iterator, Sequence

from ccorch.rules.fault import Fault
from ccorch.rules.worst_case import WINDOW_TOKENS
from ccorch.schema.config import RunConfig
from ccorch.schema.plan import Attachment, PlanNode

LETTERS_PER_TOKEN = 6
"""More than any tokenizer packs into a token on average: what is too long by this is too long for all."""

LARGE_WINDOW_TOKENS = 1_000_000
"""Window of models that are asked for with `[1m]`."""


def overlong(config: RunConfig, nodes: Sequence[PlanNode], attachments: Sequence[Attachment]) -> Iterator[Fault]:
    """Nodes whose first message alone is longer than the window; images do not count."""
    if config.worker == "simulated":
        return
    shown = sum(one.bytes // 4 for one in attachments if not one.media_type.startswith("image/"))
    common = len(config.task) + len(config.context or "") + shown
    for node in nodes:
        tokens = (common + len(node.task or "") + len(node.system_prompt)) // LETTERS_PER_TOKEN
        window = LARGE_WINDOW_TOKENS if "[1m]" in node.route.model else WINDOW_TOKENS
        if tokens > window and not node.commands:
            yield Fault(
                "task",
                f"node {node.id!r}: its prompt has at least {tokens:,} tokens, more than the {window:,} that "
                f"{node.route.model} holds; name files instead of their content, or shorten it",
            )
