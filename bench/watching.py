"""What it costs to look at runs: seconds on a log of 50 MB, and a controller's tokens for a whole supervised audit.

Run as `python -m bench.watching`. In the notes stand the polls of the reference system: 13,810 bytes each, always.
"""

import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mcp import Client, StdioServerParameters

from bench.cli import REFERENCE, interleaved, quietly
from bench.figure import Figure, table
from ccorch.adapters.run_folder.index import Index
from ccorch.adapters.run_folder.layout import Layout, State
from ccorch.adapters.run_folder.runs import RunFolders
from ccorch.operations.registry import BY_NAME
from ccorch.schema.event import AnyEvent, Ended, Event, Finished, Metered, Started, Submitted, ToolCalled
from ccorch.schema.following import ShowRequest, WaitRequest
from ccorch.schema.plan import Plan
from ccorch.schema.run import Launch, Submission
from ccorch.wiring import open_house
from tests.fakes.clock import FakeClock
from tests.machine import Machine, machine

BYTES = 50_000_000
LARGE, SMALL = "a" * 16, "b" * 16
COLD, WARM = 9, 200
POLL_BYTES, VERIFY_BYTES, BYTES_A_TOKEN = 13_810, 16_962, 4
"""What a poll and a verification of the reference system answer, as it was measured."""
OVERLAY = {"groups": {"workflow": "review_team"}, "set": {"profile": "scripted", "script": "demo"}}


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        print(table(figures(Path(folder))))


def figures(folder: Path) -> list[Figure]:
    """Everything that a controller pays for looking."""
    with machine(folder / "logs") as box:
        cursors = written(box)
        found = [*cold(box, cursors), *warm(box, cursors)]
    with machine(folder / "audit") as box:
        return [*found, audit(box)]


def cold(box: Machine, cursors: dict[str, str]) -> Iterator[Figure]:
    """Commands where nothing is new, beyond a process that only defines a pydantic model."""
    words = {
        "wait": ("wait", LARGE, "--cursor", cursors[LARGE], "--json"),
        "show": ("show", LARGE),
    }
    commands = {"reference": lambda: quietly([sys.executable, str(REFERENCE)], box)}
    for name, said in words.items():
        commands[name] = lambda said=said: quietly([sys.executable, "-m", "ccorch", *said], box)  # type: ignore[misc]
    taken = interleaved(commands, COLD)
    for name in words:
        pairs = zip(taken[name], taken["reference"], strict=True)
        beyond = statistics.median(ours - theirs for ours, theirs in pairs)
        ratio = statistics.median(taken[name]) / statistics.median(taken["reference"])
        note = f"{ratio:.1f} times the reference process; the reference system takes 18.57 s"
        yield Figure(f"ccorch {name} on 50 MB of events, beyond the reference", beyond, 0.1, "s", note)


def warm(box: Machine, cursors: dict[str, str]) -> Iterator[Figure]:
    """The same in a server that runs, with a house of its own for every call."""
    seconds: dict[tuple[str, str], float] = {}
    for run in (LARGE, SMALL):
        asked = WaitRequest(run=run, timeout=0, cursor=cursors[run])
        seconds["wait", run] = _median(lambda asked=asked: _done(box, "wait", asked))  # type: ignore[misc]
        shown = ShowRequest(run=run)
        seconds["show", run] = _median(lambda shown=shown: _done(box, "show", shown))  # type: ignore[misc]
    for verb in ("wait", "show"):
        large, small = seconds[verb, LARGE] * 1000, seconds[verb, SMALL] * 1000
        yield Figure(f"{verb} on 50 MB of events in a warm server", large, 5, "ms", f"{small:.2f} ms on 5 kB")
        yield Figure(f"{verb} takes longer for 10,000 times the log", large / small, 1.5, "times")


