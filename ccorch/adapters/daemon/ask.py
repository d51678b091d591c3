"""The client's side of the daemon's socket: one JSON line asked, one JSON line answered."""

import json
import socket
from pathlib import Path
from typing import Any

from ccorch.errors import DaemonUnreachable, from_data

PROTOCOL = 1


def ask(path: Path, verb: str, timeout: float, **words: Any) -> dict[str, Any]:
    """Ask a daemon and give its answer; raises the error it answered, or DaemonUnreachable."""
    request = json.dumps({"v": PROTOCOL, "verb": verb, **words}, ensure_ascii=False).encode(
        "utf-8", "surrogatepass"
    )
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
            link.settimeout(timeout)
            link.connect(str(path))
            link.sendall(request + b"\n")
            answer = b"".join(iter(lambda: link.recv(1 << 16), b""))
    except OSError as problem:
        raise DaemonUnreachable(f"the daemon does not answer on its socket: {problem}") from problem
    if not answer:
        raise DaemonUnreachable("the daemon closed the socket without an answer")
    data: dict[str, Any] = json.loads(answer)
    if "error" in data:
        raise from_data(data)
    return data
