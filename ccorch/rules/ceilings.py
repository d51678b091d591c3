"""The owner's ceilings against what a run wants: nothing from below can raise them."""

from dataclasses import dataclass

from ccorch.schema.ceiling import Ceiling
from ccorch.schema.config import RunConfig
from ccorch.schema.fact import Caller
from ccorch.schema.policy import Cost, Sandbox

_SANDBOXES: tuple[Sandbox, ...] = ("off", "auto", "required")
"""From the weakest on."""


@dataclass(frozen=True)
class Breach:
    """One key of a run that is above the owner's ceiling."""

    key: str
    wanted: object
    allowed: object
    ceiling: str
    mend: str = "lower the value, or let the owner raise it"
    """What may be done about it; the owner's file is named behind."""

    def __str__(self) -> str:
        return f"{self.key} wants {self.wanted}, the owner's ceiling {self.ceiling} allows {self.allowed}"


def breaches(config: RunConfig, ceiling: Ceiling, by: Caller) -> tuple[Breach, ...]:
    """Every key of this run that its owner does not allow; empty when it may run."""
    policy = config.policy
    wanted: tuple[tuple[str, float | None, str, float | None], ...] = (
        ("policy.max_concurrent", policy.max_concurrent, "max_concurrent", ceiling.max_concurrent),
        ("policy.timeout_seconds", policy.timeout_seconds, "timeout_seconds", ceiling.timeout_seconds),
        ("policy.max_turns", policy.max_turns, "max_turns", ceiling.max_turns),
        ("policy.output.hard_bytes", policy.output.hard_bytes, "output_bytes", ceiling.output_bytes),
        *_of_money(config.cost, ceiling),
        *_of_roles(config, ceiling),
    )
    above = tuple(Breach(key, value, top, name) for key, value, name, top in wanted if _is_above(value, top))
    return above + _writing(config, ceiling, by) + _sandboxed(config, ceiling)


def confined(ceiling: Ceiling) -> Ceiling:
    """The ceilings for a client that says it may only read: through it nothing is written either."""
    return ceiling.model_copy(update={"write_from_mcp": False, "accept_from_mcp": False})


def tokens_for_run(config: RunConfig, ceiling: Ceiling) -> int | None:
    """The token limit that holds for the run: its own, or the ceiling where it names none."""
    return config.cost.tokens_per_run if config.cost.tokens_per_run is not None else ceiling.tokens_per_run


def confirm_above(config: RunConfig, ceiling: Ceiling) -> float | None:
    """The worst case above which the run has to be confirmed: the smaller of the run's and the owner's."""
    known = [usd for usd in (config.cost.confirm_above_usd, ceiling.confirm_above_usd) if usd is not None]
    return min(known) if known else None


def usd_for_run(config: RunConfig, ceiling: Ceiling) -> float | None:
    """The money limit that holds for the run: its own, or the ceiling where it names none."""
    return config.cost.usd_per_run if config.cost.usd_per_run is not None else ceiling.usd_per_run


def _of_money(cost: Cost, ceiling: Ceiling) -> tuple[tuple[str, float | None, str, float | None], ...]:
    names = ("usd_per_run", "usd_per_day", "usd_per_month", "tokens_per_run", "max_nodes")
    profiles = ((name, usd, ceiling.usd_per_profile.get(name)) for name, usd in cost.usd_per_profile.items())
    return (
        *((f"cost.{name}", getattr(cost, name), name, getattr(ceiling, name)) for name in names),
        *((f"cost.usd_per_profile.{name}", usd, "usd_per_profile", top) for name, usd, top in profiles),
    )


def _of_roles(config: RunConfig, ceiling: Ceiling) -> tuple[tuple[str, float | None, str, float | None], ...]:
    roles = {"role": config.role} | {f"workflow.roles.{key}": role for key, role in config.workflow.roles.items()}
    return tuple(
        row
        for place, role in roles.items()
        for row in (
            (f"{place}.timeout_seconds", role.timeout_seconds, "timeout_seconds", ceiling.timeout_seconds),
            (f"{place}.max_turns", role.max_turns, "max_turns", ceiling.max_turns),
        )
    )


def _writing(config: RunConfig, ceiling: Ceiling, by: Caller) -> tuple[Breach, ...]:
    allowed = ceiling.write_from_mcp if by == "mcp" else ceiling.write_from_terminal
    name = "write_from_mcp" if by == "mcp" else "write_from_terminal"
    return (Breach("policy.write", True, False, name),) if config.policy.write and not allowed else ()


def _sandboxed(config: RunConfig, ceiling: Ceiling) -> tuple[Breach, ...]:
    allowed, wanted = _SANDBOXES[_SANDBOXES.index(ceiling.sandbox) :], config.policy.sandbox
    if not config.policy.write or wanted in allowed:
        return ()
    mend = f"pass policy.sandbox={allowed[-1]}, or let the owner loosen it"
    return (Breach("policy.sandbox", wanted, " or ".join(allowed), "sandbox", mend),)


def _is_above(value: float | None, top: float | None) -> bool:
    return value is not None and top is not None and value > top
