"""Following a run until it is over, and what Ctrl-C does meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ccorch.errors import CcorchError, RunStateConflict
from ccorch.frontends.cli.feed import Feed, node_of
from ccorch.frontends.cli.live import LiveView
from ccorch.frontends.cli.problems import INTERRUPTED
from ccorch.frontends.cli.render import rendered
from ccorch.frontends.cli.screen import Screen, as_json
from ccorch.operations.registry import BY_NAME
from ccorch.schema.following import ShowRequest, WaitRequest
from ccorch.schema.ids import short_id
from ccorch.schema.planning import RunRequest
from ccorch.schema.status import OVER, RunStatus
from ccorch.schema.steering import StopRequest

if TYPE_CHECKING:
    from ccorch.operations.house import House
    from ccorch.operations.plans import RunReply
    from ccorch.operations.run_views import LogReply
    from ccorch.operations.runs import ShowReply
    from ccorch.operations.waiting import WaitReply

SLICE = 5.0
"""Seconds after which the run's state is looked at, even without news."""

TICK = 1.0
"""The same where a clock is shown."""

PATIENCE = 30.0
"""Seconds to wait for the end of a run that was asked to stop."""

Tell = Callable[[Mapping[str, Any]], None]


def run(house: House, request: RunRequest, screen: Screen, wants_json: bool) -> int:
    """Submit, follow and show the result; the exit status tells how the run ended."""
    if request.visible:
        house.windows.check()  # before anything is paid
    reply: RunReply = BY_NAME["run"].do(house, request)
    if request.visible:
        _opened(house, reply, screen)
    if request.detach:
        _detached(reply, screen, wants_json)
        return 0
    if wants_json:
        screen.note(f"run {reply.run_id}")
    else:
        screen.show([*rendered(reply, screen), ""])
    status = _watched(house, reply, screen, wants_json)
    if status is None:
        return INTERRUPTED
    if reply.bell:
        screen.ring()
    return _result(house, reply.run_id, screen, wants_json)


def _opened(house: House, reply: RunReply, screen: Screen) -> None:
    """A window for the run; without one it goes on all the same."""
    words = ("-C", str(house.project), "show", reply.run_id, "--stream", "-f", "--hold")
    try:
        where = house.windows.open(f"ccorch {short_id(reply.run_id)}", words, house.project)
    except CcorchError as problem:
        screen.note(f"{problem.message}; `ccorch show {short_id(reply.run_id)} --stream -f` shows the workers here")
        return
    screen.note(f"the workers are shown {where}")


def log(house: House, request: ShowRequest, screen: Screen, wants_json: bool) -> int:
    """Print the log of a run and go on as it grows."""
    tell = _teller(screen, wants_json, request.node)
    last = pages(house, request, tell)
    if last.note:
        screen.note(f"note: {last.note}")
    if last.status not in OVER:
        follow(house, last.run_id, tell, last.cursor)
    return 0


def written(house: House, request: ShowRequest, screen: Screen) -> int:
    """Print the log of a run as far as it is written."""
    if note := pages(house, request, _teller(screen, False, request.node)).note:
        screen.note(f"note: {note}")
    return 0


def written_as_data(house: House, request: ShowRequest, screen: Screen) -> int:
    """Print the same as one JSON object, of which no more than a page is held at a time."""
    lead = None
    for page in _pages(house, request):
        if lead is None:
            screen.draw(f'{{"run_id":{as_json(page.run_id, screen.out)},"events":[')
            lead = ""
        if page.events:
            screen.draw(lead + as_json(page.events, screen.out)[1:-1])
            lead = ","
    rest = as_json(page.model_dump(mode="json", exclude={"run_id", "events"}), screen.out)
    screen.draw(f"],{rest[1:]}\n")
    return 0


def pages(house: House, request: ShowRequest, tell: Tell) -> LogReply:
    """Tell the events behind the cursor, page by page; the last page, with the note of the first."""
    for page in _pages(house, request):
        for event in page.events:
            tell(event)
    return page


def _pages(house: House, request: ShowRequest) -> Iterator[LogReply]:
    """What stands behind the cursor; each page has the note of the first."""
    asked = request.model_copy(update={"view": "log"})
    page: LogReply = BY_NAME["show"].do(house, asked)
    note = page.note
    yield page
    while page.more:
        page = BY_NAME["show"].do(house, asked.model_copy(update={"run": page.run_id, "cursor": page.cursor}))
        yield page.model_copy(update={"note": note})


