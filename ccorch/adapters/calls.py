"""What clients have called, one line a call, by month; 0600, in the state folder."""

import time
from pathlib import Path

from ccorch.adapters.files import append_shared, make_private_dir
from ccorch.schema.mcp import Call


class CallLog:
    """Notes calls; several servers may do so at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def note(self, call: Call) -> None:
        """Write one down; raises WorkspaceUnwritable."""
        make_private_dir(self._folder, self._folder)
        month = time.strftime("%Y-%m", time.localtime(call.at))
        append_shared(self._folder / f"{month}.ndjson", call.model_dump_json().encode() + b"\n")
