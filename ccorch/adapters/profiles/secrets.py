"""Credentials where a reference says they are: a variable, a file, a command's answer, the system's keyring."""

import os
import shutil
import stat
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from ccorch.adapters.files import read_given
from ccorch.adapters.process.commands import run
from ccorch.config.installed import adding
from ccorch.errors import ProfileUnusable
from ccorch.rules.amounts import limit
from ccorch.schema.profile import KeyringEntry, SecretRef

SECONDS = 30.0
"""Deadline of a credential command."""

LIMIT = 64 * 1024
"""Longest credential in bytes."""

GIVEN = (
    *("PATH", "HOME", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "LC_MESSAGES"),
    *("DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR"),
    *("GNUPGHOME", "GPG_AGENT_INFO", "GPG_TTY", "SSH_AUTH_SOCK", "SSH_AGENT_PID"),
)
"""The caller's variables that a credential command is given; no other."""


def missing(name: str, place: SecretRef, environment: Mapping[str, str]) -> str | None:
    """Why the credential cannot be had, as far as can be told without running a command or asking a keyring."""
    match place:
        case SecretRef(env=str(variable)):
            return None if environment.get(variable) else f"the variable {variable} is not set"
        case SecretRef(file=str(file)):
            try:
                from_file(name, file)
            except ProfileUnusable as problem:
                said = problem.message.removeprefix(f"profile {name!r}: ")
                return said if problem.hint == problem.default_hint else f"{said}; {problem.hint}"
        case SecretRef(command=(program, *_)):
            found = shutil.which(program, path=environment.get("PATH", os.defpath))
            return None if found else f"its credential command {program!r} is not a program on PATH"
        case SecretRef(command=()):
            return "its credential command is empty"
        case SecretRef(keyring=KeyringEntry()) if find_spec("keyring") is None:
            return f"its credential lies in the keyring, which needs the package keyring: {adding('keyring')}"
    return None


def from_file(name: str, file: str) -> str:
    """The file's only line; others may not be able to read it."""
    path = Path(os.path.expanduser(file))
    if not path.is_absolute():
        # caller and daemon stand in different folders
        raise ProfileUnusable(f"profile {name!r}: its credential file must be named by its whole path")
    content, problem = read_given(path, LIMIT)
    if content is None:
        said = problem or f"{path} does not exist"
        raise ProfileUnusable(f"profile {name!r}: its credential file cannot be used: {said}")
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise ProfileUnusable(
            f"profile {name!r}: others can read its credential file {path}", hint=f"chmod 600 {path}"
        )
    return _single(name, content, str(path))


def from_command(name: str, argv: Sequence[str], environment: Mapping[str, str], seconds: float = SECONDS) -> str:
    """What the program prints, run in the caller's home; of what it says nothing is ever repeated."""
    given = {key: environment[key] for key in GIVEN if key in environment}
    command = f"its credential command {argv[0]!r}"
    try:
        done = run(argv, cwd=given.get("HOME", "/"), env=given, timeout=seconds, limit_bytes=LIMIT)
    except OSError as problem:
        raise ProfileUnusable(f"profile {name!r}: {command} cannot be started: {problem.strerror}") from problem
    if done.timed_out:
        raise ProfileUnusable(f"profile {name!r}: {command} did not end within {limit(seconds)}")
    if done.rc != 0:
        raise ProfileUnusable(
            f"profile {name!r}: {command} ended with status {done.rc}", hint="run it in a terminal to see why"
        )
    return _single(name, done.stdout, command)


def from_keyring(name: str, entry: KeyringEntry) -> str:
    """The entry's password."""
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        raise ProfileUnusable(f"profile {name!r} needs the package keyring", hint=adding("keyring")) from None
    place = f"the keyring's entry {entry.username!r} of {entry.service!r}"
    try:
        value = keyring.get_password(entry.service, entry.username)
    except KeyringError as problem:
        # what a backend says may hold anything, so only its kind is told
        raise ProfileUnusable(
            f"profile {name!r}: the keyring failed ({type(problem).__name__})",
            hint="`keyring --list-backends` shows what this machine has; unlock it, or name another place",
        ) from None
    if value is None:
        raise ProfileUnusable(
            f"profile {name!r}: the keyring has no entry {entry.username!r} of {entry.service!r}",
            hint=f"keyring set {entry.service} {entry.username}",
        )
    return _single(name, value.encode(), place)


def _single(name: str, content: bytes, place: str) -> str:
    value = content.decode("utf-8", "replace").strip()
    if not value or not value.isascii() or not value.isprintable() or " " in value:
        raise ProfileUnusable(f"profile {name!r}: {place} does not hold a single credential")
    return value
