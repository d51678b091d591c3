"""What attempts were promised before they started, in files that a later daemon reads and no worker is shown."""

from collections.abc import Callable
from pathlib import Path

from pydantic import ValidationError

from ccorch.adapters.files import make_private_dir, read_limited, write_private
from ccorch.adapters.gateway.holds import minus
from ccorch.errors import RunCorrupt
from ccorch.ports import AttemptId
from ccorch.rules.budget import Amount
from ccorch.schema.base import Value

PROMISE = "promise.json"
LARGEST = 4096


class Promise(Value):
    """An attempt's promise as it was given."""

    amount: Amount
    """What was set aside."""
    spent: Amount
    """What earlier attempts of its node had used by then."""

    def left(self, spent: Amount) -> Amount:
        """What of it is not used when so much is spent by all attempts of the node."""
        return minus(self.amount, minus(spent, self.spent))


class Promises:
    """Promises of attempts, each in the attempt's own folder."""

    def __init__(self, folder: Callable[[AttemptId], Path]) -> None:
        self._folder = folder

    def keep(self, attempt: AttemptId, promise: Promise) -> None:
        """Write a promise down before its attempt starts; raises WorkspaceUnwritable when that is impossible."""
        path = self._folder(attempt) / PROMISE
        make_private_dir(path.parent, path.parents[2])
        # a loss of power may lose it, and every worker with it
        write_private(path, promise.model_dump_json().encode(), durable=False)

    def of(self, attempt: AttemptId) -> Promise | None:
        """What an earlier daemon promised; None when that is not known."""
        try:
            return Promise.model_validate_json(read_limited(self._folder(attempt) / PROMISE, LARGEST))
        except (OSError, RunCorrupt, ValidationError):
            return None
