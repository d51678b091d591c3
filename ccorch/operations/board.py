"""What the board shows: the list of runs, a run's page and the queue, each look at the cost of what is new."""

from __future__ import annotations

import json
from typing import Any

from ccorch.errors import EvidenceForged, NotFound, RunNotFound
from ccorch.operations.answers import changed, result
from ccorch.operations.board_pages import ListNews, NodePage, Piece, RunPage, head_of
from ccorch.operations.house import House
from ccorch.operations.listing import STILL
from ccorch.operations.queue import QueueReply, open_runs, queue_of
from ccorch.operations.watching import Watched
from ccorch.ports.attempt import AttemptFile, attempt_file, attempt_folder
from ccorch.rules.plain import whole_letters
from ccorch.schema.plan import Plan
from ccorch.schema.run_row import WatchedRow
from ccorch.schema.status import RunStatus
from ccorch.views.board import RunBoard, RunNews

STEP = 2_000
"""Events that are taken in at once, so that nobody waits for the log of another run."""

LONGEST_PIECE = 1 << 18
"""Most bytes of a text in one piece."""

LONGEST_HANDOFF = 1 << 20
"""Bytes of the largest handoff that is shown."""

TEXTS: dict[str, tuple[AttemptFile, ...]] = {
    "answer": ("answer-full.md", "answer.md"),
    "diff": ("diff.patch",),
    "prompt": ("prompt.md",),
}
"""Texts of an attempt by the words they are asked for with; the first file that is there counts."""


class Board:
    """All runs of this user, for one process that shows them; not for several threads at once."""

    def __init__(self, house: House) -> None:
        self.house = house
        self._watched = Watched(house)
        self._plans: dict[str, Plan] = {}
        self._left_out: tuple[str, ...] = ()
        self._untold: dict[str, WatchedRow | None] = {}
        """Runs that changed, or are gone, since the list was told last."""
        self._told_left_out: tuple[str, ...] = ()

    def news(self) -> ListNews | None:
        """What is new in the list since this was asked last, whoever looked meanwhile; null is nothing."""
        self._look()
        untold, self._untold = self._untold, {}
        if not untold and self._left_out == self._told_left_out:
            return None
        self._told_left_out = self._left_out
        rows = tuple(row for row in untold.values() if row is not None)
        gone = tuple(run for run, row in untold.items() if row is None)
        return ListNews(rows=rows, gone=gone, left_out=self._left_out)

    def _look(self) -> None:
        look = self._watched.look()
        for run in look.gone:
            self._plans.pop(run, None)
        self._untold |= {**dict.fromkeys(look.gone), **{row.run_id: row for row in look.changed}}
        self._left_out = look.left_out

    def whole(self) -> ListNews:
        """The whole list, as of the last look."""
        if not self._watched.rows:
            self._look()
        rows = sorted(self._watched.rows.values(), key=lambda row: (row.submitted_at, row.run_id), reverse=True)
        return ListNews(rows=tuple(rows), gone=(), left_out=self._left_out)

    def open(self, run: str) -> OpenRun:
        """A run's page, to be read on. Raises RunNotFound and RunCorrupt."""
        if run not in self._watched.rows:
            self._look()
        plan = self.house.library.plan(run)
        if run not in self._watched.rows:
            raise RunNotFound(f"no run {run!r}", run=run)
        return OpenRun(self.house, run, plan, self._watched.rows[run].project)

    def queue(self) -> QueueReply:
        """What is not over, and what each part of it waits for."""
        self._look()
        return queue_of(self.house, open_runs(self._watched, self._plan))

    def node(self, run: str, node: str, attempt: int) -> NodePage:
        """What an attempt has given so far."""
        library = self.house.library
        _check(self._plan(run), node, attempt)
        handoff, note = _handoff(self.house, run, node, attempt)
        return NodePage(
            node=node,
            attempt=attempt,
            handoff=handoff,
            note=note,
            answer=self.text(run, node, attempt, "answer", 0),
            diff=self.text(run, node, attempt, "diff", 0),
            change=changed(self.house, run, node, attempt),
            folder=str(library.folder(run) / attempt_folder(node, attempt)),
        )

    def text(self, run: str, node: str, attempt: int, what: str, start: int) -> Piece | None:
        """A part of one of an attempt's texts, from a byte on; null when there is none."""
        _check(self._plan(run), node, attempt)
        if what not in TEXTS:
            raise NotFound(f"no text {what!r} of an attempt", hint=f"there are {', '.join(TEXTS)}")
        names = (attempt_file(node, attempt, name) for name in TEXTS[what])
        pieces = (_piece(self.house, run, name, start) for name in names)
        return next((piece for piece in pieces if piece is not None), None)

    def _plan(self, run: str) -> Plan:
        self.house.library.folder(run)
        if run not in self._plans:
            while len(self._plans) >= 512:
                del self._plans[next(iter(self._plans))]
            self._plans[run] = self.house.library.plan(run)
        return self._plans[run]


class OpenRun:
    """One run's page, read on."""

    def __init__(self, house: House, run: str, plan: Plan, project: str) -> None:
        self._house = house
        self._run = run
        self._reader = house.library.reader(run)
        self._board = RunBoard(plan)
        self._status: RunStatus | None = None
        self.is_reading = True
        self.head = head_of(run, plan, project, str(house.library.folder(run)))

    def read_on(self) -> bool:
        """Take in what is new, at most so much that nobody else waits long; False when all is read."""
        self._house.library.folder(self._run)
        events = self._reader.news(STEP)
        for event in events:
            self._board.apply(event)
        self.is_reading = len(events) == STEP
        return self.is_reading

    def news(self) -> RunPage | None:
        """What is new since this was asked last; null is nothing."""
        news = self._board.news()
        page = self._page(news)
        if not (news.nodes or news.bars or news.curves or news.moments) and page.status == self._status:
            return None
        self._status = page.status
        return page

    def page(self) -> RunPage:
        """All that is known."""
        return self._page(self._board.whole())

    def _page(self, news: RunNews) -> RunPage:
        is_driven = news.status in STILL or self._house.engine.is_alive()
        over = news.status in STILL and not self.is_reading
        return RunPage(
            head=self.head,
            news=news,
            status=news.status if is_driven else "recovering",
            is_reading=self.is_reading,
            result=result(self._house, self._run) if over else None,
        )


def _check(plan: Plan, node: str, attempt: int) -> None:
    if node not in plan.by_id or attempt < 1:
        raise NotFound(f"the run has no attempt {attempt} of a node {node!r}", node=node)


def _handoff(house: House, run: str, node: str, attempt: int) -> tuple[Any, str | None]:
    """The attempt's handoff, and what to know about it."""
    name = attempt_file(node, attempt, "handoff.json")
    there = house.library.part(run, name, 0, 1)
    if there is None:
        return None, None
    if there[1] > LONGEST_HANDOFF:
        return None, f"it has {there[1]} bytes and lies in {house.library.folder(run) / name}"
    try:
        content = house.library.read(run, name)
        return (json.loads(content), None) if content else (None, None)
    except EvidenceForged as problem:
        return None, problem.message
    except ValueError:
        return None, f"{name} is no JSON"


def _piece(house: House, run: str, name: str, start: int) -> Piece | None:
    """A part of a text, cut between letters where it is UTF-8; null when there is no such file."""
    found = house.library.part(run, name, start, LONGEST_PIECE)
    if found is None:
        return None
    content, size = found
    if start + len(content) < size:
        content = whole_letters(content)
    end = start + len(content)
    return Piece(text=content.decode("utf-8", "replace"), start=start, next=end if end < size else None, size=size)
