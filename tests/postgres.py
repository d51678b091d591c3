"""A real PostgreSQL on loopback for tests, stopped and started as they say."""

import os
import random
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from ccorch.adapters.loopback import lasting_ports

PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin")
SECONDS = 300
_names = count(1)


@dataclass(frozen=True)
class Postgres:
    """One server with a folder of its own."""

    programs: Path
    folder: Path
    port: int

    def url(self, database: str | None = None) -> str:
        """Address of a database; without a name one that does not exist yet."""
        name = database or f"test_{os.getpid()}_{next(_names)}"
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    def start(self) -> None:
        """Let it serve; returns when it answers."""
        settings = f"-c listen_addresses=127.0.0.1 -p {self.port} -k {self.folder} -c fsync=off"
        self.control("start", "-w", "-l", str(self.folder / "log"), "-o", settings)

    def stop(self) -> None:
        """Take it away from under whoever is connected."""
        self.control("stop", "-w", "-m", "immediate")

    def control(self, verb: str, *words: str) -> None:
        _as_somebody_else([str(self.programs / "pg_ctl"), verb, "-D", str(self.folder / "data"), *words])


@contextmanager
def server() -> Iterator[Postgres]:
    """A server for as long as the block runs."""
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="ccorch-pg-"))
    if os.getuid() == 0:
        shutil.chown(folder, "postgres")
    made = Postgres(programs, folder, _free_port())
    try:
        initdb = [str(programs / "initdb"), "-D", str(folder / "data"), "-U", "postgres", "-A", "trust", "-N"]
        _as_somebody_else(initdb)
        made.start()
        try:
            yield made
        finally:
            made.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path:
    found = [path.parent for place in PLACES for path in sorted(Path("/").glob(f"{place[1:]}/initdb"))]
    if not found:
        said = "PostgreSQL is not installed (Debian: apt-get install postgresql)"
        pytest.fail(said) if os.environ.get("CI") else pytest.skip(said)
    return found[-1]


def _as_somebody_else(argv: list[str]) -> None:
    """PostgreSQL refuses to be run by root."""
    who = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
    said = subprocess.run(
        [*who, *argv], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=SECONDS, cwd="/",
        check=False,
    )  # fmt: skip
    assert said.returncode == 0, said.stdout


def _free_port() -> int:
    """A port that nobody is given by chance before the server listens there, or while it is away."""
    # tests that run side by side have the same seed
    ports = list(lasting_ports())
    random.SystemRandom().shuffle(ports)
    for port in ports:
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is free")
