"""The board's words at the command line, its page's material, and its channel of news."""

import asyncio
import json
import os
import re
import shutil
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccorch.adapters.run_folder.layout import State
from ccorch.adapters.run_folder.library import RunLibrary
from ccorch.errors import Busy, RunNotFound
from ccorch.frontends.board.channel import MOST_UNREAD, Channel
from ccorch.frontends.board.export import page_of
from ccorch.frontends.board.guard import OPEN
from ccorch.frontends.board.room import Room
from ccorch.frontends.board.server import FILES, PAGE
from ccorch.frontends.board.words import as_json, clean, message
from ccorch.operations.board import Board
from ccorch.operations.queue import QueueReply, queue
from ccorch.schema.event import Said, Started
from ccorch.schema.following import QueueRequest
from tests.board_kit import small, write
from tests.frontends.houses import Stage
from tests.plan_kit import node, plan

TEXTS = st.text(st.one_of(st.characters(), st.sampled_from('\x1b[\r\b\u202e\\"\n\t/<')), max_size=9)
RUNS = ".agent-workspace/ccorch/runs"


def test_the_command_prints_the_address_and_how_it_ends(tmp_path: Path) -> None:
    stage = Stage(tmp_path)

    said = stage.ccorch("board", "--port", "8700")
    assert (said.status, said.out) == (60, "http://127.0.0.1:8700/#token=t\n")
    assert "Ctrl-C ends the board" in said.err
    assert json.loads(stage.ccorch("board", "--json").out) == {"address": "http://127.0.0.1:0/#token=t"}
    assert stage.ccorch("board", "--export", "x.html").out == "written to x.html\n"
    assert json.loads(stage.ccorch("board", "--export", "x.html", "--json").out) == {"file": "x.html"}
    assert stage.ccorch("board", "--port", "70000").status == 2


@given(TEXTS)
def test_a_reply_is_spelled_as_its_cleaned_texts_are(text: str) -> None:
    reply = QueueReply(runs=(), waiting=(), at_work=1, slots=2, note=text)

    assert json.loads(as_json(reply)) == clean(reply.model_dump(mode="json"))


def test_the_page_is_three_files_that_read_no_text_as_markup() -> None:
    program = (PAGE / "board.js").read_text("utf-8")

    assert sorted(path.name for path in PAGE.iterdir()) == sorted(FILES.values())
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|new Function|srcdoc", program
    )
    for name in FILES.values():
        assert not re.search(
            r"https?://(?!www\.w3\.org/2000/svg)|@import|url\((?!#)", (PAGE / name).read_text("utf-8")
        )
    assert set(OPEN) == set(FILES)


def test_nothing_ends_the_element_that_holds_an_exported_text() -> None:
    page = page_of({"list": "</script><script>alert(1)</script>\u2028\x1b[2J"})

    assert page.count("</script>") == 2
    (data,) = re.findall(r'id="exported">(.*)</script>', page)
    assert json.loads(data) == {"list": "</script><script>alert(1)</script>\n"}


def test_a_message_is_one_line_without_what_steers_or_turns() -> None:
    told = message("news", {"a\u202e\n": ["x\ny\x1b[31m\ud800", None, 3]})

    assert told == b'event: news\ndata: {"a\\n":["x\\ny",null,3]}\n\n'
    assert as_json({"a": "é"}) == '{"a":"é"}'


class Source:
    """News that a test gives."""

    def __init__(self) -> None:
        self.given: asyncio.Queue[bytes | Exception] = asyncio.Queue()
        self.asked = 0

    async def whole(self) -> bytes:
        return b"whole"

    async def news(self) -> bytes | None:
        self.asked += 1
        found = await self.given.get()
        if isinstance(found, Exception):
            raise found
        return found


def test_every_listener_is_told_all_and_then_what_is_new_and_nobody_is_asked_without_one() -> None:
    async def play() -> None:
        source = Source()
        channel = Channel(source.whole, source.news, lambda: 0.0)
        one, other = channel.listen(), channel.listen()
        assert await anext(one) == b"whole"
        source.given.put_nowait(b"first")
        assert await anext(one) == b"first"
        assert await anext(other) == b"whole"
        source.given.put_nowait(b"second")
        assert [await anext(one), await anext(other)] == [b"second", b"second"]
        for listener in (one, other):
            await listener.aclose()
        assert not channel.is_heard
        source.given.put_nowait(b"unheard")
        await asyncio.sleep(0)
        assert source.given.qsize() == 1

    asyncio.run(play())


