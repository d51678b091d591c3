"""The loopback gateway between workers and providers."""

from ccorch.adapters.gateway.ledger_file import LedgerFile, LedgerReader
from ccorch.adapters.gateway.seat import Seat, token_hash
from ccorch.adapters.gateway.server import Gateway

__all__ = ["Gateway", "LedgerFile", "LedgerReader", "Seat", "token_hash"]
