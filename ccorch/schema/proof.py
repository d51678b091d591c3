"""What was seen of a fence when forbidden writes were tried at it."""

from ccorch.schema.base import Many, Value
from ccorch.schema.ids import Sha256


class FenceProof(Value):
    """One canary: a Claude Code, held as a writer is, tried what writers may not do."""

    cli: str
    """Version of Claude Code."""
    cli_sha256: Sha256
    """Hash of its binary."""
    contract: str
    """Hash of all that holds a worker: its command line, settings, scope table and shim."""
    sandbox: bool
    """Whether its commands ran in a sandbox."""
    at: float
    """When it was tried, in seconds since 1970."""
    tried: Many[str]
    """The ways in which it tried to write."""
    missed: Many[str] = ()
    """Those of them that were not stopped."""
    untried: str | None = None
    """Why nothing can be told; null when everything was tried."""

    @property
    def holds(self) -> bool:
        """Whether every forbidden write was tried and stopped."""
        return not self.missed and self.untried is None
