"""The search for leaked secrets finds them; without this, every journey's silence would prove nothing."""

import base64
from pathlib import Path

import pytest

from tests.canaries import TOKEN, canary, leaks
from tests.machine import Machine


@pytest.mark.parametrize("ahead", range(4))
def test_a_secret_is_found_raw_and_in_base64_and_never_quoted(ahead: int) -> None:
    told = b"." * ahead + canary("some").encode() + b"..."

    for data in (told, base64.b64encode(told), base64.urlsafe_b64encode(told)):
        (said,) = leaks(data, "here")
        assert "here holds a secret at byte" in said
        assert "Zx9" not in said


@pytest.mark.parametrize(
    "place",
    [
        "project/x.txt",
        "project/.agent-workspace/ccorch/runs/r/plan.json",
        "home/.cache/x",
        "tmp/ccorch-bug.txt",
        "state/db.sqlite",
        "state/attempts/0/main/1/spec.json",
        "state/worktrees/0/main/1/raw.ndjson",
    ],
)
def test_a_stored_secret_is_found_wherever_none_belongs(tmp_path: Path, place: str) -> None:
    box = Machine(tmp_path)
    path = stored(tmp_path / place)

    assert len(box.leaks()) == 1
    box.planted.add(path)
    assert box.leaks() == []


@pytest.mark.parametrize("name", ["1/raw.ndjson", "1/claude-config/t.jsonl", "secrets.json"])
def test_what_may_be_kept_of_a_run_is_no_leak(tmp_path: Path, name: str) -> None:
    stored(tmp_path / "state/attempts/0" / name)

    assert Machine(tmp_path).leaks() == []


def test_the_secrets_of_a_run_that_is_over_are_a_leak(tmp_path: Path) -> None:
    stored(tmp_path / "state/attempts/0/secrets.json")
    (tmp_path / "state/attempts/0/ended.json").touch(mode=0o600)

    assert len(Machine(tmp_path).leaks()) == 1


def test_what_a_command_says_and_what_others_may_read_is_found(tmp_path: Path) -> None:
    box = Machine(tmp_path, said=[b"fine", TOKEN.encode()], argvs={b"claude\0-p", f"claude\0{TOKEN}".encode()})
    stored(tmp_path / "state/attempts/0/raw.ndjson").chmod(0o640)

    assert [said.split(" ", 2)[0] for said in box.leaks()] == [
        "output",
        "an",
        str(tmp_path / "state/attempts/0/raw.ndjson"),
    ]


def stored(path: Path) -> Path:
    """A private file with a secret in it."""
    for folder in reversed(path.parents):
        folder.mkdir(mode=0o700, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(f"... {TOKEN} ...")
    return path
