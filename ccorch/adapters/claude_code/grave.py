"""Grave calls: told as begun once nobody can refuse them any more, and told however little is wanted."""

from collections.abc import Iterator

from ccorch.adapters.claude_code.stream import Interpreter
from ccorch.schema.event import Event, Said, ToolBegan, ToolCalled
from ccorch.schema.worker_event import NOTABLE

REFUSED_WITHIN = 3.0
"""Seconds after which a call that the fence was asked about is at work: whoever refuses does so at once."""


class Grave:
    """Looks after the calls that the fence was asked about; lines up to `resume_line` were told before."""

    def __init__(self, interpreter: Interpreter, resume_line: int) -> None:
        self._interpreter = interpreter
        self._resume_line = resume_line
        self._since: dict[str, float] = {}
        self.awaits = interpreter.awaits

    def begun(self, now: float) -> Iterator[ToolBegan]:
        """Those of which nothing was heard for a while, by any steady clock."""
        self._since = {call: self._since.get(call, now) for call in self._interpreter.asked}
        for call, since in self._since.items():
            line = self._interpreter.asked[call]
            if now - since >= REFUSED_WITHIN and line > self._resume_line:
                yield from self._interpreter.began(call, line)


def is_talk(event: Event) -> bool:
    """Whether it may be left out where little is wanted; calls that findings rest on may not."""
    match event:
        case Said():
            return True
        case ToolCalled(acts=acts):
            return not NOTABLE.intersection(acts)
    return False
