"""The long text of the benchmark suite: a station's logbook with facts hidden in it, the same for equal seeds."""

import hashlib
from collections.abc import Iterator

from ccorch.schema.bench import LongText

_WHO = (
    "Ada", "Boro", "Cem", "Dilan", "Edda", "Falk", "Gero", "Hanne", "Ivo", "Jule", "Kaan", "Lene", "Milo",
    "Nele", "Oskar", "Pia", "Quirin", "Rosa", "Sven", "Tove",
)  # fmt: skip
_DID = (
    "checked", "greased", "replaced", "drained", "measured", "painted", "sealed", "moved", "counted",
    "cleaned", "tightened", "swept",
)  # fmt: skip
_WHAT = (
    "the north pump", "the feed valve", "pipe seven", "the spare gasket", "the cable tray", "the east ladder",
    "the filter housing", "the pressure gauge", "the tool crate", "the drain cover",
    "the lamp above the stairs", "the ballast tank",
)  # fmt: skip
_HOW = (
    "and found nothing unusual", "before the shift ended", "while the belt stood still",
    "after the second bell", "with parts from the store", "as the list demands", "and noted the reading",
    "for the third time this month",
)  # fmt: skip


def long_text(text: LongText) -> str:
    """Numbered entries, each a sentence; the facts stand where they say, numbered like all others."""
    facts = sorted(text.facts, key=lambda fact: fact.at)
    lines: list[str] = []
    size = 0
    for number, sentence in enumerate(_sentences(text.seed), 1):
        if facts and size >= facts[0].at * text.bytes:
            sentence = facts.pop(0).text
        elif size >= text.bytes and not facts:
            break
        lines.append(f"{number:04} {sentence}")
        size += len(lines[-1].encode()) + 1
    return "\n".join(lines) + "\n"


def _sentences(seed: str) -> Iterator[str]:
    """Sentences without an end, none of them about anything that a fact may say."""
    number = 0
    while True:
        number += 1
        dice = hashlib.sha256(f"{seed}/{number}".encode()).digest()
        who, did, what, how = (
            words[dice[place] % len(words)] for place, words in enumerate((_WHO, _DID, _WHAT, _HOW))
        )
        yield f"{who} {did} {what} {how}."
