"""The server over HTTP without its token, for a checker that cannot send one."""

import asyncio
import socket
import sys
from pathlib import Path

import uvicorn

from ccorch.frontends.mcp.http import HOST, PATH
from ccorch.frontends.mcp.server import Server
from ccorch.schema.mcp import McpSettings
from tests.frontends.houses import Stage


def main(folder: Path) -> None:
    """Serve until standard input ends; the address is printed first."""
    stage = Stage(folder)
    server = Server(lambda who: stage.house("mcp"), McpSettings(extras=("resources", "prompts")), again=0.01)
    app = server.streamable_http_app(streamable_http_path=PATH, host=HOST)
    listening = socket.create_server((HOST, 0))
    print(f"http://{HOST}:{listening.getsockname()[1]}{PATH}", flush=True)
    running = uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False))

    async def served() -> None:
        serving = asyncio.create_task(running.serve(sockets=[listening]))
        await asyncio.to_thread(sys.stdin.read)
        running.should_exit = True
        await serving

    asyncio.run(served())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