def test_who_comes_at_the_moment_in_which_the_last_one_leaves_is_told_what_is_new() -> None:
    async def play() -> None:
        source = Source()
        channel = Channel(source.whole, source.news, lambda: 0.0)
        leaving, coming = channel.listen(), channel.listen()
        await anext(leaving)
        while not source.asked:
            await asyncio.sleep(0)
        # neither gives way to others, so that what asks for the one has not ended when the other comes
        await leaving.aclose()
        assert await anext(coming) == b"whole"
        source.given.put_nowait(b"news")
        assert await asyncio.wait_for(anext(coming), 120) == b"news"
        await coming.aclose()

    asyncio.run(play())


def test_the_list_is_told_what_somebody_else_has_seen_first(tmp_path: Path) -> None:
    state = State(tmp_path / "state")
    state.make()
    stage = Stage(tmp_path / "p")
    first = small(stage.project, 0, 1e9)
    board = Board(replace(stage.house(), library=RunLibrary(state, stage.clock, stage.project)))

    assert [row.run_id for row in board.whole().rows] == [first]
    board.news()
    later = small(stage.project, 1, 1e9)
    os.utime(stage.project / RUNS, (1, 1))
    board.queue()
    known = board.news()
    shutil.rmtree(stage.project / RUNS / later)
    os.utime(stage.project / RUNS, (2, 2))
    board.queue()
    gone = board.news()

    assert known is not None
    assert ([row.run_id for row in known.rows], known.gone) == ([later], ())
    assert gone is not None
    assert (gone.rows, gone.gone) == ((), (later,))
    assert board.news() is None


def test_what_waits_is_told_at_the_price_of_one_reading_of_each_log(tmp_path: Path) -> None:
    state = State(tmp_path / "state")
    state.make()
    stage = Stage(tmp_path / "p")
    said = [
        Started(node="a", attempt=1),
        *(Said(node="a", attempt=1, line=9, text="x" * 1_000) for _ in range(100)),
    ]
    for number in range(20):
        write(stage.project, f"{number:016x}", plan(node("a"), node("b", "a")), said, 1e9)
    house = replace(stage.house(), library=RunLibrary(state, stage.clock, stage.project))
    before = bytes_read()

    reply = queue(house, QueueRequest())

    assert bytes_read() - before < 1.5 * 20 * 100 * 1_000
    assert [(run.running, run.waiting) for run in reply.runs] == [(("a",), 1)] * 20
    assert reply.note == "there is no index yet"


def bytes_read() -> int:
    """By this process so far."""
    return int(Path("/proc/self/io").read_text().split("rchar: ")[1].split()[0])


def test_a_page_that_asks_while_the_board_ends_is_answered(tmp_path: Path) -> None:
    async def play() -> None:
        room = Room(Stage(tmp_path).house)
        room.close()
        with pytest.raises(Busy):
            await room.queue()

    asyncio.run(play())


def test_who_reads_too_late_begins_anew_and_others_go_on() -> None:
    async def play() -> None:
        source = Source()
        channel = Channel(source.whole, source.news, lambda: 0.0)
        async with aclosing(channel.listen()) as slow, aclosing(channel.listen()) as quick:
            await anext(slow)
            await anext(quick)
            for number in range(MOST_UNREAD + 1):
                source.given.put_nowait(b"%d" % number)
                assert await anext(quick) == b"%d" % number
            assert [part async for part in slow] == []

    asyncio.run(play())


def test_a_channel_that_is_closed_asks_no_more_although_somebody_is_slow_to_leave() -> None:
    async def play() -> None:
        source = Source()
        channel = Channel(source.whole, source.news, lambda: 0.0)
        async with aclosing(channel.listen()) as slow:
            await anext(slow)
            while not source.asked:
                await asyncio.sleep(0)
            asked = source.asked
            channel.close()
            source.given.put_nowait(b"late")
            for _ in range(10):
                await asyncio.sleep(0)
            assert source.asked == asked
            assert [part async for part in slow] == []

    asyncio.run(play())


def test_a_source_that_is_gone_says_so_and_ends() -> None:
    async def play() -> list[bytes]:
        source = Source()
        source.given.put_nowait(RunNotFound("no run 'x'"))
        listening: AsyncGenerator[bytes, None] = Channel(source.whole, source.news, lambda: 0.0).listen()
        return [part async for part in listening]

    whole, over = asyncio.run(play())
    assert whole == b"whole"
    assert over.startswith(b'event: over\ndata: {"error":{"code":"RUN_NOT_FOUND"')
