"""Which request features an endpoint complains of, when it refuses a request that Claude Code sent."""

SIGNS = {
    "effort": ("output_config", "effort"),
    "adaptive_thinking": ("thinking",),
    "context_management": ("context_management", "context-management", "clear_thinking"),
    "mid_conv_system": ("role", "mid-conversation"),
}
"""Words of a complaint by the feature that can be switched off, as Claude Code calls it."""

MALFORMED = ("400", "422")
"""Statuses with which endpoints refuse what they do not know."""


def to_switch_off(said: str, off: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Features that this refusal names; all that are left where it names none of them.

    Nothing where the request was not called malformed, or where everything is switched off already.
    """
    if not said.startswith(MALFORMED):
        return ()
    left = tuple(name for name in SIGNS if name not in off)
    named = tuple(name for name in left if any(sign in said.lower() for sign in SIGNS[name]))
    return named or left