def audit(box: Machine) -> Figure:
    """Tokens of all answers to a controller that supervises three workers from the plan to its decision."""
    answers = asyncio.run(_supervised(box))
    sizes = [len(json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()) for _, answer in answers]
    waits = sum(tool == "run_wait" for tool, _ in answers)
    # the reference polls each worker by itself, and verifies each
    theirs = 3 * (waits * POLL_BYTES + VERIFY_BYTES) / BYTES_A_TOKEN
    note = f"{len(answers)} calls, {waits} waits; the same by the reference's polls: {theirs:,.0f} tokens"
    return Figure("an audit by three workers, supervised", sum(sizes) / BYTES_A_TOKEN, 5_000, "tokens", note)


async def _supervised(box: Machine) -> list[tuple[str, Any]]:
    words = ["-m", "ccorch", "-C", str(box.project), "mcp", "serve"]
    server = StdioServerParameters(command=sys.executable, args=words, env=box.environment)
    answers: list[tuple[str, Any]] = []
    async with Client(server) as client:

        async def call(tool: str, **words: Any) -> Any:
            result = await client.call_tool(tool, words)
            assert not result.is_error, result
            answers.append((tool, result.structured_content))
            return result.structured_content

        await call("plan", overlay=OVERLAY, task="Audit this repository")
        run = (await call("run_submit", overlay=OVERLAY, task="Audit this repository"))["run_id"]
        news, cursor = {"status": "running"}, ""
        while news.get("status") not in ("done", "failed"):
            news = await call("run_wait", run=run, until="node", timeout=110, cursor=cursor)
            cursor = news["cursor"]
        await call("run_verify", run=run)
        await call("run_get", run=run, node="verdict")
        await call("run_decide", run=run, decision="accept")
        await call("run_control", run=run, action="note", text="accepted", controller_tokens=5000)
    return answers


def written(box: Machine) -> dict[str, str]:
    """A run with 50 MB of events and one with a few, both indexed; the cursors behind their last events."""
    file = box.root / "plan.json"
    asked = box.ccorch("plan", "profile=scripted", "script=hello", "task=look", "--out", str(file))
    assert asked.status == 0, asked
    plan, state = Plan.read(file.read_bytes()), State(box.state)
    runs = RunFolders(state, FakeClock())
    for run, size in ((LARGE, BYTES), (SMALL, 5_000)):
        launch = Launch(project=str(box.project), claude=None, environment={})
        runs.create(Submission(run=run, plan=plan, config={}, launch=launch, by="terminal"))
        Layout(box.project).file(run, "events.ndjson").write_bytes(b"".join(_log(run, plan, size)))
    index = Index(state.index)
    assert index.catch_up([box.project]) == {}
    index.close()
    return {run: box.json("wait", run)["cursor"] for run in (LARGE, SMALL)}


def _log(run: str, plan: Plan, size: int) -> Iterator[bytes]:
    node = plan.nodes[0].id
    called = AnyEvent.dump_json(
        ToolCalled(node=node, attempt=1, line=1, tool="Grep", target="src/module.py:pattern")
    )
    ends: tuple[Event, ...] = (
        Metered(node=node, attempt=1, model="m", input_tokens=9, output_tokens=9, usd=0.5, exact=True),
        Ended(node=node, attempt=1, passed=True),
        Finished(status="done"),
    )
    begins = (Submitted(run=run, plan=plan.sha256, by="terminal"), Started(node=node, attempt=1))
    many = size // (len(called) + 12)
    yield from (_line(event, seq) for seq, event in enumerate(begins, 1))
    head = b'{"seq":0,"at":0.0,'
    assert called.startswith(head)
    for seq in range(3, many + 3):
        yield b'{"seq":%d,"at":%d.5,' % (seq, 10**9 + seq) + called[len(head) :] + b"\n"
    yield from (_line(event, seq) for seq, event in enumerate(ends, many + 3))


def _line(event: Event, seq: int) -> bytes:
    return AnyEvent.dump_json(event.model_copy(update={"seq": seq, "at": 1e9 + seq})) + b"\n"


def _done(box: Machine, verb: str, request: Any) -> None:
    BY_NAME[verb].do(open_house(box.project, "mcp", box.environment), request)


def _median(work: Any) -> float:
    taken = []
    for _ in range(WARM):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


if __name__ == "__main__":
    main()
