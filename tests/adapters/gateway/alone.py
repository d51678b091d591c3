"""A gateway in a process of its own, to be killed: `python -m tests.adapters.gateway.alone FOLDER UPSTREAM`."""

import asyncio
import sys
from pathlib import Path

from ccorch.adapters.gateway.seat import Seat, token_hash
from ccorch.adapters.gateway.server import Gateway
from ccorch.adapters.ledger_file import LedgerFile
from tests.adapters.gateway.stage import MODEL, REAL_KEY, THROWAWAY, price_of


async def serve(folder: Path, upstream: str) -> None:
    """Serve one seat and print the port."""
    gateway = Gateway(LedgerFile(folder / "ledger"))
    port = await gateway.start()
    gateway.register(
        Seat(
            id="seat",
            token_sha256=token_hash(THROWAWAY),
            run="r1",
            node="a",
            attempt=1,
            profile="scripted",
            declared_model=MODEL,
            base_url=upstream,
            auth_key=REAL_KEY,
            price_of=price_of,
            pools=("run:r1",),
        )
    )
    print(port, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), sys.argv[2]))
