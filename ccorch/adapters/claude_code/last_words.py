"""What a worker last said on stderr, for who has to tell why it gave no result."""

from pathlib import Path

from ccorch.rules.redaction import Redactor

MOST_BYTES = 4096
_NO_NEWS = "[claude-code:unrecognized_model]"


def last_words(folder: Path, redactor: Redactor) -> str:
    """The end of what it said, redacted; nothing if nothing was said."""
    try:
        with open(folder / "stderr.log", "rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - MOST_BYTES))
            words = file.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return ""
    return redactor.text("\n".join(line for line in words.splitlines() if _NO_NEWS not in line)).strip()
