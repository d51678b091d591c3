"""What the gateway adds: first byte, CPU and memory, measured beside the same requests without it.

`python -m bench.gateway [--streams 30] [--seconds 10] [--requests 300]`
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, TCPConnector

from bench.figure import Figure
from ccorch.adapters.daemon.thrift import ALLOCATOR
from ccorch.adapters.gateway.seat import Seat, token_hash
from ccorch.adapters.gateway.server import Gateway
from ccorch.adapters.ledger_file import LedgerFile
from ccorch.rules.budget import Pool
from ccorch.rules.pricing import Price

TOKEN = "bench"
PRICE = Price(input=2, output=10, dated="2026-08-01")
QUICK = "default: [{text: hello}]"
STEADY = "default: [{endless: {text: 'about five tokens of text ', events: %d}, pace: %f}]"
EVENTS_PER_SECOND = 170
BODY = {"model": "m", "max_tokens": 32_000, "stream": True, "messages": [{"role": "user", "content": "x" * 50_000}]}


async def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=30)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--requests", type=int, default=300)
    parser.add_argument("--serve", metavar="UPSTREAM", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        await serve(options.serve)
        return
    with tempfile.TemporaryDirectory() as folder:
        rows = await first_bytes(Path(folder), options.requests)
        rows += await streams(Path(folder), options.streams, options.seconds)
    width = max(len(row[0]) for row in rows)
    print(f"{'':{width}}  {'direct':>10}  {'gateway':>10}  {'added':>10}")
    for name, *cells in rows:
        print(f"{name:{width}}  " + "  ".join(f"{cell:>10}" for cell in cells))


LIMITS = {
    "first byte added beside 30 streams, p95": (5, "ms"),
    "CPU at 5,000 events/s": (60, "%"),
    "resident memory": (50, "MB"),
}
SIDE = 100
"""Requests of each kind that are timed beside the streams."""


def figures(folder: Path) -> list[Figure]:
    """The promises about 30 streams at a model's pace."""
    taken = asyncio.run(_beside_streams(folder, 30, 8))
    return [Figure(f"gateway: {name}", value, *LIMITS[name], note) for name, (value, note) in taken.items()]


