"""Makes the pictures that the pages show: `python -m tests.pictures`."""

import json
import tempfile
import time
from pathlib import Path

from tests import board_kit as kit
from tests.browser import browser
from tests.journeys.kit import script, submit
from tests.journeys.test_steering import ASKS, workflow
from tests.machine import machine
from tests.screen_picture import svg
from tests.tmux import tmux

PLACE = Path(__file__).parents[1] / "docs/pictures"
MOST_BYTES = 150_000
COLUMNS = 96


def main() -> None:
    """Take each picture anew."""
    _of_top()
    _of_board()


def _of_top() -> None:
    """Real workers on the scripted model, watched in a real terminal."""
    with tempfile.TemporaryDirectory(prefix="ccorch-pictures-") as name, machine(Path(name) / "shop") as box:
        plain = ("profile=scripted", "role.handoff=null")
        asks = workflow(box, ASKS.replace("Shall it go on?", "Does the migration fit?"), "asks")
        submit(box, "role=review", *plain, "script=hello", "task=Read the change of the invoices")
        submit(box, asks, *plain, "script=hello", "task=Move the orders to the new table")
        submit(box, "role=security", *plain, script("long"), "task=Look for keys in the logs of the shop")
        with tmux(box, "top", columns=COLUMNS, rows=8) as screen:
            screen.until("! sure asks: yes, no")
            screen.until("done")
            (PLACE / "top.svg").write_text(svg(screen.ask("capture-pane", "-e", "-p", "-t", "it"), COLUMNS))


def _of_board() -> None:
    with tempfile.TemporaryDirectory(prefix="ccorch-pictures-") as name, machine(Path(name) / "shop") as box:
        now = time.time()
        kit.many(box.project, 40, now)
        kit.big(box.project, now)
        with box.start("board", "--json") as process, browser() as tab:
            assert process.stdout is not None
            tab.look(1200, 750)
            tab.open(json.loads(process.stdout.readline())["address"])
            tab.sees(" runs", ".count")
            tab.js(f"location.hash = '#/run/{kit.BIG}'")
            tab.click('.v[data-node="implementation"]')
            tab.js("document.activeElement.blur()")
            tab.sees("no migration is part of this change", ".pane")
            tab.js("scrollTo(0, 0)")
            tab.ask("Input.dispatchMouseEvent", type="mouseMoved", x=1, y=1)
            tab.picture(PLACE / "board.png")
            process.terminate()
            process.wait()
    size = (PLACE / "board.png").stat().st_size
    assert size <= MOST_BYTES, f"{size} bytes are too many for a page"


if __name__ == "__main__":
    main()
