"""Many ask the daemon at once: whoever comes late waits in line."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ccorch.adapters.daemon.ask import ask
from ccorch.errors import DaemonUnreachable


@pytest.fixture
def busy(tmp_path: Path) -> Iterator[socket.socket]:
    """A listening socket whose line is full."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(str(tmp_path / "daemon.sock"))
        listening.listen(0)
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as first:
            first.connect(listening.getsockname())
            yield listening


def test_a_full_line_is_waited_for(busy: socket.socket) -> None:
    answered: list[dict[str, object]] = []
    place = Path(busy.getsockname())
    asking = threading.Thread(target=lambda: answered.append(ask(place, "list", 180)), daemon=True)
    asking.start()
    asking.join(0.2)
    assert asking.is_alive()
    assert not answered

    busy.accept()[0].close()
    _serve_one(busy)
    asking.join(180)

    assert answered == [{"well": True}]


def _serve_one(listening: socket.socket) -> None:
    link, _ = listening.accept()
    with link:
        link.recv(4096)
        link.sendall(b'{"well": true}')


def test_a_line_that_stays_full_is_told_in_time(busy: socket.socket) -> None:
    with pytest.raises(DaemonUnreachable, match=r"no answer within 0\.1s"):
        ask(Path(busy.getsockname()), "list", 0.1)
