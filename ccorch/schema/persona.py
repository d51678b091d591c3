"""Who a persona section speaks to."""

from typing import Literal

Part = Literal["controller", "worker"]

PARTS: tuple[Part, ...] = ("controller", "worker")
"""All of them."""
