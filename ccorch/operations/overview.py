"""The verb that gives a controller its picture back: every run that is not settled, and what each needs."""

from collections.abc import Iterator

from ccorch.errors import CcorchError
from ccorch.operations import which
from ccorch.operations.checkpoints import checkpoints
from ccorch.operations.current import current
from ccorch.operations.house import House
from ccorch.operations.listing import status_of
from ccorch.operations.standing import standing
from ccorch.rules.next_step import next_step
from ccorch.schema.following import StatusRequest
from ccorch.schema.overview import Overview, Stand
from ccorch.schema.run_row import KeptRow
from ccorch.schema.status import OVER
from ccorch.views import overview as view

LOOKED_AT = 1_000
"""Most runs that are looked at, the newest ones."""

UNSETTLED = 20
"""Most runs that are over and undecided of which is told; older ones have waited for nobody."""


def overview(house: House, request: StatusRequest) -> Overview:
    """Where the project's runs stand; with `digest` in at most a thousand tokens."""
    project = str(which.checked_project(house.project))
    listing = house.library.rows(LOOKED_AT)
    here = [row for row in listing.rows if row.project == project]
    alive = house.engine.is_alive()
    stands = tuple(_stands(house, here, alive))
    most = view.MOST_BYTES if request.digest else None
    return view.overview(project, stands, len(here) - len(stands), listing.note, most)


def _stands(house: House, rows: list[KeptRow], alive: bool) -> Iterator[Stand]:
    ended = 0
    for row in rows:
        if row.status in OVER:
            ended += not row.simulated
            if row.simulated or ended > UNSETTLED:
                continue
        try:
            one = _stand(house, row, alive)
        except CcorchError:
            continue  # deleted meanwhile, or unreadable, which `list` tells
        if one.next != "nothing":
            yield one


def _stand(house: House, row: KeptRow, alive: bool) -> Stand:
    seen = current(house, row.run_id, alive)
    status = status_of(seen.row, alive)
    step = next_step(standing(house, row.run_id, status, seen.summary))
    last = checkpoints(house, row.run_id, 1) if status not in OVER else ()
    return view.stand(row.run_id, status, row.task, seen.summary, step, last[0] if last else None)
