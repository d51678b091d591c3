"""Serve one script alone: `python -m ccorch.adapters.scripted --script FILE --token T`."""

import argparse
import asyncio
import json
import signal
import sys
from pathlib import Path

from ccorch.adapters.scripted import ScriptedProvider, load
from ccorch.errors import CcorchError


def main() -> int:
    """Print one JSON line with port and base URL when ready, then play until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="python -m ccorch.adapters.scripted", description=__doc__)
    parser.add_argument("--script", type=Path, required=True, help="YAML script to play")
    parser.add_argument("--token", required=True, help="only token that is accepted")
    parser.add_argument("--role", default="default", help="role or node whose turns are played")
    parser.add_argument("--port", type=int, default=0, help="port; 0 takes a free one")
    parser.add_argument("--books", type=Path, help="file that gets a line per request of what was billed")
    options = parser.parse_args()
    try:
        asyncio.run(_serve(options))
    except CcorchError as error:
        print(f"{error.message} ({error.hint})", file=sys.stderr)
        return error.exit_status
    return 0


async def _serve(options: argparse.Namespace) -> None:
    provider = ScriptedProvider(options.books)
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    script = load(options.script)
    port = await provider.start(options.port)
    url = provider.register("main", script, options.token, options.role)
    print(json.dumps({"port": port, "base_url": url}), flush=True)
    await stopped.wait()
    await provider.stop()


if __name__ == "__main__":
    sys.exit(main())
