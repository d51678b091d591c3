"""Sockets that nobody but this machine reaches."""

import socket

from ccorch.errors import ArgumentInvalid


def listening(port: int) -> socket.socket:
    """A socket that listens at this port, or at a free one where it is 0; raises ArgumentInvalid."""
    try:
        return socket.create_server(("127.0.0.1", port))
    except OSError as problem:
        said = f"cannot listen at port {port}: {problem.strerror}"
        raise ArgumentInvalid(said, hint="without --port it takes a free one") from problem
