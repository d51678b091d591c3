"""How much of a worker's stream and of its events is kept: what is over a limit is counted instead."""

from collections.abc import Callable
from dataclasses import dataclass

from ccorch.schema.policy import Output

_END = (b'{"type":"result"', b'{"type":"system"')
_ERROR = (b'"is_error":true', b'"error":"', b'"type":"result"')

Reached = Callable[[str, int, bool], None]
"""Told of a limit by its key, of the bytes that were wanted, and whether it was the hard one."""


def is_of_the_end(line: bytes) -> bool:
    """Whether a line is kept where only the end counts: results, what the session says of itself, errors."""
    return line.startswith(_END) or any(mark in line for mark in _ERROR)


@dataclass
class Room:
    """The room that one attempt has; whoever reads its stream anew comes to the same figures."""

    limits: Output
    reached: Reached
    kept: int = 0
    """Bytes of the stream that were kept."""
    events: int = 0
    """Bytes of events that were told."""
    lines_out: int = 0
    """Lines of the stream that were left out."""
    bytes_out: int = 0
    """Their bytes."""
    events_out: int = 0
    """Events that were left out."""
    stream_is_full: bool = False
    events_are_full: bool = False
    is_warned: bool = False
    is_warned_of_events: bool = False

    def takes_all(self, size: int) -> bool:
        """Whether so many bytes of whole lines are kept without looking at each; they are counted then."""
        if self.limits.final_only or self.stream_is_full or self.kept + size > self._whole:
            return False
        self.kept += size
        return True

    def takes(self, line: bytes) -> bool:
        """Whether a line is kept; the first one that would cross the hard limit ends the room."""
        if self.limits.final_only and not is_of_the_end(line):
            return False
        wanted = self.kept + len(line) + 1
        if wanted > self.limits.soft_bytes and not self.is_warned:
            self.is_warned = True
            self.reached("policy.output.soft_bytes", wanted, False)
        if self.stream_is_full or wanted > self.limits.hard_bytes:
            if not self.stream_is_full:
                self.stream_is_full = True
                self.reached("policy.output.hard_bytes", wanted, True)
            self.lines_out += 1
            self.bytes_out += len(line) + 1
            return False
        self.kept = wanted
        return True

    def tells(self, size: int) -> bool:
        """Whether an event of so many bytes is told."""
        wanted = self.events + size
        if wanted > self.limits.events_soft_bytes and not self.is_warned_of_events:
            self.is_warned_of_events = True
            self.reached("policy.output.events_soft_bytes", wanted, False)
        if self.events_are_full or wanted > self.limits.events_hard_bytes:
            if not self.events_are_full:
                self.events_are_full = True
                self.reached("policy.output.events_hard_bytes", wanted, True)
            self.events_out += 1
            return False
        self.events = wanted
        return True

    @property
    def _whole(self) -> int:
        """Bytes up to which nothing has to be told."""
        return min(self.limits.soft_bytes, self.limits.hard_bytes)

    def noted(self, reason: str) -> str:
        """A reason with what was left out."""
        return "; ".join(part for part in (reason, self.left_out) if part)

    @property
    def left_out(self) -> str:
        """What was left out, in words; empty when nothing was."""
        said = []
        if self.lines_out:
            limit = f"policy.output.hard_bytes={self.limits.hard_bytes}"
            said.append(f"{self.lines_out} lines ({self.bytes_out} bytes) of its stream are left out ({limit})")
        if self.events_out:
            limit = f"policy.output.events_hard_bytes={self.limits.events_hard_bytes}"
            said.append(f"{self.events_out} events are left out ({limit})")
        return "; ".join(said)


def shortened(text: str, most: int) -> str:
    """A final text of at most so many characters, with how many were left out."""
    if len(text) <= most:
        return text
    return f"{text[:most]}\n\n[{len(text) - most} characters left out (policy.output.final_max_chars={most})]"