def follow(
    house: House,
    run: str,
    tell: Tell,
    cursor: int = 0,
    deadline: float | None = None,
    tick: Callable[[], None] | None = None,
) -> RunStatus:
    """Tell every event once, in order, until the run is over or the deadline has passed.

    `tick` is called after the news, and at least once a second.
    """
    most = SLICE if tick is None else TICK
    while True:
        left = most if deadline is None else max(deadline - house.clock.now(), 0.0)
        asked = WaitRequest(run=run, until="change", timeout=min(left, most), cursor=cursor)
        news: WaitReply = BY_NAME["wait"].do(house, asked)
        events = _whole(house, news, cursor)
        for event in events:
            tell(event)
            cursor = event["seq"]
        if tick is not None:
            tick()
        ended = next((event["status"] for event in events if event["type"] == "finished"), None)
        if ended is not None or (news.status in OVER and not events):
            return ended or news.status
        if deadline is not None and house.clock.now() >= deadline:
            return news.status


def _whole(house: House, news: WaitReply, cursor: int) -> tuple[dict[str, Any], ...]:
    """The news; read from the log when there was more of it than one reply carries."""
    if not news.events or news.events[0]["seq"] == cursor + 1:
        return news.events
    found: LogReply = BY_NAME["show"].do(house, ShowRequest(run=news.run_id, view="log", cursor=cursor))
    return found.events


def _watched(house: House, reply: RunReply, screen: Screen, wants_json: bool) -> RunStatus | None:
    """How the run ended; none when the watcher left."""
    view = LiveView(house, reply.run_id, screen) if screen.draws and not wants_json else None
    told = _Told(_tells(reply, screen, wants_json) if view is None else view.tell)
    tick, leave = (None, _nothing) if view is None else (view.tick, view.leave)
    try:
        status = follow(house, reply.run_id, told, tick=tick)
        leave()
        return status
    except KeyboardInterrupt:
        leave()
        screen.note("\nstopping… (Ctrl-C again leaves; it still ends by itself)")
    try:
        _stop(house, reply.run_id)
        status = follow(house, reply.run_id, told, told.cursor, house.clock.now() + PATIENCE, tick)
        leave()
    except KeyboardInterrupt:
        leave()
        screen.note(f"\nleft; it still ends by itself, `ccorch show {reply.run_id}` tells how")
        return None
    _result(house, reply.run_id, screen, wants_json)
    if status not in OVER:
        screen.note(f"still ending; `ccorch wait {reply.run_id}` waits for it")
    return None


def _tells(reply: RunReply, screen: Screen, wants_json: bool) -> Tell:
    return _silent if wants_json else _teller(screen, False, None, [node.id for node in reply.plan.nodes])


def _nothing() -> None:
    return None


class _Told:
    """Tells events and remembers which was the last."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self.cursor = 0

    def __call__(self, event: Mapping[str, Any]) -> None:
        self.cursor = event["seq"]
        self._tell(event)


def _stop(house: House, run: str) -> None:
    try:
        BY_NAME["stop"].do(house, StopRequest(run=run, reason="Ctrl-C"))
    except RunStateConflict:
        return  # it ended in the meantime, which is what was wanted


def _teller(screen: Screen, wants_json: bool, node: str | None, nodes: list[str] | None = None) -> Tell:
    feed = Feed(screen, max(map(len, nodes or [""])))

    def tell(event: Mapping[str, Any]) -> None:
        if node is None or node_of(event) == node:
            screen.show([as_json(dict(event), screen.out)] if wants_json else feed.lines(event))

    return tell


def _silent(event: Mapping[str, Any]) -> None:
    return None


def _detached(reply: RunReply, screen: Screen, wants_json: bool) -> None:
    if wants_json:
        screen.data(reply.model_dump(mode="json"))
    else:
        screen.show([reply.run_id])
    screen.note(f"`ccorch show {reply.run_id} -f` follows it, `ccorch stop {reply.run_id}` ends it")


def _result(house: House, run: str, screen: Screen, wants_json: bool) -> int:
    reply: ShowReply = BY_NAME["show"].do(house, ShowRequest(run=run))
    if wants_json:
        screen.data(reply.model_dump(mode="json"))
    else:
        screen.show(["", *rendered(reply, screen)])
    return 0 if reply.status == "done" else 1
