"""Rounds of kills at random: `python -m tests.faults.rounds --kills 1000 --seed 1` prints what came of it."""

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ccorch import wiring
from ccorch.operations.house import House
from ccorch.operations.registry import BY_NAME
from ccorch.schema.planning import RunRequest
from tests.machine import Machine, machine, until, words_of

HERE = Path(__file__).parent
LIVE = 4
"""Runs that are not over at any time."""

DAG = """\
# One looks, two go on from it, one tells.
name: four
summary: One looks, two go on from it, one tells.
nodes:
  - id: look
  - {id: left, needs: [look]}
  - {id: right, needs: [look]}
  - {id: tell, needs: [left, right]}
"""
SCRIPT = (
    '# Streams for half a second.\ndefault:\n  - {text: "one two three four five six", chunks: 10, pace: 0.05}\n'
)
WORDS = (
    "profile=scripted",
    "role.handoff=null",
    "policy.max_concurrent=2",
    "policy.retries.lost=20",
    "policy.retries.backoff_seconds=0",
)
MOST_TRIES = 18
"""A later attempt is left alone: one more loss than policy.retries.lost allows is a true failure, and no loss."""

CEILING = "max_concurrent: 4\nusd_per_run: 100\nusd_per_day: 1000\n"


@dataclass
class Outcome:
    """What came of a round."""

    kills: Counter[str] = field(default_factory=Counter)
    runs: int = 0
    attempts: int = 0
    requests: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    miscounted: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def row(self) -> str:
        """A line of the table."""
        killed = ", ".join(f"{count} {who}" for who, count in sorted(self.kills.items()))
        counts = (self.runs, self.attempts, self.requests, len(self.lost), len(self.doubled), len(self.miscounted))
        return f"| {sum(self.kills.values())} ({killed}) | {' | '.join(map(str, counts))} | {self.seconds:.0f} s |"


class Round:
    """Keeps runs going on a machine and kills whoever works for them."""

    def __init__(self, box: Machine, seed: int, real_every: int = 0) -> None:
        """`real_every`: every so many runs is done by the real claude; 0 takes the quick stand-in alone."""
        self._box = box
        self._random = random.Random(seed)
        self._real_every = real_every
        self._runs: list[str] = []
        self._quick = _prepare(box)
        self._usual = wiring.open_house(box.project, "terminal", box.environment)
        self.outcome = Outcome()

    def play(self, kills: int) -> Outcome:
        """Kill so many, let everything end, and look what came of it."""
        begun = time.monotonic()
        while sum(self.outcome.kills.values()) < kills:
            while len(self._unfinished()) < LIVE:
                self._submit()
            self._kill_one()
            self._look_for_doubles()
            until(lambda: False, patience=self._random.uniform(0.01, 0.2), must=False)
        self._usual.engine.ensure()
        until(lambda: not self._unfinished() or self._nudge(), patience=900, must=False)
        until(lambda: not self._box.shims() and not self._box.claudes(), must=False)
        self._judge()
        self.outcome.seconds = time.monotonic() - begun
        return self.outcome

    def _submit(self) -> None:
        """As a command would; every fourth run is a rehearsal, which the daemon does alone."""
        number = len(self._runs)
        is_real = self._real_every and number % self._real_every == 1
        worker = ("worker=simulated",) if number % 4 == 3 else (f"script={self._box.root / 's.yaml'}",)
        request = RunRequest(overrides=(*WORDS, *worker, "workflow_file=four.yaml"), task="look", detach=True)
        house = self._house({} if is_real else {"CLAUDE_CODE_BIN": str(self._quick)})
        self._runs.append(BY_NAME["run"].do(house, request).run_id)

    def _kill_one(self) -> None:
        victims = [("daemon", pid) for pid in self._daemons()]
        victims += [("shim", pid) for pid in self._box.shims() if _number(_folder(pid)) < MOST_TRIES]
        victims += [("worker", pid) for pid in self._box.claudes() if _number(_attempt(pid)) < MOST_TRIES]
        if not any(who == "daemon" for who, _ in victims) and len(victims) < 2:
            self._usual.engine.ensure()  # as the next command of anybody would
        if not victims:
            return
        who, pid = self._random.choice(victims)
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        self.outcome.kills[who] += 1

    def _look_for_doubles(self) -> None:
        """No two workers for one node of one run."""
        at_work = Counter(name.rpartition("/")[0] for name in filter(None, map(_attempt, self._box.claudes())))
        self.outcome.doubled += [f"{node} has two workers" for node, count in at_work.items() if count > 1]

    def _nudge(self) -> bool:
        self._usual.engine.ensure()
        return False

    def _daemons(self) -> list[int]:
        return [pid for pid in self._box.processes() if b"serve\0--daemon" in words_of(pid)]

    def _unfinished(self) -> list[str]:
        return [run for run in self._runs if not self._log(run) or self._log(run)[-1]["type"] != "finished"]

    def _log(self, run: str) -> list[Any]:
        path = self._box.project / ".agent-workspace/ccorch/runs" / run / "events.ndjson"
        lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
        return [json.loads(line) for line in lines]

    def _house(self, more: dict[str, str]) -> House:
        return wiring.open_house(self._box.project, "terminal", {**self._box.environment, **more})

    def _judge(self) -> None:
        self.outcome.runs = len(self._runs)
        ledger = self._ledger()
        for run in self._runs:
            log = self._log(run)
            self.outcome.attempts += sum(event["type"] == "started" for event in log)
            if not log or log[-1] != {**log[-1], "type": "finished", "status": "done"}:
                ended = [event for event in log if event["type"] == "ended" and not event["passed"]][-1:]
                self.outcome.lost.append(f"{run} is {log[-1] if log else 'gone'} after {ended}")
            self.outcome.doubled += [f"{run}: {what}" for what in _doubles(log)]
            self.outcome.miscounted += [f"{run}: {what}" for what in _miscounts(log, ledger[run])]
            self.outcome.requests += len({line["id"] for line in ledger[run]})
        self.outcome.doubled += [f"process {pid} is left" for pid in (*self._box.shims(), *self._box.claudes())]

    def _ledger(self) -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = defaultdict(list)
        for path in sorted((self._box.state / "ledger").glob("*.ndjson")):
            for line in map(json.loads, path.read_bytes().split(b"\n")[:-1]):
                found[line["run"]].append(line)
        return found


