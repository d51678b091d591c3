"""What became different in a project's own checkout while somebody worked elsewhere, and how grave that is."""

from collections.abc import Iterator, Mapping

_FILE = "file "
_STARTS_PROGRAMS = ("hooks/", "config", "info/attributes", "objects/info/")
"""Parts by which whoever writes them decides what git runs or reads."""


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    """Each part that differs, in words. A file that equals its commit again is one only where nobody committed."""
    return tuple(_differences(before, after))


def is_grave(difference: str) -> bool:
    """Whether it may make git start a program, or read another repository."""
    return difference.startswith(_STARTS_PROGRAMS)


def _differences(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    has_committed = any(before.get(name) != mark for name, mark in after.items() if name.startswith("refs/heads/"))
    for name in sorted(before.keys() | after.keys()):
        was, now = before.get(name), after.get(name)
        if was == now or (now is None and name.startswith(_FILE) and has_committed):
            continue
        yield f"{name} {_how(was, now)}"


def _how(was: str | None, now: str | None) -> str:
    if was is None:
        return "appeared"
    return "is gone" if now is None else "changed"
