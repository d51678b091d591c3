"""Places where programs of the machine listen; a sandbox shows none of them, for whoever listens runs outside."""

import os
from collections.abc import Iterable, Iterator

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


def sealed() -> tuple[str, ...]:
    """Words for bubblewrap that end the making of places among the drafts."""
    return "--remount-ro", os.path.realpath(DRAFTS)


def _top(place: str, folder: str) -> str:
    """The entry of a folder in which a place lies; empty where it lies elsewhere."""
    return f"{folder}/{place[len(folder) + 1 :].partition('/')[0]}" if _is_below(place, folder) else ""


def _is_below(place: str, folder: str) -> bool:
    return place.startswith(folder + "/")
