"""Writes into the pages what their commands print now; what is partly left out there is only pointed at."""

import sys

from tests.examples.readme import ELIDED, PLAYS, ROOT, played, same, text_of


def main(pages: list[str]) -> int:
    """Rewrite the plays that these pages belong to, or all; 1 when something is left to do by hand."""
    return max(rewrite(play) for play in PLAYS if not pages or set(pages) & set(play))


def rewrite(play: tuple[str, ...]) -> int:
    """Rewrite the pages of one play; 1 when something is left to do by hand."""
    texts, places, left = {page: text_of(page) for page in play}, dict.fromkeys(play, 0), 0
    for page, shown, printed in played(play):
        old = "".join(f"{line}\n" for line in (f"$ {shown.command}", *shown.lines))
        place = places[page] = texts[page].index(old, places[page])
        if not same(shown.lines, printed):
            if ELIDED in shown.lines:
                print(f"{page}, by hand: $ {shown.command}", *printed, sep="\n")
                left = 1
            else:
                new = "".join(f"{line.rstrip()}\n" for line in (f"$ {shown.command}", *printed))
                texts[page] = texts[page][:place] + new + texts[page][place + len(old) :]
    for page, text in texts.items():
        (ROOT / page).write_text(text, encoding="utf-8")
    return left


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
