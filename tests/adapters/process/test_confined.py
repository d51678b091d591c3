"""Scripts around unknown code see nothing of the caller and end within their limits."""

from pathlib import Path

import pytest

from ccorch.adapters.process.confined import ConfinedCommands
from ccorch.ports import Ran


def ran(folder: Path, code: str, seconds: float = 20.0) -> Ran:
    """What became of a script with this code, run in an empty folder."""
    script, room = folder / "script.py", folder / "room"
    script.write_text(code)
    room.mkdir()
    return ConfinedCommands().python(script, room, seconds)


def test_it_sees_no_environment_and_no_packages_and_stands_in_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CCORCH_CANARY", "x")
    code = "import os, sys\nprint(os.environ.get('CCORCH_CANARY'), 'site' in sys.modules, os.getcwd())"

    found = ran(tmp_path, code)

    assert (found.status, found.out) == (0, f"None False {tmp_path / 'room'}\n")


def test_it_tells_the_status_and_keeps_what_was_said_before(tmp_path: Path) -> None:
    found = ran(tmp_path, "print('so far')\nraise SystemExit(3)")

    assert (found.status, found.out, found.timed_out) == (3, "so far\n", False)


def test_it_may_not_write(tmp_path: Path) -> None:
    found = ran(tmp_path, "open('new', 'wb', buffering=0).write(b'x')")

    assert found.status != 0
    assert not [path for path in (tmp_path / "room").rglob("*") if path.stat().st_size]


def test_it_may_not_take_much_memory(tmp_path: Path) -> None:
    assert ran(tmp_path, "x = bytearray(2 << 30)").status != 0


def test_what_does_not_end_is_ended(tmp_path: Path) -> None:
    found = ran(tmp_path, "print('begun', flush=True)\nwhile True: pass", seconds=1.0)

    assert found.timed_out or found.status != 0
    assert found.out in ("", "begun\n")