def _doubles(log: list[Any]) -> Iterator[str]:
    """What was begun, ended or done twice by the log."""
    if [event["seq"] for event in log] != list(range(1, len(log) + 1)):
        yield "its events are not numbered one by one"
    for kind in ("submitted", "finished"):
        if sum(event["type"] == kind for event in log) != 1:
            yield f"not {kind} once"
    passed: set[str] = set()
    counts: Counter[tuple[str, str, int]] = Counter()
    for event in log:
        if event["type"] == "started" and event["node"] in passed:
            yield f"{event['node']} was begun again after it had passed"
        if event["type"] in ("started", "ended"):
            counts[event["type"], event["node"], event["attempt"]] += 1
        if event["type"] == "ended" and event["passed"]:
            passed.add(event["node"])
    yield from (
        f"{kind} {node}/{attempt} {count} times" for (kind, node, attempt), count in counts.items() if count > 1
    )


def _miscounts(log: list[Any], lines: list[Any]) -> Iterator[str]:
    """Requests that are not booked to their end exactly once, or whose money the log tells otherwise."""
    ends = Counter(line["id"] for line in lines if line["state"] in ("closed", "refused"))
    for id in {line["id"] for line in lines}:
        if ends[id] != 1:
            yield f"request {id} was closed {ends[id]} times"
    booked = sum(line["nano_usd"] or 0 for line in lines if line["state"] == "closed")
    told = sum(event["usd"] or 0 for event in log if event["type"] == "metered")
    if abs(booked / 1e9 - told) > 1e-9:
        yield f"the ledger has ${booked / 1e9}, the log ${told}"


def _prepare(box: Machine) -> Path:
    """The workflow, the script, the owner's limits, and the quick stand-in; its path."""
    (box.project / "four.yaml").write_text(DAG)
    (box.root / "s.yaml").write_text(SCRIPT)
    (box.config / "ceiling.yaml").write_text(CEILING)
    quick = box.root / "claude"
    quick.write_text(f"#!{sys.executable} -IS\n{(HERE / 'quick_claude.py').read_text()}")
    quick.chmod(0o755)
    return quick


def _attempt(pid: int) -> str:
    try:
        entries = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return ""
    return next((entry[15:].decode() for entry in entries if entry.startswith(b"CCORCH_ATTEMPT=")), "")


def _folder(pid: int) -> str:
    """The attempt's folder, of which a shim's words speak."""
    return next((word.decode() for word in words_of(pid).split(b"\0") if b"/attempts/" in word), "")


def _number(attempt: str) -> int:
    last = attempt.rpartition("/")[2]
    return int(last) if last.isdigit() else 0


def main() -> int:
    """Play a round and print its line; 1 when something was lost, doubled or miscounted."""
    words = argparse.ArgumentParser()
    words.add_argument("--kills", type=int, default=1000)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--real-every", type=int, default=0)
    given = words.parse_args()
    with tempfile.TemporaryDirectory(prefix="ccorch-soak-") as folder, machine(Path(folder) / "m") as box:
        os.environ.update(box.environment)
        outcome = Round(box, given.seed, given.real_every).play(given.kills)
    print(outcome.row)
    for trouble in (*outcome.lost, *outcome.doubled, *outcome.miscounted):
        print(trouble, file=sys.stderr)
    return 1 if outcome.lost or outcome.doubled or outcome.miscounted else 0


if __name__ == "__main__":
    sys.exit(main())
