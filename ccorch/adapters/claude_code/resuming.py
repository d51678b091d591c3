"""A session that goes on in a new attempt after it was broken off, by a lost process or a provider in trouble."""

import shutil
from pathlib import Path

from ccorch.adapters.claude_code.command import session_id
from ccorch.ports import AttemptId, Block, WorkOrder

CONFIG, SESSIONS = "claude-config", "projects"

GO_ON = Block(
    text="This session was broken off in the middle of the work, and what it was doing may be half done. Look what "
    "is there, go on where you were, and give the result that was asked of you."
)
"""Said in the place of the first message, which the session knows."""


def first_words(order: WorkOrder) -> tuple[Block, ...]:
    """What a session that goes on is told first."""
    return (Block(text=order.says),) if order.says else (GO_ON,)


def taken_up(order: WorkOrder, folder: Path) -> AttemptId | None:
    """The lost attempt whose session goes on in this one; its transcript is brought along. None begins anew."""
    if order.resumes is None or not order.profile.needs_gateway:
        return None
    earlier = AttemptId(order.id.run, order.id.node, order.resumes)
    kept = folder.parent / str(order.resumes) / CONFIG / SESSIONS
    if not any(kept.glob(f"*/{session_id(earlier)}.jsonl")):
        return None
    shutil.copytree(kept, folder / CONFIG / SESSIONS, symlinks=True, dirs_exist_ok=True)
    return earlier
