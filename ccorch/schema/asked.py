"""What a run is composed from: override strings, or the same in typed form."""

from typing import Any

from ccorch.schema.base import Many, Value, unset


class Overlay(Value):
    """Configuration in typed form: chosen options and single values, no override strings."""

    groups: dict[str, str] = {}
    """Option by config group, such as {"role": "review"}."""
    set: dict[str, Any] = {}
    """JSON value by dotted key, such as {"policy.max_concurrent": 3}."""

    @property
    def is_given(self) -> bool:
        """Whether it says anything."""
        return bool(self.groups or self.set)


class Asked(Value):
    """What a run is composed from, besides the layers."""

    overrides: Many[str] = ()
    """Hydra overrides, such as role=review or policy.max_concurrent=3."""
    overlay: Overlay = unset(Overlay)
    """Typed configuration."""
    multirun: bool = False
    """Whether group sweeps such as role=review,security make lanes of one plan."""
