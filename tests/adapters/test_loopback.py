"""Who serves on this machine is told of a port that somebody else has, and finds its own again."""

import asyncio
import socket
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from ccorch.adapters.loopback import lasting, listening
from ccorch.errors import ArgumentInvalid
from ccorch.schema.worktree import PortRange


def test_a_port_that_is_taken_is_named_and_a_free_one_is_of_this_machine_alone() -> None:
    with closing(listening(0)) as first:
        host, port = first.getsockname()
        assert host == "127.0.0.1"
        with pytest.raises(ArgumentInvalid, match=f"port {port}: .*in use"):
            listening(port)


def test_who_comes_back_finds_its_port_free_for_the_system_gives_it_to_nobody() -> None:
    handed_out = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    with ExitStack() as opened:

        async def start(port: int) -> int:
            serving = opened.enter_context(socket.create_server(("127.0.0.1", port)))
            return int(serving.getsockname()[1])

        port = asyncio.run(lasting(start, 0))
        assert 1024 <= port < handed_out
        other = asyncio.run(lasting(start, port))
        assert other != port, "somebody is there"
        opened.close()
        assert asyncio.run(lasting(start, port)) == port


@pytest.mark.parametrize(
    ("told", "begins", "ends"),
    [
        ("10000\t15000\n", 15_001, 19_999),
        ("32768 60999", 10_000, 19_999),
        ("1024 65535", 0, 0),
        ("x", 10_000, 19_999),
    ],
)
def test_a_lasting_port_is_none_of_a_worktree_and_none_that_this_machine_hands_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: str, begins: int, ends: int
) -> None:
    (tmp_path / "range").write_text(told)
    monkeypatch.setattr("ccorch.adapters.loopback.HANDED_OUT", tmp_path / "range")

    async def start(port: int) -> int:
        return port

    assert begins <= asyncio.run(lasting(start, 0)) <= ends < PortRange().first
