"""Promises of the ledger when the gateway is killed in the middle of answers."""

import asyncio
import os
import sys
from pathlib import Path

import pytest
from aiohttp import ClientError, ClientSession

from ccorch.adapters.gateway import LedgerReader
from ccorch.rules.spending import fold
from tests.adapters.gateway.stage import THROWAWAY, Stage, question, stage, until

SCRIPT = "default: [{endless: {text: 'a few words '}, pace: 0.005}]"


@pytest.mark.parametrize("kilobytes", [1, 8, 30, 60])
def test_kill_9_leaves_a_ledger_that_is_never_below_the_books_and_little_above(
    tmp_path: Path, kilobytes: int
) -> None:
    async def act() -> None:
        async with stage(tmp_path, SCRIPT) as s:
            await _ask_a_gateway_that_dies(s, tmp_path / "victim", kilobytes * 1000)
            await until(lambda: len(s.books()) == 3, "the provider noticed")
            billed = sum(row["input"] + row["output"] for row in s.books())
            spending = fold(LedgerReader(tmp_path / "victim" / "ledger").new_lines())

            assert len(spending.unfinished()) == 3
            assert billed <= spending.run("r1").usage.tokens <= 1.1 * billed

    asyncio.run(act())


async def _ask_a_gateway_that_dies(s: Stage, folder: Path, size: int) -> None:
    """Read three answers through it side by side and kill it when they are so long."""
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
        arrived = [0, 0, 0]
        # a worker's smallest request is of about this size
        asked = question(messages=[{"role": "user", "content": "What is the answer? " * 300}])

        async def read(number: int) -> None:
            url = f"http://127.0.0.1:{port}/w/seat/v1/messages"
            async with (
                ClientSession() as session,
                session.post(url, json=asked, headers={"x-api-key": THROWAWAY}) as response,
            ):
                async for chunk in response.content.iter_any():
                    arrived[number] += len(chunk)

        readers = [asyncio.create_task(read(number)) for number in range(3)]
        await until(lambda: min(arrived) >= size, "all three are under way")
        child.kill()
        for ended in await asyncio.gather(*readers, return_exceptions=True):
            assert isinstance(ended, ClientError)
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()
