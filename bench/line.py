"""What the line itself costs: composing, the shim, the gateway, following a stream, the first request.

Run as `python -m bench.line [--full]`; with `--full` 1 GB goes through the shim and through following.
"""

import asyncio
import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench import gateway, resolve
from bench.figure import Figure, table
from ccorch.adapters.claude_code.evidence import Copy
from ccorch.adapters.claude_code.stream import Interpreter
from ccorch.config.compose import ComposeRequest, Resolver
from ccorch.config.layers import CHOSEN, layer_dirs
from ccorch.config.stack import options
from ccorch.rules.redaction import Redactor
from tests.adapters.claude_code.endpoint import Reply, endpoint
from tests.config.oracle import by_hydra, random_words
from tests.machine import Machine, machine

HERE = Path(__file__).parent
SELECTIONS = 300
REQUESTS = 300
LINES = 400_000
SECRETS = ("correct-horse-battery", "sk-another-secret-0123456789")


def main(full: bool) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        print(table(figures(Path(folder), full)))


def figures(folder: Path, full: bool) -> list[Figure]:
    """Everything in the order in which a run meets it."""
    return [
        *of_resolving(folder),
        *of_the_shim(full),
        of_the_first_request(folder),
        of_the_gateway(folder),
        *of_following(folder, full),
    ]


def of_resolving(folder: Path) -> list[Figure]:
    """A warm composition, and whether random ones say what Hydra says."""
    resolver, user = Resolver(), folder / "no-user-layer"
    layers = layer_dirs(folder, None, user)
    choices = {group: options(layers, group) for group in CHOSEN}
    equal = 0
    for seed in range(SELECTIONS):
        words = random_words(random.Random(seed), choices)
        request = ComposeRequest(folder, words, task="x", user_dir=user)
        equal += resolver.raw(request)[0] == by_hydra(request)
    request = ComposeRequest(folder, resolve.WORDS, task="x", user_dir=user)
    _, warm = resolve.timed(lambda: resolver.compose(request), 3_000)
    name = f"random selections composed as Hydra does, of {SELECTIONS}"
    return [
        Figure("warm composition, validated", warm, 0.1, "ms", "median of 3,000"),
        Figure(name, equal, SELECTIONS, "", at_least=True),
    ]


def of_the_shim(full: bool) -> list[Figure]:
    """Memory of a resting shim, and with `full` of one that passed 1 GB on."""
    said = _printed("shim.py", *(["--gigabyte"] if full else []))
    found = [Figure("shim at rest", _cell(said, r"^at rest\s+([\d.]+) MB RSS"), 15, "MB")]
    if full:
        found.append(Figure("shim after a 1 GB stream", _cell(said, r"^1 GB stream.*peak ([\d.]+) MB"), 15, "MB"))
    return found


def of_the_first_request(folder: Path) -> Figure:
    """Bytes that a real claude sends first for the packaged review role, task included."""
    with machine(folder / "first") as box, endpoint(lambda body, number: Reply(text="done")) as api:
        _profile(box, api.url)
        run = box.ccorch("run", "role=review", "profile=mine", "task=Review this repository", "--detach")
        assert run.status == 0, run
        box.ccorch("wait", run.out.split()[0])
        size = len(json.dumps(api.requests[0], separators=(",", ":")).encode())
    return Figure("first request of the review role", size / 1000, 12, "kB")


def of_the_gateway(folder: Path) -> Figure:
    """What is added to the first byte of an answer."""
    rows = asyncio.run(gateway.first_bytes(folder, REQUESTS))
    name, direct, through, added = rows[0]
    return Figure(f"gateway adds to the {name.split(',')[0]}", float(added), 5, "ms", f"{through} beside {direct}")


