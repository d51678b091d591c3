"""What the shim costs: memory at rest, long lines, many lines, and with `--gigabyte` a 1 GB stream.

Run `python bench/shim.py [--gigabyte]`; every row is a real attempt with a small program in claude's place.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from ccorch.adapters.process import attempt

_BODY = "import os, signal, sys\nout = sys.stdout.buffer\n"
_REST = _BODY + "out.write(b'{}\\n'); out.flush(); signal.pause()"
_LINE = _BODY + 'out.write(b\'{"type":"user","x":"\' + b\'y\' * %d + b\'"}\\n\')'
_RESULT = _BODY + 'out.write(b\'{"x":"\' + b\'\\\\"y\' * %d + b\'","type":"result"}\\n\')'
_BLOCK = _BODY + 'block = (b\'{"type":"%s","x":"\' + b\'y\' * %d + b\'"}\\n\') * 1000\n'
_LINES = _BLOCK % ("stream_event", 200) + "[out.write(block) for _ in range(500)]"
_STREAM = _BLOCK % ("user", 1000) + "[out.write(block) for _ in range(1000)]"


def main() -> None:
    """Print one table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--gigabyte", action="store_true", help="also pass 1 GB, which writes 1 GB to disk")
    gigabyte = arguments.parse_args().gigabyte
    print(f"{'case':34} {'value':>14}  note")
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        _row("at rest", *_at_rest(base / "rest"))
        _row("start to end of an empty worker", *_timed(base / "empty", _BODY))
        _row("one 10 MB line", *_timed(base / "line", _LINE % (10 << 20)))
        _row("one 10 MB result, type last", *_timed(base / "late", _RESULT % (10 << 20 >> 2)))
        _row("500,000 lines of 230 B", *_timed(base / "lines", _LINES, lambda s: f"{500_000 / s:,.0f} lines/s"))
        if gigabyte:
            _row("1 GB stream", *_timed(base / "stream", _STREAM, lambda s: f"{1000 / s:,.0f} MB/s"))


def _row(case: str, value: str, note: str) -> None:
    print(f"{case:34} {value:>14}  {note}", flush=True)


def _start(folder: Path, program: str) -> attempt.Running:
    spec = {
        "argv": [sys.executable, "-I", "-S", "-c", program],
        "env": {},
        "cwd": "/",
        "control": False,
        "hooks": False,
        "message_file": "",
        "timeout_seconds": 600,
        "marker": f"CCORCH_ATTEMPT=bench-{folder.name}-{time.time_ns()}",
        "daemon": None,
    }
    return attempt.start(folder, spec, None, b"")


def _at_rest(folder: Path) -> tuple[str, str]:
    running = _start(folder, _REST)
    raw = folder / "raw.ndjson"
    while not (raw.exists() and raw.stat().st_size):
        time.sleep(0.01)
    resident, proportional = _memory(running.shim.pid, "VmRSS"), _rollup(running.shim.pid)
    attempt.send(folder, {"do": "stop"})
    running.wait()
    return f"{resident / 1024:.1f} MB RSS", f"{proportional / 1024:.1f} MB PSS"


def _timed(folder: Path, program: str, rate: Callable[[float], str] | None = None) -> tuple[str, str]:
    begun = time.monotonic()
    running = _start(folder, program)
    peak = 0
    while running.poll():
        peak = max(peak, _memory(running.shim.pid, "VmHWM"))
        time.sleep(0.002)
    took = time.monotonic() - begun
    record = attempt.exit_record(folder)
    assert record is not None
    assert record["rc"] == 0, record
    (folder / "raw.ndjson").unlink()
    notes = [f"{record['raw_bytes'] / 1e6:.1f} MB, peak {peak / 1024:.1f} MB RSS", rate(took) if rate else ""]
    return f"{took:.3f} s", ", ".join(filter(None, notes))


def _memory(pid: int, field: str) -> int:
    return _field(Path(f"/proc/{pid}/status"), field)


def _rollup(pid: int) -> int:
    return _field(Path(f"/proc/{pid}/smaps_rollup"), "Pss")


def _field(path: Path, field: str) -> int:
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(f"{field}:")), 0)


if __name__ == "__main__":
    main()
