"""The names of the handoff contracts, for who asks only whether there is one."""

from ccorch.errors import ConfigInvalid

OF_ROLES = (
    *("requirements", "architecture", "development", "testing", "review", "performance", "compatibility"),
    *("documentation", "automation", "security", "supervisor", "implementation", "ops", "multimodal"),
)
"""What a role's `handoff` field may say."""

OF_CASES = ("bench_patch", "bench_findings", "bench_answers")
"""Contracts of the benchmark suite's cases."""


def check_contract(name: str) -> None:
    """Raises ConfigInvalid where there is no contract of that name."""
    if name not in OF_ROLES and name not in OF_CASES:
        raise ConfigInvalid(
            f"no handoff contract {name!r}", hint=f"set the role's handoff to one of {', '.join(OF_ROLES)}"
        )
