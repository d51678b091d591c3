"""What of a run ccorch has written itself, and room for it where somebody else has written."""

from typing import Protocol


class Sealed(Protocol):
    """Runs whose files are compared with what ccorch noted when it wrote them."""

    def forged(self, run: str) -> tuple[str, ...] | None:
        """What of a run is not as ccorch wrote it, in words; null when nobody can tell."""
        ...

    def put_aside(self, run: str, name: str) -> str:
        """Give what lies under this name of a run another name, unread; the name."""
        ...
