"""Places where programs of the machine listen; a sandbox shows none of them, for whoever listens runs outside."""

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

SERVICES = "/run"
DRAFTS = "/tmp"
"""Where tmux, agents, databases and displays of this user listen."""

RESOLVER = "/etc/resolv.conf"


def shut(needed: Iterable[str], network: bool) -> Iterator[str]:
    """Words for bubblewrap after which services are gone, and drafts too but for what is needed.

    What is needed is for callers to say who are trusted: a link in a worktree may lead to a socket.
    """
    wanted = [os.path.realpath(place) for place in needed]
    resolver = [os.path.realpath(RESOLVER)] if network else []
    drafts = os.path.realpath(DRAFTS)
    yield from ("--tmpfs", SERVICES, "--tmpfs", drafts)
    tops = (top for place in wanted if (top := _top(place, drafts)))
    for place in dict.fromkeys((*(place for place in (*wanted, *resolver) if _is_below(place, SERVICES)), *tops)):
        # one that is gone by now is passed by
        yield from ("--ro-bind-try", place, place)


def closed(needed: Iterable[str], elsewhere: Iterable[Path]) -> Iterator[str]:
    """Words for bubblewrap after which nobody is met who listens now where the box shows what there is.

    Elsewhere it shows something else, or what is the command's own.
    """
    apart = [os.path.realpath(place) for place in elsewhere]
    shown = [os.path.realpath(place) for place in needed]
    for door in dict.fromkeys(_listened_at()):
        is_gone = any(_is_below(door, place) for place in (SERVICES, *apart))
        is_draft = _is_below(door, os.path.realpath(DRAFTS)) and not any(_is_below(door, one) for one in shown)
        if not is_gone and not is_draft:
            yield from ("--ro-bind", os.devnull, door)


def _listened_at() -> Iterator[str]:
    """Sockets of this machine that have a name on the disk; where one with a relative name is nobody tells."""
    try:
        lines = Path("/proc/net/unix").read_text(errors="surrogateescape").splitlines()[1:]
    except OSError:
        return
    for line in lines:
        name = line.split(maxsplit=7)[7:]
        if name and os.path.isabs(name[0]):
            place = os.path.realpath(name[0])
            try:
                if stat.S_ISSOCK(os.lstat(place).st_mode):
                    yield place
            except OSError:
                continue


def sealed() -> tuple[str, ...]:
    """Words for bubblewrap that end the making of places among the drafts."""
    return "--remount-ro", os.path.realpath(DRAFTS)


def _top(place: str, folder: str) -> str:
    """The entry of a folder in which a place lies; empty where it lies elsewhere."""
    return f"{folder}/{place[len(folder) + 1 :].partition('/')[0]}" if _is_below(place, folder) else ""


def _is_below(place: str, folder: str) -> bool:
    return place.startswith(folder + "/")
