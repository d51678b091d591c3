"""Who serves on this machine is told of a port that somebody else has."""

from contextlib import closing

import pytest

from ccorch.adapters.loopback import listening
from ccorch.errors import ArgumentInvalid


def test_a_port_that_is_taken_is_named_and_a_free_one_is_of_this_machine_alone() -> None:
    with closing(listening(0)) as first:
        host, port = first.getsockname()
        assert host == "127.0.0.1"
        with pytest.raises(ArgumentInvalid, match=f"port {port}: .*in use"):
            listening(port)
