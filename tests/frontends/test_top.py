"""Frames of the whole screen fit it, whatever is typed and whatever workers have written."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccorch.errors import RunNotFound
from ccorch.frontends.cli.layout import cells
from ccorch.frontends.cli.top_rows import Line
from ccorch.frontends.cli.top_state import Top
from ccorch.rules.plain import plain
from ccorch.schema.event import Ended, Event, Finished, Said, Started, Submitted, ToolCalled
from ccorch.schema.following import TopRequest
from ccorch.schema.plan import Approval, PlanGate
from tests.frontends.houses import RUN, Stage
from tests.plan_kit import node, plan
from tests.run_kit import OTHER_RUN, submission

HOSTILE = "\x1b[2J\u202eevil\u2066\x9b1A\ttab 你好 \U0001f600\r\nline"
KEYS = ("up", "down", "pgup", "pgdn", "home", "end", "enter", "esc", "backspace", *"jklagGspr/f?yq1239xé ")
GATE = PlanGate(
    id="sure", needs=("a",), approval=Approval(question=f"Go on? {HOSTILE}", choices=("go", "halt"), passes=("go",))
)


def stage(folder: Path) -> Stage:
    """One run that asks and one that is over."""
    made = Stage(folder)
    asking = plan(node("a"), gates=(GATE,), task=f"look {HOSTILE}")
    said = ToolCalled(node="a", attempt=1, line=1, tool="Grep", target=HOSTILE)
    put(made, RUN, asking, said, Ended(node="a", attempt=1, passed=True), Started(node="sure", attempt=1))
    talk = Said(node="a", attempt=1, line=1, text=HOSTILE * 20)
    put(made, OTHER_RUN, plan(node("a")), talk, Ended(node="a", attempt=1, passed=True), Finished(status="done"))
    return made


def put(made: Stage, run: str, planned: object, *events: Event) -> None:
    submitted = submission(made.project, run, planned)  # type: ignore[arg-type]
    made.library.create(submitted)
    first = (Submitted(run=run, plan=submitted.plan.sha256, by="terminal"), Started(node="a", attempt=1))
    for event in (*first, *events):
        made.library.append(run, event)


def text(lines: list[Line]) -> str:
    return "\n".join(line.text for line in lines)


@given(st.lists(st.sampled_from(KEYS), max_size=25), st.integers(1, 130), st.integers(1, 40))
def test_whatever_is_typed_every_frame_fits_and_says_nothing_to_the_terminal(
    keys: list[str], width: int, height: int
) -> None:
    top = Top(stage(Path()).house(), TopRequest(all=True))
    for key in keys:
        if not top.key(key):
            break
        frame = top.frame(width, height)
        assert len(frame) == height
        for line in frame:
            assert cells(line.text) <= width
            assert line.text == plain(line.text)
            assert "\t" not in line.text
            assert "\n" not in line.text


def test_at_forty_columns_the_run_its_state_and_what_it_needs_are_there(tmp_path: Path) -> None:
    shown = text(Top(stage(tmp_path).house(), TopRequest()).frame(40, 12))

    assert f"{RUN[:8]}  running  ! sure asks:" in shown


def test_a_filter_that_fits_nothing_says_so_and_escape_takes_it_back(tmp_path: Path) -> None:
    top = Top(stage(tmp_path).house(), TopRequest())
    for key in "/nothing":
        top.key(key)
    assert "no run fits 'nothing'" in text(top.frame(80, 10))

    top.key("esc")

    assert RUN[:8] in text(top.frame(80, 10))


def test_what_is_refused_is_told_and_the_screen_goes_on(tmp_path: Path) -> None:
    made = stage(tmp_path)
    top = Top(made.house(), TopRequest(match="sure"))
    top.key("a")
    top.key("enter")
    made.engine.answer = refuse  # type: ignore[attr-defined]
    top.key("enter")

    assert "no run is there" in text(top.frame(80, 10))


def test_a_run_that_was_deleted_is_gone_from_the_next_frame(tmp_path: Path) -> None:
    made = stage(tmp_path)
    top = Top(made.house(), TopRequest())
    top.key("enter")
    del made.library.logs[RUN]

    top.renew()
    top.key("q")

    assert RUN[:8] not in text(top.frame(80, 10))


def test_a_run_that_ends_while_it_is_looked_at_is_shown_to_its_end(tmp_path: Path) -> None:
    made = stage(tmp_path)
    top = Top(made.house(), TopRequest())
    made.library.append(RUN, Finished(status="cancelled"))

    top.renew()

    assert "cancelled" in text(top.frame(100, 10))


def test_a_clock_that_goes_back_makes_no_time_negative(tmp_path: Path) -> None:
    made = stage(tmp_path)
    top = Top(made.house(), TopRequest())
    made.clock.time = -100.0
    top.renew()

    assert "0.0s" in text(top.frame(100, 10))


@pytest.mark.parametrize("words", [("top",), ("top", "--once"), ("top", "--json")])
def test_where_nobody_watches_one_look_is_printed(tmp_path: Path, words: tuple[str, ...]) -> None:
    said = stage(tmp_path).ccorch(*words)

    assert said.status == 0
    assert "\x1b" not in said.out
    assert RUN[:8] in said.out
    if "--json" not in words:
        assert f"`ccorch answer {RUN[:8]} sure go`" in said.out


def test_a_filter_that_nothing_fits_is_named_and_says_nothing_of_other_runs(tmp_path: Path) -> None:
    said = stage(tmp_path).ccorch("top", "nowhere", "--once").out

    assert "no run fits 'nowhere' (" in said
    assert "no run is live" not in said


def refuse(*_: object) -> None:
    raise RunNotFound("no run is there")