def of_following(folder: Path, full: bool) -> list[Figure]:
    """Speed and memory of following a worker's stream, and the time of one long line."""
    _, small = _followed(_quiet(folder, LINES // 8))
    raw = _quiet(folder, LINES)
    passes = [_followed(raw) for _ in range(7)]
    rate, large = statistics.median(rate for rate, _ in passes), max(peak for _, peak in passes)
    found = [
        Figure(f"lines followed, of {LINES:,}", rate, 30_000, "lines/s", at_least=True),
        Figure("memory grows with 8 times the lines", large - small, 2, "MB", f"peak {large:.0f} MB"),
        _of_long_lines(folder),
    ]
    if full:
        rate, huge = _followed(_quiet(folder, 1_000_000_000 // len(_QUIET)))
        found.append(Figure("memory grows with 1 GB", huge - small, 2, "MB", f"{rate:,.0f} lines/s"))
    return found


def _of_long_lines(folder: Path) -> Figure:
    seconds = {size: statistics.median(_long_line(folder, size) for _ in range(7)) for size in (2, 10)}
    note = f"10 MB in {seconds[10] * 1000:.0f} ms, 2 MB in {seconds[2] * 1000:.0f} ms; 5 is linear"
    return Figure("a line 5 times as long takes", seconds[10] / seconds[2], 7.5, "times", note)


def _long_line(folder: Path, megabytes: int) -> float:
    raw = folder / "raw.ndjson"
    raw.write_bytes(_spell({"type": "user", "text": "line\n" * (megabytes * 1_000_000 // 6)}))
    begun = time.perf_counter()
    follow(raw)
    return time.perf_counter() - begun


def _spell(data: dict[str, Any]) -> bytes:
    return json.dumps(data, separators=(",", ":")).encode() + b"\n"


_QUIET = _spell({"type": "stream_event", "event": {"type": "content_block_delta", "text": "x" * 120}})


def _quiet(folder: Path, lines: int) -> Path:
    raw = folder / "raw.ndjson"
    told = {"type": "assistant", "message": {"model": "m", "content": [{"type": "text", "text": "x" * 200}]}}
    block = (_QUIET * 9 + _spell(told)) * 100
    with open(raw, "wb") as file:
        for _ in range(lines // 1000):
            file.write(block)
    return raw


def follow(raw: Path) -> int:
    """Redact, copy and interpret a whole raw stream; how many events it told of."""
    interpreter, told = Interpreter("main", 1), 0

    def take(number: int, line: bytes) -> None:
        nonlocal told
        told += len(tuple(interpreter.events(number, json.loads(line))))

    copy = raw.with_name("copy.ndjson")
    following = Copy(raw, copy, Redactor(SECRETS), take)
    while following.step():
        pass
    following.finish()
    following.close()
    copy.unlink()
    return told


def _followed(raw: Path) -> tuple[float, float]:
    """Lines a second and peak megabytes of a process that does nothing else."""
    lines = sum(chunk.count(b"\n") for chunk in _chunks(raw))
    said = _python("-m", "bench.line", "--follow", str(raw))
    found = json.loads(said)
    return lines / found["seconds"], found["peak_kb"] / 1024


def _follow_alone(raw: Path) -> None:
    begun = time.perf_counter()
    follow(raw)
    spent = time.perf_counter() - begun
    # not ru_maxrss, which counts what the parent held before this process began
    peak = re.search(r"^VmHWM:\s+(\d+)", Path("/proc/self/status").read_text(), re.MULTILINE)
    assert peak is not None
    print(json.dumps({"seconds": spent, "peak_kb": int(peak[1])}))


def _chunks(path: Path) -> Iterator[bytes]:
    with open(path, "rb") as file:
        while chunk := file.read(1 << 20):
            yield chunk


def _profile(box: Machine, url: str) -> None:
    key = box.config / "key"
    key.write_text("bench-token-0123456789")
    key.chmod(0o600)
    profile = f"{{base_url: {url}, auth: {{file: {key}}}, models: {{balanced: glm-5.2}}}}"
    (box.config / "config.yaml").write_text(f"profiles: {{native: {{mine: {profile}}}}}\n")


def _printed(script: str, *words: str) -> str:
    """What another bench of this folder says, shown as it stands."""
    said = _python(str(HERE / script), *words)
    print(said)
    return said


def _python(*words: str) -> str:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(HERE.parent)}
    done = subprocess.run(
        [sys.executable, *words], check=True, stdout=subprocess.PIPE, env=environment, cwd=HERE.parent, text=True
    )
    return done.stdout


def _cell(said: str, pattern: str) -> float:
    found = re.search(pattern, said, re.MULTILINE)
    assert found is not None, f"{pattern} is not in:\n{said}"
    return float(found[1].replace(",", ""))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--follow", raw]:
            _follow_alone(Path(raw))
        case words:
            main("--full" in words)
