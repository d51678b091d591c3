"""What following a worker costs: lines a second, memory, and the size of a request by a real `claude`.

`python bench/worker.py [--lines 300000] [--claude PATH]`; run it from the repository's root.
"""

import argparse
import asyncio
import json
import os
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ccorch.adapters.claude_code.evidence import Copy
from ccorch.adapters.claude_code.worker import _Reading
from ccorch.rules.redaction import Redactor
from tests.adapters.claude_code.endpoint import Reply, endpoint
from tests.adapters.claude_code.kit import Desk, node, writer

SECRETS = ("correct-horse-battery", "sk-another-secret-0123456789")


def main() -> None:
    """Measure and print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=300_000)
    parser.add_argument("--claude", help="binary to ask instead of the one that ccorch finds")
    options = parser.parse_args()
    if options.claude:
        os.environ["CLAUDE_CODE_BIN"] = options.claude
    print(f"{'case':44} {'value':>14}")
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        for name, share in (("stream events", 0.0), ("one message in ten", 0.1), ("one secret in a hundred", 0.01)):
            rate = ingest(base, options.lines, share, name.startswith("one secret"))
            print(f"{'lines/s, ' + name:44} {rate:14,.0f}")
        print(f"{'MB/s, one line of 30 MB':44} {long_line(base):14,.1f}")
        print(f"{'peak memory, MB':44} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:14,.0f}")
        for name, made in (("review: Read,Grep,Glob", node(handoff="review")), ("writer", writer("src/**"))):
            print(f"{'bytes of a request, ' + name:44} {request_size(base / name[:6], made):14,d}")


def ingest(base: Path, count: int, share: float, secret: bool) -> float:
    """Lines a second from a raw stream to its redacted copy and its events."""
    raw, copy = base / "raw.ndjson", base / "stream.ndjson"
    every = int(1 / share) if share else 0
    told = {"type": "assistant", "message": {"model": "glm-5", "content": [{"type": "text", "text": "x" * 200}]}}
    quiet = _spell({"type": "stream_event", "event": {"type": "content_block_delta", "text": "x" * 120}})
    loud = _spell({"type": "stream_event", "text": SECRETS[0]} if secret else told)
    raw.write_bytes(b"".join(loud if every and at % every == 0 else quiet for at in range(count)))
    reading = _Reading(Desk(base / "desk").order(), 0, lambda event: None)
    begun = time.perf_counter()
    _follow(Copy(raw, copy, Redactor(SECRETS), reading.take))
    spent = time.perf_counter() - begun
    copy.unlink()
    return count / spent


def long_line(base: Path) -> float:
    """Megabytes a second of one line with a large file in it."""
    raw, copy = base / "raw.ndjson", base / "stream.ndjson"
    raw.write_bytes(_spell({"type": "user", "text": "line\n" * 6_000_000}))
    begun = time.perf_counter()
    _follow(Copy(raw, copy, Redactor(SECRETS), lambda number, line: None))
    spent = time.perf_counter() - begun
    copy.unlink()
    return raw.stat().st_size / 1e6 / spent


def request_size(folder: Path, made: Any) -> int:
    """Bytes of the first request of a real worker, its prompt and task being a line each."""
    desk = Desk(folder)
    with endpoint(lambda body, number: Reply(text="done")) as api:
        desk.url = api.url
        asyncio.run(desk.workers().perform(desk.order(made), lambda event: None))
        return len(json.dumps(api.requests[0]))


def _follow(copy: Copy) -> None:
    while copy.step():
        pass
    copy.finish()
    copy.close()


def _spell(data: dict[str, Any]) -> bytes:
    return json.dumps(data, separators=(",", ":")).encode() + b"\n"


if __name__ == "__main__":
    main()
