"""The word that was probably meant where somebody has written one that there is not."""

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(written: str, known: Iterable[str]) -> str:
    """A sentence with the nearest of the known words, to stand behind another one; nothing where none is near."""
    near = get_close_matches(written, list(known), 1)
    return f" Did you mean {near[0]!r}?" if near else ""
