"""What `ccorch board` takes of a core while many runs are at work, with the list and one run's page open.

Run as `python -m bench.board`; the runs' logs are written here at their pace, and no daemon helps with an index.
"""

import http.client
import json
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path

from bench.figure import Figure, table
from bench.top import LIMIT, PACE, RUNS, SECONDS, STEP, begun, used
from ccorch.adapters.run_folder.layout import State
from ccorch.adapters.run_folder.runs import RunFolders
from tests import board_kit as kit
from tests.fakes.clock import FakeClock
from tests.machine import machine

KNOWN = 1_000
"""Runs that are over and stand in the list besides."""

QUEUE_SECONDS = 4.0
"""Seconds after which an open page asks again what its run waits for."""

FIRST = 3.0
"""Seconds in which a list of so many runs has to be there."""


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        print(table(figures(Path(folder) / "m")))


def figures(folder: Path) -> list[Figure]:
    """Its part of a core, and how long a list of many runs takes to be there at first."""
    with machine(folder) as box, ExitStack() as open_pages:
        kit.many(box.project, KNOWN, time.time())
        runs = RunFolders(State(box.state), FakeClock())
        logs = [begun(runs, box, f"{number:016x}") for number in range(RUNS)]
        board = open_pages.enter_context(box.start("board", "--json"))
        assert board.stdout is not None
        address = json.loads(board.stdout.readline())["address"]
        asked = time.monotonic()
        pages = [open_pages.enter_context(_page(address, path)) for path in ("", f"/{0:016x}")]
        first = time.monotonic() - asked
        time.sleep(2 * STEP)
        before, start = used(board.pid), time.monotonic()
        for step in range(int(SECONDS / STEP)):
            for path, lines in logs:
                with path.open("ab") as log:
                    log.write(b"".join(islice(lines, int(PACE * STEP))))
            if step % int(QUEUE_SECONDS / STEP) == 0:
                _queue(address)
            time.sleep(max(start + (step + 1) * STEP - time.monotonic(), 0.0))
        taken = time.monotonic() - start
        share = (used(board.pid) - before) / taken
        board.terminate()
        told = ", ".join(f"{len(page) / 1e3:,.0f} kB" for page in pages)
    name = f"ccorch board with {RUNS} live runs at {PACE} events/s each, list and a page open, part of a core"
    return [
        Figure(name, share, LIMIT, "", f"{RUNS * PACE * SECONDS / taken:,.0f} events/s; {told} told"),
        Figure(f"ccorch board: first list of {RUNS + KNOWN:,} runs without an index", first, FIRST, "s"),
    ]


def _queue(address: str) -> None:
    """What an open page asks from time to time."""
    host, _, token = address.removeprefix("http://").partition("/#token=")
    connection = http.client.HTTPConnection(host, timeout=60)
    connection.request("GET", "/api/queue", headers={"Authorization": f"Bearer {token}"})
    assert len(json.loads(connection.getresponse().read())["runs"]) == RUNS
    connection.close()


@contextmanager
def _page(address: str, path: str) -> Iterator[bytearray]:
    """What an open page is told, from its first message on."""
    host, _, token = address.removeprefix("http://").partition("/#token=")
    connection = http.client.HTTPConnection(host, timeout=60)
    connection.request("GET", f"/api/runs{path}", headers={"Authorization": f"Bearer {token}"})
    answer, told = connection.getresponse(), bytearray()
    told += answer.readline() + answer.readline()

    def hear() -> None:
        while piece := answer.read1(1 << 16):
            told.extend(piece)

    listener = threading.Thread(target=hear, daemon=True)
    listener.start()
    yield told
    listener.join(10)
    connection.close()


if __name__ == "__main__":
    main()
