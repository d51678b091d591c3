"""The owner's ceiling file as `ccorch init --owner` begins it: every key with its meaning and its default."""

import json
import textwrap
from collections.abc import Iterator

from ccorch.schema.base import field_docs
from ccorch.schema.ceiling import Ceiling

HEAD = """\
# What the owner of this machine lets any run do. Nothing in a repository, no client and no override can raise it;
# who has a shell of yours can, so it is no border against them. Each key stands here with its default: take the
# `# ` away to change one. `ccorch config check` checks the file, `ccorch catalog ceiling` lists the keys.
"""


def ceiling_text() -> str:
    """The file, everything in it a comment: with it as it is, nothing changes."""
    return HEAD + "".join(_entries())


def _entries() -> Iterator[str]:
    docs = field_docs(Ceiling)
    for name, field in Ceiling.model_fields.items():
        yield "\n" + "".join(f"# {line}\n" for line in textwrap.wrap(docs[name], 108))
        yield f"# {name}: {json.dumps(field.default)}\n"
