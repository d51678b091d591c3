"""Writes into the pages what their commands print now; what is partly left out there is only pointed at."""

import sys
from pathlib import Path

from tests.examples.readme import ELIDED, PAGES, ROOT, played, same


def main(pages: list[str]) -> int:
    """Rewrite these pages, or all; 1 when something is left to do by hand."""
    return max(rewrite(ROOT / page) for page in pages or PAGES)


def rewrite(page: Path) -> int:
    """Rewrite one page; 1 when something is left to do by hand."""
    text, left, place = page.read_text(encoding="utf-8"), 0, 0
    for shown, printed in played(text):
        old = "".join(f"{line}\n" for line in (f"$ {shown.command}", *shown.lines))
        place = text.index(old, place)
        if not same(shown.lines, printed):
            if ELIDED in shown.lines:
                print(f"by hand: $ {shown.command}", *printed, sep="\n")
                left = 1
            else:
                new = "".join(f"{line.rstrip()}\n" for line in (f"$ {shown.command}", *printed))
                text = text[:place] + new + text[place + len(old) :]
    page.write_text(text, encoding="utf-8")
    return left


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
