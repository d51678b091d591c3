"""A process that has loaded ccorch once, and of which each command is a copy: loading is most of its work.

What a command does is its own all the same: its process, session, environment, folder, streams and exit status.
That a command loads by itself all it needs is shown where one is started from nothing: by clients, by pages that
are executed, by `tests/house/test_startup.py` and by `Machine.start`; `make soak` starts every command so.
"""

import atexit
import gc
import importlib
import io
import json
import os
import pkgutil
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

OWN = ("PYTHON", "LC_", "LD_", "MALLOC_")
"""Beginnings of variables that are heeded when a process starts, and never again."""
SELDOM = ("ccorch.frontends.mcp", "ccorch.adapters.dbos", "ccorch.adapters.process.shim")
"""What few commands load, or what is a program of its own."""


def can_become(environment: Mapping[str, str]) -> bool:
    """Whether a copy is what a process that starts in this environment would be."""
    return not any(name.startswith(OWN) for name in environment) and not os.environ.get("CCORCH_SOAK")


def command(words: tuple[str, ...], environment: Mapping[str, str], cwd: Path, patience: float) -> Any:
    """Run a command to its end; its exit status, and what it said on both streams."""
    told, out, err = _read(begin(words, environment, cwd), patience)
    assert told, _loaded()[1].communicate()
    return json.loads(told.splitlines()[-1]), out, err


def begin(words: tuple[str, ...], environment: Mapping[str, str], cwd: Path, program: str = "ccorch") -> list[int]:
    """Make a copy; where its process id and, at its end, its exit status is told, and the ends of its streams."""
    order = {"program": program, "words": words, "environment": dict(environment), "cwd": str(cwd)}
    pipes = [os.pipe() for _ in range(3)]
    with _of_bytes(json.dumps(order).encode()) as written:
        socket.send_fds(_loaded()[0], [b"."], [written.fileno(), *(end for _, end in pipes)])
    for _, end in pipes:
        os.close(end)
    return [end for end, _ in pipes]


def _read(ends: list[int], patience: float) -> list[bytes]:
    """All that comes until each of them is closed; who takes too long is killed."""
    said = dict.fromkeys(ends, b"")
    deadline = time.monotonic() + patience
    try:
        with selectors.DefaultSelector() as ready:
            for end in ends:
                ready.register(end, selectors.EVENT_READ)
            while ready.get_map():
                for key, _ in ready.select(1):
                    got = os.read(key.fd, 1 << 20)
                    said[key.fd] += got
                    if not got:
                        ready.unregister(key.fd)
                if time.monotonic() > deadline:
                    raise TimeoutError(f"a command took longer than {patience} seconds: {list(said.values())}")
    except BaseException:
        if said[ends[0]].count(b"\n") == 1:
            os.kill(int(said[ends[0]]), signal.SIGKILL)
        raise
    finally:
        for end in ends:
            os.close(end)
    return list(said.values())


@cache
def _loaded() -> tuple[socket.socket, "subprocess.Popen[bytes]"]:
    """The loaded process of this process, which ends with it, and the way to it."""
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with there:
        process = subprocess.Popen(
            [sys.executable, __file__, str(there.fileno())],
            stdin=subprocess.DEVNULL,
            # of the same kind as a command's own: what can be sought in is written otherwise
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "PYDANTIC_DISABLE_PLUGINS": "__all__"},
            cwd="/",
            pass_fds=[there.fileno()],
            start_new_session=True,
        )
    atexit.register(_end, here, process)
    return here, process


def _end(here: socket.socket, process: "subprocess.Popen[bytes]") -> None:
    here.close()
    process.communicate()


def _load() -> None:
    import ccorch

    for found in pkgutil.walk_packages(ccorch.__path__, "ccorch."):
        if not found.name.startswith(SELDOM) and not found.name.endswith(".__main__"):
            importlib.import_module(found.name)
    from ccorch.schema.base import Value

    for model in _below(Value):
        model.model_rebuild(raise_errors=False)  # which is done at its first use otherwise, in each copy
    gc.freeze()


def _below(model: type[Any]) -> Iterator[type[Any]]:
    for one in model.__subclasses__():
        yield one
        yield from _below(one)


def _serve(orders: socket.socket) -> str | None:
    """Make a copy for each order; in a copy, which has become what was ordered, its program; None at the end."""
    waiting = selectors.DefaultSelector()
    waiting.register(orders, selectors.EVENT_READ)
    while True:
        for key, _ in waiting.select():
            if key.data is not None:
                waiting.unregister(key.fd)
                _tell_end(key.fd, *key.data)
                continue
            _, files, _, _ = socket.recv_fds(orders, 1, 4)
            if not files:
                return None
            written, teller, out, err = files
            child = os.fork()
            if child == 0:
                # who holds one of another copy keeps its end from being told
                for told in (teller, *(key.data[1] for key in waiting.get_map().values() if key.data)):
                    os.close(told)
                return _become(_ordered(written), out, err)
            for file in (written, out, err):
                os.close(file)
            _tell(teller, child)
            waiting.register(os.pidfd_open(child), selectors.EVENT_READ, (child, teller))


def _tell_end(handle: int, child: int, teller: int) -> None:
    _, status = os.waitpid(child, 0)
    _tell(teller, os.waitstatus_to_exitcode(status))
    os.close(teller)
    os.close(handle)


def _tell(teller: int, number: int) -> None:
    with suppress(BrokenPipeError):  # whoever asked has lost patience
        os.write(teller, b"%d\n" % number)


def _become(order: Any, out: int, err: int) -> str:
    os.setsid()
    for file, stream in ((out, 1), (err, 2)):
        os.dup2(file, stream)
        os.close(file)
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["environment"])
    time.tzset()
    sys.argv = [order["program"], *order["words"]]
    sys.path[0] = order["cwd"]
    return str(order["program"])


def _of_bytes(content: bytes) -> io.BufferedRandom:
    file = open(os.memfd_create("order"), "w+b")  # noqa: SIM115
    file.write(content)
    file.flush()
    return file


def _ordered(file: int) -> Any:
    with open(file, "rb") as written:
        written.seek(0)
        return json.loads(written.read())


if __name__ == "__main__":
    sys.path[0] = ""
    _load()
    if ordered := _serve(socket.socket(fileno=int(sys.argv[1]))):
        runpy.run_module(ordered, run_name="__main__", alter_sys=True)
