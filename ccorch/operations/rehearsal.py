"""The self-test: a whole workflow with real claude processes on the scripted model, in a project of its own."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from ccorch.errors import CcorchError
from ccorch.operations.bench_room import clear_old, room, writing
from ccorch.operations.doctor_line import Line
from ccorch.operations.house import House
from ccorch.operations.planning import Prepared, launch_of, prepare
from ccorch.operations.waiting import until_over
from ccorch.ports.attempt import attempt_file
from ccorch.ports.vitals import Rehearsed, Vitals
from ccorch.rules.amounts import span
from ccorch.schema.asked import Asked, Overlay
from ccorch.schema.ids import short_id
from ccorch.schema.run import OVER, Submission

SECONDS = 120.0
"""How long it may take; two workers and a gate take a few seconds."""

WORKFLOW = """\
# Writes a file, reads it, and lets a gate judge what both handed over.
defaults:
  - /role@roles.maker: development
  - /role@roles.reader: review
  - _self_
name: rehearsal
summary: Writes a file, reads it, and lets a gate judge what both handed over.
nodes:
  - {id: make, role: maker, task: Write answer.txt.}
  - {id: read, role: reader, task: Read answer.txt., needs: [make]}
  - {id: judged, kind: gate, needs: [read], pass_when: ['read.status == "pass"', "read.blocking_count == 0"]}
"""


def rehearse(house: House, vitals: Vitals) -> Iterator[Line]:
    """Do it, and tell what came of it; a binary with which it went well counts as tried from then on."""
    run = ""
    try:
        writes = house.by == "terminal" and house.ceiling().write_from_terminal
        with _project(house, writes) as project:
            prepared = prepare(replace(house, project=project), _asked(house, writes), "Rehearse.", None)
            run = _submitted(house, prepared)
            status = until_over(house, run, SECONDS)
            if status not in OVER:
                house.engine.stop(run, house.asker, "the rehearsal was given up")
    except CcorchError as problem:
        mend = f"ccorch show {short_id(run)}" if run else problem.hint or None
        yield Line(check="rehearsal", state="fail", said=problem.message, command=mend)
        return
    yield from _judged(house, vitals, prepared, run)


@contextmanager
def _project(house: House, writes: bool) -> Iterator[Path]:
    """A repository of its own; taken away when no run can be made of it, else by a later one, with its run."""
    clear_old(house)
    workflow = WORKFLOW if writes else WORKFLOW.replace("maker: development", "maker: review")
    folder = room(house) / f"check-{house.new_run()}"
    try:
        with writing(folder):
            (folder / ".ccorch/workflows").mkdir(parents=True, mode=0o700)
            (folder / ".ccorch/workflows/rehearsal.yaml").write_text(workflow, encoding="utf-8")
            (folder / "question.txt" if writes else folder / "answer.txt").write_text("It is.\n", encoding="utf-8")
        house.worktrees.begin(folder)
        yield folder
    except CcorchError:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _asked(house: House, writes: bool) -> Asked:
    """Nothing but the scripted model, whatever the user's layer says of runs."""
    typed: dict[str, Any] = {
        "profile": "scripted",
        "script": "rehearsal",
        "policy.write": writes,
        "policy.route_mismatch": "fail",
        "context": None,
        "attach": [],
        "label": "rehearsal",
    }
    if house.ceiling().sandbox == "required":
        typed["policy.sandbox"] = "required"
    return Asked(overlay=Overlay(groups={"workflow": "rehearsal"}, set=typed))


def _submitted(house: House, prepared: Prepared) -> str:
    run = house.new_run()
    launch = launch_of(house, prepared)
    house.engine.submit(
        Submission(run=run, plan=prepared.plan, config=prepared.config, launch=launch, by=house.by, who=house.who)
    )
    return run


def _judged(house: House, vitals: Vitals, prepared: Prepared, run: str) -> Iterator[Line]:
    found = house.library.summary(run)
    show = f"ccorch show {short_id(run)}"
    failed = [node for node in found.nodes if node.status != "passed"]
    for node in failed:
        said = f"{node.id}: {node.status}, {node.outcome or 'no outcome'} {node.reason}".strip()
        yield Line(check="rehearsal", state="fail", said=said, command=show)
    unmetered = [node.id for node in found.nodes if not node.requests]
    if unmetered and not failed:
        said = f"{', '.join(unmetered)} passed, and the gateway metered nothing"
        yield Line(check="rehearsal", state="fail", said=said, command=show)
    if failed or unmetered:
        return
    shapes = tuple(dict.fromkeys(shape for name in _streams(house, run) for shape in vitals.unknown_shapes(name)))
    cli = prepared.plan.inputs.cli
    assert cli is not None, "real workers have a binary"
    with suppress(CcorchError):  # it counts all the same, and is told again the next time
        vitals.note_rehearsal(
            Rehearsed(sha256=cli.sha256, version=cli.version, at=house.clock.now(), shapes=shapes)
        )
    took = (found.ended_at or 0) - (found.submitted_at or 0)
    requests = sum(node.requests for node in found.nodes)
    writes = "a worktree, " if any(node.writes for node in prepared.plan.nodes) else ""
    said = (
        f"two workers of Claude Code {cli.version} and a gate passed in {span(took)}: {writes}fences, handoffs, "
        f"{requests} metered requests (run {run})"
    )
    yield Line(check="rehearsal", state="ok", said=said, command=show)
    if shapes:
        said = f"unknown lines in the stream, which count for nothing: {', '.join(shapes)}"
        yield Line(check="rehearsal", state="warn", said=said, command="ccorch upgrade-check")


def _streams(house: House, run: str) -> Iterator[bytes]:
    for node in house.library.summary(run).nodes:
        yield house.library.read(run, attempt_file(node.id, node.attempt, "stream.ndjson")) or b""
