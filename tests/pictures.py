"""Makes the pictures of the board that the pages show: `python -m tests.pictures`."""

import json
import tempfile
import time
from pathlib import Path

from tests import board_kit as kit
from tests.browser import browser
from tests.machine import machine

PLACE = Path(__file__).parents[1] / "docs/pictures"
MOST_BYTES = 150_000


def main() -> None:
    """Take each picture anew."""
    with tempfile.TemporaryDirectory(prefix="ccorch-pictures-") as name, machine(Path(name) / "shop") as box:
        now = time.time()
        kit.many(box.project, 40, now)
        kit.big(box.project, now)
        with box.start("board", "--json") as process, browser() as tab:
            assert process.stdout is not None
            tab.look(1200, 770)
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
