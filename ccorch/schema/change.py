"""What a writing attempt left behind, as git tells it; never by what the worker says."""

from typing import Literal

from ccorch.schema.base import Many, Value


class ChangedFile(Value):
    """One file that differs between the base and the result."""

    path: str
    """Its name now, relative to the project; a deleted file's last name."""
    was: str | None = None
    """Its earlier name, where it was renamed."""
    how: Literal["added", "deleted", "modified", "renamed", "retyped"]
    """What happened to it; retyped became another kind of thing, such as a link."""
    mode: str
    """Git's mode after the change, such as 100755; 000000 when it is gone."""
    was_mode: str
    """Git's mode before the change."""
    added: int = 0
    """Lines that came; each 80 bytes of a binary file count as one."""
    deleted: int = 0
    """Lines that went."""
    target: str | None = None
    """Where it leads, when it is a symbolic link now."""


class ChangeRecord(Value):
    """The whole change of one attempt."""

    base: str
    """Commit that the change is measured against."""
    commit: str
    """Commit that holds the result."""
    files: Many[str]
    """Every path that changed, both names of a rename included."""
    entries: Many[ChangedFile] | None = None
    """The changed files one by one; null in records of earlier versions."""
    ignored: Many[str] = ()
    """Files left in the worktree that are in no commit: what git ignores, and what lies in submodules."""
    unlisted: int = 0
    """How many more of them there were than are listed."""
    odd: Many[str] = ()
    """What is no plain file of the worktree, in words: pipes, sockets, devices, files that lie elsewhere too, links
    that leave it by way of others, and whatever became different in git's own record of it."""
    checkout: Many[str] | None = None
    """What became different in the project's own checkout meanwhile, whoever did it; null was not looked at."""
