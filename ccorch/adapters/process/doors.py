"""Places where programs of the machine listen; a sandbox shows none of them, for whoever listens runs outside."""

import os
import stat
from collections.abc import Iterable, Iterator
from itertools import islice

SERVICES = "/run"
DRAFTS = "/tmp"
"""Where tmux, agents, databases and displays of this user listen."""

RESOLVER = "/etc/resolv.conf"

LISTENERS = ("tmux-", "ssh-", ".X11-unix", ".ICE-unix", "dbus-", "screens")
"""How folders begin in which somebody may listen later on."""

MOST = 500
"""Entries of the folder for drafts that are shown."""

_SOCKETS = "/proc/net/unix"


def shut(needed: Iterable[str], network: bool) -> Iterator[str]:
    """Words for bubblewrap after which services are gone, and drafts are shown without those who listen there."""
    wanted = [os.path.realpath(place) for place in needed]
    yield from ("--tmpfs", SERVICES)
    resolver = [os.path.realpath(RESOLVER)] if network else []
    for place in dict.fromkeys((*wanted, *resolver)):
        if _is_below(place, SERVICES):
            yield from ("--ro-bind-try", place, place)
    drafts = os.path.realpath(DRAFTS)
    yield from ("--tmpfs", drafts)
    for place in _shown(drafts, wanted):
        # one that is gone by now is passed by
        yield from ("--ro-bind-try", place, place)


def sealed() -> tuple[str, ...]:
    """Words for bubblewrap that end the making of places among the drafts."""
    return "--remount-ro", os.path.realpath(DRAFTS)


def _shown(drafts: str, wanted: Iterable[str]) -> Iterator[str]:
    needed = [top for place in wanted if (top := _top(place, drafts))]
    closed = {_top(place, drafts) for place in _listening()}
    yield from dict.fromkeys(needed)
    try:
        with os.scandir(drafts) as entries:
            for entry in islice(entries, MOST):
                if entry.path not in needed and entry.path not in closed and _is_still(entry):
                    yield entry.path
    except OSError:
        return


def _is_still(entry: os.DirEntry[str]) -> bool:
    """Whether it is a file or a folder of this user in which nobody listens by custom; links are none."""
    try:
        about = entry.stat(follow_symlinks=False)
    except OSError:
        return False
    is_plain = stat.S_ISDIR(about.st_mode) or stat.S_ISREG(about.st_mode)
    return is_plain and about.st_uid == os.getuid() and not entry.name.startswith(LISTENERS)


def _listening() -> Iterator[str]:
    """Addresses of all sockets of the machine that have a place among files."""
    try:
        with open(_SOCKETS, encoding="utf-8", errors="surrogateescape") as file:
            for line in file:
                _, found, rest = line.partition(" /")
                if found:
                    yield "/" + rest.rstrip("\n")
    except OSError:
        return


def _top(place: str, folder: str) -> str:
    """The entry of a folder in which a place lies; empty where it lies elsewhere."""
    return f"{folder}/{place[len(folder) + 1 :].partition('/')[0]}" if _is_below(place, folder) else ""


def _is_below(place: str, folder: str) -> bool:
    return place.startswith(folder + "/")
