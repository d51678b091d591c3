"""The most that one attempt can cost by its turns."""

from ccorch.schema.config import RunConfig
from ccorch.schema.price import ModelPrice
from ccorch.schema.role import Role

WINDOW_TOKENS = 200_000
"""Context window that the worst case assumes for every turn, in tokens."""

ANSWER_TOKENS = 32_000
"""Output that the worst case assumes for every turn; Claude Code asks for at most this by default."""


def worst_usd(price: ModelPrice | None, max_turns: int, multiplier: float = 1.0) -> float | None:
    """Most that an attempt can cost: every turn with a full window and a full answer. None when unpriced."""
    if price is None:
        return None
    dearest = max(price.input, price.cache_write if price.cache_write is not None else price.input * 1.25)
    return round(multiplier * max_turns * (WINDOW_TOKENS * dearest + ANSWER_TOKENS * price.output) / 1e6, 6)


def dearest(*known: float | None) -> float | None:
    """The largest of these amounts; None when one of them is unknown."""
    amounts = [usd for usd in known if usd is not None]
    return max(amounts) if len(amounts) == len(known) else None


def turns(config: RunConfig, role: Role) -> int:
    """Most turns of one attempt of the role: the smaller of its own limit and the policy's."""
    most = config.policy.max_turns
    return most if role.max_turns is None else min(role.max_turns, most)
