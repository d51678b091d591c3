"""Lines with labels, for the measure of the secret scan: what each is, where its shape comes from, and its text.

The files hold no secret, only recipes: `{A:36}` stands for 36 letters that are made when they are read, the same
ones each time, so that no scanner mistakes this folder for a leak.
"""

import base64
import random
import re
import string
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
LETTERS = {
    "A": string.ascii_letters + string.digits,
    "l": string.ascii_letters,
    "a": string.ascii_lowercase + string.digits,
    "h": "0123456789abcdef",
    "B": string.ascii_letters + string.digits + "+/",
    "U": string.ascii_uppercase + string.digits,
    "d": string.digits,
    "w": string.ascii_letters + string.digits + "_-",
    "P": string.ascii_letters + string.digits + "!#%*+=?~^_",
}
"""What a recipe's letter may become."""

_RECIPE = re.compile(r"\{([AlahBUdwP]):(\d+)\}|\{(u|basic)\}")


@dataclass(frozen=True)
class Labelled:
    """A line of the corpus."""

    label: str
    source: str
    text: bytes
    number: int


def labelled(name: str, seed: int = 1) -> list[Labelled]:
    """The lines of one part, with values made anew for each seed."""
    lines = (HERE / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    return [_labelled(line, number, seed) for number, line in enumerate(lines, 1)]


def _labelled(line: str, number: int, seed: int) -> Labelled:
    label, source, recipe = line.split("\t", 2)
    chance = random.Random(f"{seed}/{recipe}")
    text = _RECIPE.sub(lambda found: _made(found, chance), recipe).replace("\\n", "\n").replace("\\\n", "\\n")
    return Labelled(label, source, text.encode(), number)


def _made(found: re.Match[str], chance: random.Random) -> str:
    if found[3] == "u":
        return "-".join("".join(chance.choices(LETTERS["h"], k=size)) for size in (8, 4, 4, 4, 12))
    if found[3] == "basic":
        return base64.b64encode(f"deploy:{''.join(chance.choices(LETTERS['A'], k=16))}".encode()).decode()
    letters, size = LETTERS[found[1]], int(found[2])
    value = "".join(chance.choices(letters, k=size))
    if found[1] == "P":  # as password rules ask for it: one of each kind
        value = (
            "".join(chance.choices(string.ascii_letters + string.digits, k=size - 4))
            + "aB3"
            + chance.choice("!#%*?~")
        )
    return value
