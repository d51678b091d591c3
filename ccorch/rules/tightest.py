"""Limits of several who share one run: the strictest of each holds."""

from collections.abc import Sequence

from ccorch.schema.policy import Checkpoints, Output


def tightest(outputs: Sequence[Output]) -> Output:
    """The smallest of each; stopped where any stops, the end alone where any wants no more."""
    kinds = ("policy", "final_only")
    sizes = {name: min(getattr(one, name) for one in outputs) for name in Output.model_fields if name not in kinds}
    stops = any(one.policy == "stop" for one in outputs)
    return Output(
        **sizes, policy="stop" if stops else "truncate", final_only=any(one.final_only for one in outputs)
    )


def oftenest(wanted: Sequence[Checkpoints]) -> Checkpoints:
    """As often as any of them wants it; 0 wants none."""

    def least(name: str) -> int:
        return min((count for one in wanted if (count := getattr(one, name))), default=0)

    return Checkpoints(events=least("events"), seconds=least("seconds"))