async def _beside_streams(folder: Path, count: int, seconds: int) -> dict[str, tuple[float, str]]:
    """First bytes of quick answers, both ways in turn, while the streams pass the gateway; its CPU and memory."""
    steady, quick = folder / "steady", folder / "quick"
    steady.mkdir(parents=True)
    quick.mkdir()
    script = STEADY % (EVENTS_PER_SECOND * seconds, 1 / EVENTS_PER_SECOND - 0.0006)
    async with (
        upstream(steady, script) as (slow, _),
        upstream(quick, QUICK) as (fast, _),
        gateway(slow, fast) as (through, process),
        ClientSession(connector=TCPConnector(limit=0)) as session,
    ):
        before, begun = cpu_seconds(process), time.perf_counter()
        streams = asyncio.create_task(_read_all(session, f"{through}/w/seat-0", count))
        ways = {"direct": fast, "through": f"{through}/w/seat-1"}
        await _first_bytes(session, ways, SIDE // 5)  # until all streams have begun
        times = await _first_bytes(session, ways, SIDE)
        rate, _ = await streams
        share = (cpu_seconds(process) - before) / (time.perf_counter() - begun)
        resident, own = resident_mb(process), own_mb(process)
    direct, added = (sorted(times[way])[int(SIDE * 0.95)] for way in ("direct", "through"))
    events = rate * count
    return {
        "first byte added beside 30 streams, p95": (
            max(added - direct, 0.0),
            f"{added:.2f} beside {direct:.2f} ms",
        ),
        "CPU at 5,000 events/s": (share * 100 * 5000 / events, f"{share * 100:.0f} % at {events:,.0f} events/s"),
        "resident memory": (resident, f"{own:.0f} MB of it its own, the rest is libraries that others share"),
    }


async def _first_bytes(session: ClientSession, ways: dict[str, str], requests: int) -> dict[str, list[float]]:
    """Milliseconds to the first byte of an answer to a 50 kB request, the ways in turn."""
    times: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(requests):
        for way, base in ways.items():
            begun = time.perf_counter()
            async with post(session, base) as response:
                await response.content.readany()
                times[way].append((time.perf_counter() - begun) * 1000)
                await response.read()
    return times


async def first_bytes(folder: Path, requests: int) -> list[tuple[str, str, str, str]]:
    """Time to the first byte of an answer to a 50 kB request, both ways in turn."""
    async with upstream(folder, QUICK) as (url, _), gateway(url) as (through, _), ClientSession() as session:
        times = await _first_bytes(session, {"direct": url, "through": f"{through}/w/seat-0"}, requests)
    rows = []
    for name, at in (("median", 0.5), ("p95", 0.95)):
        direct, added = (sorted(times[way])[int(requests * at)] for way in ("direct", "through"))
        rows.append((f"first byte, {name}, ms", f"{direct:.2f}", f"{added:.2f}", f"{added - direct:.2f}"))
    return rows


async def streams(folder: Path, count: int, seconds: int) -> list[tuple[str, str, str, str]]:
    """Many answers at a model's pace side by side: gaps between chunks, CPU and memory."""
    script = STEADY % (EVENTS_PER_SECOND * seconds, 1 / EVENTS_PER_SECOND - 0.0006)
    async with upstream(folder, script) as (url, _), gateway(url) as (through, process), ClientSession() as session:
        direct = await _read_all(session, url, count)
        before = cpu_seconds(process)
        begun = time.perf_counter()
        metered = await _read_all(session, f"{through}/w/seat-0", count)
        took = time.perf_counter() - begun
        share = (cpu_seconds(process) - before) / took
        memory = resident_mb(process)
    name = f"{count} streams"
    return [
        (f"{name}, events/s each", f"{direct[0]:.0f}", f"{metered[0]:.0f}", ""),
        (
            f"{name}, gap between chunks p99, ms",
            f"{direct[1]:.1f}",
            f"{metered[1]:.1f}",
            f"{metered[1] - direct[1]:.1f}",
        ),
        (f"{name}, CPU of one core, %", "", f"{share * 100:.0f}", ""),
        ("resident memory, MB", "", f"{memory:.0f}", ""),
    ]


async def _read_all(session: ClientSession, base: str, count: int) -> tuple[float, float]:
    """Events a second of one stream, and the p99 of the gaps between chunks."""
    gaps: list[float] = []

    async def read() -> float:
        events, begun = 0, time.perf_counter()
        async with post(session, base) as response:
            last = time.perf_counter()
            async for chunk in response.content.iter_any():
                now = time.perf_counter()
                gaps.append((now - last) * 1000)
                events, last = events + chunk.count(b"\n\n"), now
        return events / (time.perf_counter() - begun)

    rates = await asyncio.gather(*(read() for _ in range(count)))
    return statistics.fmean(rates), statistics.quantiles(gaps, n=100)[98]


def post(session: ClientSession, base: str) -> Any:
    """The request of every measurement."""
    return session.post(f"{base}/v1/messages", json=BODY, headers={"Authorization": f"Bearer {TOKEN}"})


async def serve(urls: list[str]) -> None:
    """Be the gateway, alone in this process, with a seat for each upstream."""
    with tempfile.TemporaryDirectory() as folder:
        made = Gateway(LedgerFile(Path(folder)))
        made.open_pool(Pool(id="run:bench", scope="run", limit_usd=1000.0))
        for number, url in enumerate(urls):
            made.register(
                Seat(
                    id=f"seat-{number}",
                    token_sha256=token_hash(TOKEN),
                    base_url=url,
                    auth_key=TOKEN,
                    price_of=lambda model: PRICE,
                    pools=("run:bench",),
                    run="bench",
                    node="a",
                    attempt=1,
                    profile="scripted",
                    declared_model="m",
                )
            )
        port = await made.start()
        print(json.dumps({"base_url": f"http://127.0.0.1:{port}"}), flush=True)
        await asyncio.Event().wait()


@asynccontextmanager
async def upstream(folder: Path, script: str) -> AsyncIterator[tuple[str, int]]:
    """The scripted provider in a process of its own."""
    path = folder / "script.yaml"
    path.write_text(script)
    command = ("-m", "ccorch.adapters.scripted", "--script", str(path), "--token", TOKEN)
    async with _child(*command) as started:
        yield started


@asynccontextmanager
async def gateway(*urls: str) -> AsyncIterator[tuple[str, int]]:
    """The gateway in a process of its own, with the allocator that a daemon has."""
    async with _child("-m", "bench.gateway", "--serve", *urls, **ALLOCATOR) as started:
        yield started


@asynccontextmanager
async def _child(*arguments: str, **more: str) -> AsyncIterator[tuple[str, int]]:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": os.environ.get("PYTHONPATH", ""), **more}
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, stdout=asyncio.subprocess.PIPE, env=environment
    )
    assert process.stdout is not None
    try:
        yield json.loads(await process.stdout.readline())["base_url"], process.pid
    finally:
        process.terminate()
        await process.wait()


def cpu_seconds(process: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def own_mb(process: int) -> float:
    """Memory that a process shares with none and no file backs."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon:")) / 1024


def resident_mb(process: int) -> float:
    """Memory that a process holds."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


if __name__ == "__main__":
    asyncio.run(main())
