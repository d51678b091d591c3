"""Credentials by reference: found when a run is submitted, and never repeated."""

import os
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from ccorch.adapters.profiles import ProfileFiles, secrets
from ccorch.errors import ProfileUnusable
from ccorch.schema.profile import KeyringEntry, NativeProfile, Profile, ProfileModels, SecretRef
from tests.adapters.profiles.kit import CANARY, files, launch, sources


def native(caller: ProfileFiles, auth: SecretRef, **more: Any) -> Profile:
    spec = NativeProfile(base_url="http://127.0.0.1:9", auth=auth, models=ProfileModels(balanced="m"), **more)
    (found,) = caller.all(sources(native={"mine": spec}))
    return found


def shell(text: str) -> SecretRef:
    return SecretRef(command=("sh", "-c", text))


def test_a_command_runs_when_a_run_is_submitted_and_not_before(tmp_path: Path) -> None:
    caller = files(tmp_path)
    mine = native(caller, shell(f"echo ran >> {tmp_path}/ran; echo {CANARY}"))
    caller.hints(sources())
    assert (mine.unusable, (tmp_path / "ran").exists()) == (None, False)

    carried = caller.carried([mine])

    assert carried.secrets == {"profile:mine": CANARY}
    assert caller.secret(mine, launch(dict(carried.secrets))) == CANARY
    assert (tmp_path / "ran").read_text() == "ran\n"
    assert CANARY not in repr(carried)


def test_a_command_is_given_what_agents_need_and_nothing_else(tmp_path: Path) -> None:
    kept = {"DBUS_SESSION_BUS_ADDRESS": "d", "GNUPGHOME": "g", "SSH_AUTH_SOCK": "s", "LANG": "C.UTF-8"}
    caller = files(tmp_path, ANTHROPIC_API_KEY=CANARY, LD_PRELOAD="", OTHER="x", **kept)

    caller.carried([native(caller, shell(f"env > {tmp_path}/env; echo {CANARY}"))])

    told = dict(line.split("=", 1) for line in (tmp_path / "env").read_text().splitlines())
    shells_own = {"PWD", "SHLVL", "_", "OLDPWD"}
    assert {key: told[key] for key in told.keys() - shells_own} == {
        "HOME": str(tmp_path),
        "PATH": "/usr/bin:/bin",
        **kept,
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"echo {CANARY}; echo {CANARY}", "does not hold a single credential"),
        (f"echo {CANARY}; exit 3", "ended with status 3"),
        (f"echo {CANARY} >&2; exit 1", "ended with status 1"),
        ("true", "does not hold a single credential"),
        (f"echo '{CANARY} and more'", "does not hold a single credential"),
        ("kill -9 $$", "status -9"),
    ],
)
def test_what_a_command_says_is_never_repeated(tmp_path: Path, text: str, said: str) -> None:
    caller = files(tmp_path)
    with pytest.raises(ProfileUnusable) as raised:
        caller.carried([native(caller, shell(text))])

    assert said in raised.value.message
    assert CANARY not in str(raised.value.as_data())


def test_a_command_that_hangs_is_ended() -> None:
    with pytest.raises(ProfileUnusable, match="did not end within"):
        secrets.from_command("mine", ("tail", "-f", "/dev/null"), {"PATH": "/usr/bin:/bin"}, seconds=0.2)


def test_a_program_that_is_not_there_is_told_before_it_is_needed(tmp_path: Path) -> None:
    assert "not a program on PATH" in str(native(files(tmp_path), SecretRef(command=("no-such-program",))).unusable)


BACKEND = """
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked


class Drawer(KeyringBackend):
    priority = 9

    def get_password(self, service, username):
        if service == "locked":
            raise KeyringLocked("the passphrase is sk-canary-0123456789abcdef")
        return {("ccorch", "me"): "sk-canary-0123456789abcdef"}.get((service, username))

    def set_password(self, service, username, password):
        raise NotImplementedError

    delete_password = set_password
"""


@pytest.fixture
def drawer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ccorch_test_drawer.py").write_text(BACKEND)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "ccorch_test_drawer.Drawer")
    for name in [name for name in sys.modules if name.split(".")[0] in ("keyring", "ccorch_test_drawer")]:
        monkeypatch.delitem(sys.modules, name)


@pytest.mark.usefixtures("drawer")
def test_the_keyring_is_asked_when_a_run_is_submitted(tmp_path: Path) -> None:
    caller = files(tmp_path)
    mine = native(caller, SecretRef(keyring=KeyringEntry(service="ccorch", username="me")))
    assert mine.unusable is None
    assert "keyring" not in sys.modules

    assert caller.carried([mine]).secrets == {"profile:mine": CANARY}


@pytest.mark.usefixtures("drawer")
@pytest.mark.parametrize(("service", "said"), [("other", "has no entry"), ("locked", "the keyring failed")])
def test_a_keyring_that_does_not_answer_says_nothing_secret(tmp_path: Path, service: str, said: str) -> None:
    caller = files(tmp_path)
    mine = native(caller, SecretRef(keyring=KeyringEntry(service=service, username="me")))

    with pytest.raises(ProfileUnusable, match=said) as raised:
        caller.carried([mine])
    assert CANARY not in str(raised.value.as_data())


def test_a_file_must_be_private_and_hold_one_word(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text(CANARY + "\n")
    auth = SecretRef(file=str(path))
    os.chmod(path, 0o644)
    refused = native(files(tmp_path), auth).unusable
    assert refused == f"others can read its credential file {path}; chmod 600 {path}"

    os.chmod(path, 0o600)
    mine = native(files(tmp_path), auth)
    assert (mine.unusable, files(tmp_path).secret(mine, launch())) == (None, CANARY)
    assert files(tmp_path).carried([mine]).secrets == {}

    path.write_text("two\nlines\n")
    assert "single credential" in str(native(files(tmp_path), auth).unusable)


@pytest.mark.parametrize(
    "places", [{}, {"env": "A", "file": "/b"}, {"command": ()}, {"keyring": {"service": "s"}}, {"env": "no name"}]
)
def test_exactly_one_place_is_named(places: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SecretRef(**places)
