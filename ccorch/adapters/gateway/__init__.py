"""The loopback gateway between workers and providers."""

from ccorch.adapters.gateway.seat import Seat, token_hash
from ccorch.adapters.gateway.server import Gateway
from ccorch.adapters.ledger_file import LedgerFile, LedgerReader

__all__ = ["Gateway", "LedgerFile", "LedgerReader", "Seat", "token_hash"]
