"""What became different in a project's own checkout while somebody worked elsewhere, and how grave that is."""

import re
from collections.abc import Iterator, Mapping

OWN = "refs/ccorch/"
"""What ccorch itself keeps in the repository."""

NEWEST = "newest"
"""When the latest change of a tracked file was, in nanoseconds; what came after is looked at once more."""

_FILE = "file "
_JOURNAL = "logs/"
_UNCOMPARED = "too many to compare"
_ATTEMPT = re.compile(r"refs/ccorch/[^/]+/.+/[0-9]+")
_STARTS_PROGRAMS = (
    "hooks/", "config", "info/attributes", "objects/info/", "modules/", "rebase-merge/", "rebase-apply/",
    "sequencer/", "commondir", "of this worktree: config", "of this worktree: rebase-",
    "of this worktree: sequencer/",
)  # fmt: skip
"""Parts by which whoever writes them decides what git runs or reads."""


def differences(before: Mapping[str, str], after: Mapping[str, str], run: str = "") -> tuple[str, ...]:
    """Each part that differs, in words. A file that equals its commit again is one only where nobody committed.

    What the attempts of this run keep is their own; those of other runs may begin meanwhile, but change nothing.
    """
    return tuple(_differences(before, after, f"{OWN}{run}/"))


def is_grave(difference: str) -> bool:
    """Whether it may make git start a program, or read another repository."""
    return difference.startswith(_STARTS_PROGRAMS)


def is_of_attempt(ref: str) -> bool:
    """Whether it keeps what an attempt has written, so that nobody has to move it."""
    return _ATTEMPT.fullmatch(ref) is not None


def _differences(before: Mapping[str, str], after: Mapping[str, str], own: str) -> Iterator[str]:
    has_committed = any(before.get(name) != mark for name, mark in after.items() if name.startswith("refs/heads/"))
    for name in sorted(before.keys() | after.keys()):
        was, now = before.get(name), after.get(name)
        if now == _UNCOMPARED:
            yield f"{name} were not compared"
        if name == NEWEST or was == now or (now is None and name.startswith(_FILE) and has_committed):
            continue
        if name.startswith(OWN) and (was is None or name.startswith(own)):
            continue
        if name.startswith(_JOURNAL) and _is_told(name.removeprefix(_JOURNAL), before, after, has_committed):
            continue
        yield f"{name} {_how(was, now)}"


def _is_told(ref: str, before: Mapping[str, str], after: Mapping[str, str], has_committed: bool) -> bool:
    """Whether a journal only tells of what is told anyway."""
    return before.get(ref) != after.get(ref) or (ref == "HEAD" and has_committed)


def _how(was: str | None, now: str | None) -> str:
    if was is None:
        return "appeared"
    return "is gone" if now is None else "changed"
