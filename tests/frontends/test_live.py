"""Frames of a followed run fit the terminal, whatever happens in it, and take the ones before away."""

import io
import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from ccorch.frontends.cli.layout import cells
from ccorch.frontends.cli.live import LiveView
from ccorch.frontends.cli.screen import Screen
from ccorch.schema.event import Event, Started, ToolCalled
from ccorch.schema.plan import Approval, PlanGate
from tests.frontends.houses import RUN, Stage
from tests.plan_kit import node, plan
from tests.run_kit import submission
from tests.views.logs import LOGS, numbered

GATE = PlanGate(
    id="sure",
    needs=("a",),
    approval=Approval(question="Go on? \x1b[2J 你好", choices=("go", "halt"), passes=("go",)),
)
SIGNS = re.compile(r"\x1b\[(\?7[lh]|\d+F|J)")


def view(width: int) -> tuple[LiveView, io.StringIO]:
    made = Stage(Path())
    made.library.create(submission(Path(), RUN, plan(node("a"), node("b", "a"), node("c"), gates=(GATE,))))
    out = io.StringIO()
    return LiveView(made.house(), RUN, Screen(out, io.StringIO(), width, live=True, draws=True)), out


@given(LOGS, st.integers(1, 100))
def test_every_frame_fits_and_moves_the_cursor_only_over_itself(log: list[Event], width: int) -> None:
    seen, out = view(width)
    height = 0
    for event in numbered([*log, Started(node="sure", attempt=1)]):
        at = out.tell()
        seen.tell(event.model_dump(mode="json"))
        seen.tick()
        written = out.getvalue()[at:]
        ups = [int(rows) for rows in re.findall(r"\x1b\[(\d+)F", written)]
        assert not height or ups[0] == height, "the frame before is taken away whole"
        frame = SIGNS.sub("", written.rpartition("\x1b[?7l")[2]) if "\x1b[?7l" in written else ""
        height = frame.count("\n")
        assert all(cells(line) <= width for line in frame.splitlines())
        assert "\x1b" not in frame
    seen.leave()


def test_a_gate_that_asks_comes_with_the_words_that_answer_it() -> None:
    seen, out = view(80)
    calls = ToolCalled(node="c", attempt=1, line=1, tool="Grep", target="src: total")
    for event in numbered([Started(node="c", attempt=1), calls, Started(node="sure", attempt=1)]):
        seen.tell(event.model_dump(mode="json"))
    seen.tick()

    assert f"ccorch answer {RUN[:8]} sure go\n" in out.getvalue()
    assert re.search("c +Grep src: total", out.getvalue())
    assert "running" in out.getvalue()
