"""A daemon with a file holds no driver for PostgreSQL, and DBOS works without."""

import subprocess
import sys
from pathlib import Path

from ccorch.adapters.dbos.driverless import driverless

ALONE = """\
import asyncio, sys
from pathlib import Path
from ccorch.adapters.dbos.driverless import driverless

with driverless():
    from ccorch.adapters.dbos.opening import open_file


async def use():
    store = await open_file(Path(sys.argv[1]))
    await store.begin("run", "one", "about it")
    assert await store.about("one") == "about it"
    store.end("one", "over")
    await store.close()


asyncio.run(use())
print(any(name.startswith("psycopg") for name in sys.modules))
"""


def test_the_store_of_a_file_needs_no_driver_for_postgresql(tmp_path: Path) -> None:
    words = [sys.executable, "-c", ALONE, str(tmp_path / "db.sqlite")]
    said = subprocess.run(words, capture_output=True, text=True, check=False)

    assert said.stdout == "False\n", said.stderr


def test_a_driver_that_is_there_stays() -> None:
    import psycopg

    with driverless():
        assert sys.modules["psycopg"] is psycopg
