"""Promises of the ledger when the gateway is killed in the middle of answers."""

import asyncio
import os
import sys
from pathlib import Path

import pytest
from aiohttp import ClientError, ClientSession

from ccorch.adapters.ledger_file import LedgerReader
from tests.adapters.gateway.stage import THROWAWAY, Stage, booked, question, stage, until

SCRIPT = "default: [{text: '%s', chunks: %d, pace: 0.005, hold: /never/there}]"
"""An answer that never ends, and that has arrived as far as it goes when somebody is killed: what a provider sends
while the gateway does not get to read it cannot be known."""


@pytest.mark.parametrize("words", [5, 60, 230, 460])
def test_kill_9_leaves_a_ledger_that_is_never_below_the_books_and_little_above(tmp_path: Path, words: int) -> None:
    async def act() -> None:
        async with stage(tmp_path, SCRIPT % ("a few words " * words, words)) as s:
            await _ask_a_gateway_that_dies(s, tmp_path / "victim")
            await until(lambda: len(s.books()) == 3, "the provider noticed")
            billed = sum(row["input"] + row["output"] for row in s.books())
            lines = list(LedgerReader(tmp_path / "victim" / "ledger").new_lines())

            assert len({line.id for line in lines} - {line.id for line in lines if line.is_last}) == 3
            assert billed <= booked(lines).tokens <= 1.1 * billed

    asyncio.run(act())


async def _ask_a_gateway_that_dies(s: Stage, folder: Path) -> None:
    """Read three answers through it side by side and kill it when everything is said."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.adapters.gateway.alone",
        str(folder),
        s.base_url,
        stdout=asyncio.subprocess.PIPE,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    assert child.stdout is not None
    try:
        port = int(await child.stdout.readline())
        arrived = [b"", b"", b""]
        # a worker's smallest request is of about this size
        asked = question(messages=[{"role": "user", "content": "What is the answer? " * 300}])

        async def read(number: int) -> None:
            url = f"http://127.0.0.1:{port}/w/seat/v1/messages"
            async with (
                ClientSession() as session,
                session.post(url, json=asked, headers={"x-api-key": THROWAWAY}) as response,
            ):
                async for chunk in response.content.iter_any():
                    arrived[number] += chunk

        readers = [asyncio.create_task(read(number)) for number in range(3)]
        await until(lambda: all(b"content_block_stop" in one for one in arrived), "all three have said it")
        child.kill()
        for ended in await asyncio.gather(*readers, return_exceptions=True):
            assert isinstance(ended, ClientError)
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()
