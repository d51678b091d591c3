"""What the daemon hosts: the engine, its bookkeeping after every event, and the housekeeping."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ccorch.adapters.files import write_private
from ccorch.adapters.gateway.books import RunBooks
from ccorch.adapters.inline_engine import InlineEngine
from ccorch.adapters.run_folder.index import Index
from ccorch.adapters.run_folder.layout import State, is_run_id
from ccorch.adapters.run_folder.runs import RunFolders
from ccorch.engine.perform import Tools
from ccorch.errors import CcorchError
from ccorch.ports import Clock
from ccorch.rules.progress import fold
from ccorch.schema.event import Caller, Event, Finished, ModelServed
from ccorch.schema.plan import Plan, PlanNode
from ccorch.schema.run import Launch, RunState, Submission
from ccorch.verify.judge import NodeFacts, judge

DAY = 86_400.0
TIDY_SECONDS = 60.0
IDLE_SECONDS = 600.0


@dataclass(frozen=True)
class Shelf:
    """Where the host keeps things."""

    state: State
    runs: RunFolders
    index: Index
    books: RunBooks
    clock: Clock


class Host:
    """Answers the daemon's desk; keeps index, verdict, ledger copy and retention in step with the log."""

    def __init__(self, shelf: Shelf, tools: Tools, slots: int) -> None:
        self._shelf = shelf
        self._engine = InlineEngine(tools, slots, self._seen)
        self._tidied_at = 0.0
        self.idle_seconds = IDLE_SECONDS

    @property
    def live(self) -> tuple[str, ...]:
        """Runs that are not over."""
        return self._engine.live

    def submit(self, submission: Submission) -> None:
        """Write the caller's side down privately, then accept the run."""
        path = self._shelf.state.launch(submission.run)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(path, submission.launch.model_dump_json().encode())
        self.idle_seconds = float(submission.launch.idle_exit_seconds)
        self._engine.submit(submission)

    def stop(self, run: str, by: Caller, reason: str) -> bool:
        """Ask a run to stop."""
        return self._engine.stop(run, by, reason)

    def tell(self, run: str, event: Event) -> None:
        """Write down what the gateway noticed about a run."""
        self._engine.record(run, event)

    def adopt(self, unfinished: Sequence[str]) -> None:
        """Go on with the runs of an earlier daemon; one that cannot be read is left as it is."""
        for run in unfinished:
            try:
                plan = self._shelf.runs.plan(run)
                launch = Launch.model_validate_json(self._shelf.state.launch(run).read_bytes())
                self._engine.adopt(run, plan, launch)
            except (CcorchError, OSError, ValueError) as problem:
                print(f"run {run} cannot be adopted: {problem}", flush=True)

    async def abandon(self) -> None:
        """Let go of all attempts; their workers live on."""
        await self._engine.abandon()

    def tidy(self) -> None:
        """Delete private evidence whose time is over, at most once a minute."""
        now = self._shelf.clock.now()
        if now - self._tidied_at < TIDY_SECONDS:
            return
        self._tidied_at = now
        for ended in self._shelf.state.attempts.glob("*/ended.json"):
            about = _json(ended)
            if is_run_id(ended.parent.name) and about and now >= about["at"] + about["keep_raw"] * DAY:
                shutil.rmtree(ended.parent)

    def _seen(self, run: str, event: Event) -> None:
        self._shelf.index.update(run, self._shelf.runs.project(run))
        if event.type in ("ended", "finished"):
            self._shelf.runs.artifact(run, "ledger.ndjson", self._shelf.books.lines_of(run))
        if isinstance(event, Finished):
            self._finish(run, event)

    def _finish(self, run: str, event: Finished) -> None:
        plan = self._shelf.runs.plan(run)
        events = tuple(self._shelf.runs.events(run))
        self._shelf.books.forget(run)
        verdict = judge(plan, fold(plan, events), _facts(self._shelf.runs, run, plan, events))
        self._shelf.runs.artifact(run, "verdict.json", verdict.model_dump_json(indent=1).encode())
        folder = self._shelf.state.launch(run).parent
        if plan.limits.keep_raw == 0:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            write_private(
                folder / "ended.json", json.dumps({"at": event.at, "keep_raw": plan.limits.keep_raw}).encode()
            )


def _facts(runs: RunFolders, run: str, plan: Plan, events: tuple[Event, ...]) -> dict[str, NodeFacts]:
    state: RunState = fold(plan, events)
    return {node.id: _node_facts(runs, run, node, state.nodes[node.id].attempt, events) for node in plan.nodes}


def _node_facts(runs: RunFolders, run: str, node: PlanNode, attempt: int, events: tuple[Event, ...]) -> NodeFacts:
    folder = f"nodes/{node.id}/{attempt}"
    change = runs.read(run, f"{folder}/change.json")
    served = [e.model for e in events if isinstance(e, ModelServed) and (e.node, e.attempt) == (node.id, attempt)]
    return NodeFacts(
        changed=tuple(json.loads(change)["files"]) if change else None,
        served=tuple(dict.fromkeys(served)),
        folder=folder,
    )


def _json(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None
