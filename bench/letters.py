"""Counts which letters follow which in names of programs, for `ccorch/rules/secrets/letters.py`.

Run as `python -m bench.letters`; it prints the table anew from Python's own standard library.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from ccorch.rules.secrets.letters import BEGIN, DIGIT, NOTHING, SPELLED, steps

LIBRARY = Path(json.__file__).parents[1]
_NAME = re.compile(rb"[A-Za-z][A-Za-z0-9]{3,39}")
_HEX = re.compile(rb"[A-Fa-f]*\d[0-9A-Fa-f]*\Z|[A-F]+\Z")
LEAST_SEEN = 2
"""How often a name turns up before it counts: what is there once may be no name."""
LETTERS = bytes(range(97, 123))


def names(root: Path) -> list[bytes]:
    """Every name in the sources below a folder, once."""
    seen: Counter[bytes] = Counter()
    for path in sorted(root.rglob("*.py")):
        if "site-packages" not in path.parts:
            seen.update(_NAME.findall(path.read_bytes()))
    return [name for name, times in seen.items() if times >= LEAST_SEEN and not _HEX.match(name)]


def rows(found: Iterable[bytes]) -> list[str]:
    """One row for each letter before, one letter of text for each letter behind: half bits above one in 26."""
    pairs: Counter[tuple[int, int]] = Counter()
    for name in found:
        pairs.update((before, letter) for before, letter, _, _ in steps(name))
    return ["".join(_spelled(pairs, before, letter) for letter in LETTERS) for before in (BEGIN, DIGIT, *LETTERS)]


def turns(found: Iterable[bytes]) -> list[list[float]]:
    """How likely digits, capitals and small letters follow each other."""
    pairs: Counter[tuple[int, int]] = Counter()
    for name in found:
        pairs.update((kind_before, kind) for _, _, kind_before, kind in steps(name))
    total = [sum(pairs[row, kind] for kind in range(3)) for row in range(3)]
    return [[round((pairs[row, kind] + 5) / (total[row] + 15), 4) for kind in range(3)] for row in range(3)]


def _spelled(pairs: Counter[tuple[int, int]], before: int, letter: int) -> str:
    total = sum(pairs[before, other] for other in LETTERS)
    bits = math.log2((pairs[before, letter] + 2) / (total + 52) * 26)
    return SPELLED[max(min(round(bits * 2), NOTHING), -NOTHING) + NOTHING]


def main() -> None:
    """Print both tables."""
    found = names(LIBRARY)
    print(*rows(found), sep="\n")
    print(*turns(found), sep="\n")


if __name__ == "__main__":
    main()
