"""Commands in a box write where they may, reach nobody, and are refused where a box is required and none works."""

import os
import shutil
import socket
import sys
import tempfile
from pathlib import Path

import pytest

from ccorch.adapters.process import commands
from ccorch.adapters.process.box import Box, boxed, run_boxed
from ccorch.errors import SandboxUnavailable
from ccorch.schema.policy import Sandbox

PATH = os.pathsep.join((str(Path(sys.executable).parent), "/usr/bin", "/bin"))
REACH = """
import os, pathlib, socket, sys
work, outside, hidden, port = sys.argv[1:]
def wrote(place):
    try:
        pathlib.Path(place, "reached").write_text("x")
    except OSError as problem:
        return False
    return True
def met(family, address):
    try:
        socket.socket(family).connect(address)
    except OSError:
        return False
    return True
print(wrote(work), wrote(outside), os.path.exists(hidden + "/secret"), met(socket.AF_UNIX, hidden + "/door"),
      met(socket.AF_INET, ("127.0.0.1", int(port))), os.getpid() < 50)
"""


class Rooms:
    """A place to work in, one outside, and one with a secret and a door."""

    def __init__(self, root: Path) -> None:
        self.work, self.outside, self.hidden = (root / name for name in ("hidden/work", "outside", "hidden"))
        self.work.mkdir(parents=True)
        self.outside.mkdir()
        (self.hidden / "secret").write_text("hush")
        self._door = socket.socket(socket.AF_UNIX)
        self._door.bind(str(self.hidden / "door"))
        self._door.listen()
        self._port = socket.create_server(("127.0.0.1", 0))

    def reached(self, wanted: Sandbox, network: bool = False) -> str:
        """What a command reaches in such a box."""
        places = (self.work, self.outside, self.hidden, self._port.getsockname()[1])
        box = Box(wanted, (self.work,), (self.hidden, self.hidden / "absent"), network)
        argv = boxed([sys.executable, "-c", REACH, *map(str, places)], box, self.work, PATH)
        done = commands.run(argv, cwd=self.work, env={"PATH": PATH}, timeout=180)
        return done.stdout.decode() or done.stderr.decode()

    def close(self) -> None:
        self._door.close()
        self._port.close()


def test_a_command_in_a_box_writes_where_it_works_and_reaches_nobody(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    rooms = Rooms(tmp_path_factory.mktemp("b"))  # short, for the address of a door is

    assert rooms.reached("required") == "True False False False False True\n"
    assert (rooms.work / "reached").exists()
    # what sets a worktree up may fetch things
    assert rooms.reached("auto", network=True) == "True False False False True True\n"
    assert not (rooms.outside / "reached").exists()
    assert rooms.reached("off") == "True True True True True False\n"
    rooms.close()


@pytest.mark.parametrize("content", [None, "exit 1"])
def test_where_no_box_works_auto_does_without_and_required_is_refused(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "bwrap").write_text(f"#!/bin/sh\n{content}\n")
        (tmp_path / "bwrap").chmod(0o755)

    assert boxed(["ls"], Box("auto", (tmp_path,)), tmp_path, str(tmp_path)) == ["ls"]
    with pytest.raises(SandboxUnavailable, match="cannot be found" if content is None else "does not work here"):
        boxed(["ls"], Box("required", (tmp_path,)), tmp_path, str(tmp_path))


KEPT = """
import os, pathlib, socket, sys
for home in sys.argv[1:]:
    for name in (".ssh/id", ".config/gh/hosts.yml", ".netrc", ".aws/credentials", "notes", ".docker/bin/tool"):
        try:
            print(name, pathlib.Path(home, name).read_text() == "hush")
        except OSError:
            print(name, "absent")
    try:
        socket.socket(socket.AF_UNIX).connect(os.path.join(home, "agent.sock"))
        print("met")
    except OSError as problem:
        print(type(problem).__name__)
"""


@pytest.mark.parametrize("network", [False, True])
def test_a_command_in_a_box_finds_no_credential_of_a_home_and_nobody_who_listens_there(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, network: bool
) -> None:
    home = tmp_path_factory.mktemp("h")
    work, tools = home / "work", home / ".docker/bin"
    for name in (".ssh/id", ".config/gh/hosts.yml", ".netrc", "keys/credentials", "notes", ".docker/bin/tool"):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text("hush")
    (home / ".aws").symlink_to("keys")
    work.mkdir()
    monkeypatch.setenv("HOME", str(home))
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(home / "agent.sock"))
        door.listen()
        box = Box("required", (work,), network=network, shown=(home,))
        path = os.pathsep.join((PATH, str(tools)))
        argv = boxed([sys.executable, "-c", KEPT, str(home)], box, work, path)
        done = commands.run(argv, cwd=work, env={"PATH": PATH}, timeout=180)

    assert done.stdout.decode().splitlines() == [
        ".ssh/id absent",
        ".config/gh/hosts.yml absent",
        ".netrc absent",
        ".aws/credentials absent",
        "notes True",
        ".docker/bin/tool True",
        "ConnectionRefusedError",
    ], done.stderr


def test_a_box_is_made_once_more_where_who_listened_is_gone_before_it_was_made(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    home = tmp_path_factory.mktemp("h")
    (home / "bwrap").write_text(
        f'#!/bin/sh\ncase "$*" in *--chdir*) rm -f {home}/door; echo >> {home}/calls;; esac\n'
        f'exec {shutil.which("bwrap")} "$@"\n'
    )
    (home / "bwrap").chmod(0o755)
    (home / "work").mkdir()
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(home / "door"))
        door.listen()
        box = Box("required", (home / "work",), shown=(home,))
        path = os.pathsep.join((str(home), PATH))
        done = run_boxed(
            ["/bin/echo", "began"], box, cwd=home / "work", env={"PATH": path}, timeout=180, limit_bytes=999,
            unwanted=lambda: False,
        )  # fmt: skip

    assert (done.stdout, done.rc, (home / "calls").read_text()) == (b"began\n", 0, "\n\n"), done.stderr


CALL = """
import os, socket, sys
def met(address):
    try:
        socket.socket(socket.AF_UNIX).connect(address)
    except OSError:
        return False
    return True
print(*map(met, sys.argv[1:]), os.access("/tmp", os.W_OK), os.path.exists("/etc/resolv.conf"))
"""


@pytest.mark.parametrize("network", [False, True])
def test_a_command_in_a_box_gets_to_nobody_who_listens_among_the_drafts(tmp_path: Path, network: bool) -> None:
    # where tmux listens, for one: whoever gets there has commands run outside of the box
    with (
        tempfile.TemporaryDirectory(prefix="ccorch-doors-", dir="/tmp") as drafts,
        tempfile.TemporaryDirectory(prefix="ssh-ccorch-", dir="/tmp") as custom,
        socket.socket(socket.AF_UNIX) as door,
        socket.socket(socket.AF_UNIX) as later,
    ):
        addresses = (f"{drafts}/door", f"{custom}/later")
        (tmp_path / "link").symlink_to(drafts)
        door.bind(addresses[0])
        door.listen()
        box = Box("required", (tmp_path,), network=network)
        call = f"{tmp_path}/call.py"
        Path(call).write_text(CALL)
        argv = boxed(
            [sys.executable, call, *(os.path.relpath(place, tmp_path) for place in addresses)], box, tmp_path, PATH
        )
        later.bind(addresses[1])
        later.listen()

        done = commands.run(argv, cwd=tmp_path, env={"PATH": PATH}, timeout=180)

        assert done.stdout.decode() == f"False False False {os.path.exists('/etc/resolv.conf')}\n", done.stderr
