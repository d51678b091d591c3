"""JSON as people write it: with comments and commas after the last item."""

import re
from typing import Any

from ccorch.rules.cc_switch_settings import read_json

# what is not closed reaches to the end and is kept, so that no text is looked through twice
_STRING = r'"(?:[^"\\]++|\\.)*+"?'
_COMMENT = re.compile(rf"(?P<kept>{_STRING}|/\*(?:[^*]++|\*(?!/))*+\Z)|//[^\n]*|/\*.*?\*/", re.DOTALL)
_COMMA = re.compile(rf"(?P<kept>{_STRING})|,(?=\s*[}}\]])", re.DOTALL)


def read_loose(text: str) -> Any:
    """The value; raises ValueError that quotes nothing of the text."""
    for beside in (_COMMENT, _COMMA):
        text = beside.sub(lambda found: found["kept"] or " ", text)
    return read_json(text)
