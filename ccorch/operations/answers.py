"""What a node gave: its words, its handoff, and the change that a writer left behind."""

import json
import shlex
from typing import Any

from ccorch.operations.house import House
from ccorch.ports.attempt import attempt_file, attempt_folder
from ccorch.schema.base import Many, Value

ANSWER_LIMIT = 60_000
"""Longest answer shown, in characters; the whole of it lies in the run folder."""


class Answer(Value):
    """What a node gave."""

    node: str
    """The node."""
    text: str | None
    """Its final text."""
    handoff: Any
    """Its structured result; null when it owed none or gave none."""
    truncated: bool = False
    """Whether the text was cut here; the file has all of it."""
    folder: str
    """Where all evidence of its latest attempt lies."""


class Changed(Value):
    """What a writing node changed; nothing of it is in the project before somebody applies it."""

    node: str
    """The node."""
    files: Many[str]
    """Changed paths."""
    patch: str
    """File with the whole difference."""
    apply: str
    """Command that brings it into the project."""
    ref: str
    """Ref of the project's repository that keeps the commit."""
    commit: str
    """The commit with the result."""
    base: str
    """The commit that the work started from."""
    left: Many[str] = ()
    """Files left in its worktree that are in no commit: what git ignores, and what lies in submodules."""
    checkout: Many[str] | None = None
    """What became different in the project's own checkout meanwhile, whoever did it; null was not looked at."""


class Result(Value):
    """What a run has written in all."""

    ref: str | None
    """Ref of the project's repository that holds it; null where it could not be put together."""
    commit: str | None
    """The commit."""
    base: str
    """The commit that the run started from."""
    problem: str | None
    """Why its parts do not fit together; null when they do."""


def result(house: House, run: str) -> Result | None:
    """What a run that is over has written in all; None for nothing."""
    content = house.library.read(run, "result.json")
    return Result.model_validate_json(content) if content else None


def answer(house: House, run: str, node: str, attempt: int) -> Answer:
    """What the attempt said and handed over."""
    # no letter takes more than four bytes, so what is shown lies in these, however long the whole is
    text, size = house.library.part(run, attempt_file(node, attempt, "answer.md"), 0, 4 * ANSWER_LIMIT) or (None, 0)
    handoff = house.library.read(run, attempt_file(node, attempt, "handoff.json"))
    said = text.decode("utf-8", "replace") if text is not None else None
    return Answer(
        node=node,
        text=said[:ANSWER_LIMIT] if said else said,
        handoff=json.loads(handoff) if handoff else None,
        truncated=bool(said and (len(said) > ANSWER_LIMIT or size > 4 * ANSWER_LIMIT)),
        folder=str(house.library.folder(run) / attempt_folder(node, attempt)),
    )


def changed(house: House, run: str, node: str, attempt: int) -> Changed | None:
    """What the attempt changed; None for nothing."""
    content = house.library.read(run, attempt_file(node, attempt, "change.json"))
    told = json.loads(content) if content else {}
    if not told.get("files"):
        return None
    patch = str(house.library.folder(run) / attempt_file(node, attempt, "diff.patch"))
    return Changed(
        node=node,
        files=tuple(told["files"]),
        patch=patch,
        apply=f"git apply {shlex.quote(patch)}",
        ref=f"refs/ccorch/{run}/{_ref_part(node)}/{attempt}",
        commit=told["commit"],
        base=told["base"],
        left=tuple(told.get("ignored", ())),
        checkout=told.get("checkout"),
    )


def _ref_part(node: str) -> str:
    """The node in a ref; what a node may be called but a part of a ref may not is spelled as git's adapter does."""
    return node.replace(".", "%2E") if ".." in node or node.endswith((".", ".lock")) else node
