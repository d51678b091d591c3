"""Verify a run: collect its evidence, try its result beside what it began with, and write down what follows."""

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ccorch.errors import ArgumentInvalid, ProjectInvalid, RunStateConflict
from ccorch.operations import which
from ccorch.operations.closing import await_written
from ccorch.operations.given import given
from ccorch.operations.house import House
from ccorch.operations.standing import VERDICT
from ccorch.schema.base import Many, Value
from ccorch.schema.change import ChangedFile, ChangeRecord
from ccorch.schema.checks import Checks
from ccorch.schema.ids import short_id
from ccorch.schema.judging import VerifyRequest
from ccorch.schema.run import Launch
from ccorch.schema.status import OVER
from ccorch.schema.verdict import Check, Judgement, Subject, Verdict
from ccorch.verify.evidence import Evidence, evidence
from ccorch.verify.gates import as_check, of_gates
from ccorch.verify.hiding import known_values
from ccorch.verify.judge import checks_of, concluded, genuine
from ccorch.verify.report import html, markdown
from ccorch.verify.trying import Lab, Trials, on_result, sandbox_of, subject_of, writer_of

FOLDER = "verify"
REPORT = f"{FOLDER}/report.md"
PAGE = f"{FOLDER}/report.html"
CHECKOUT = "checkout during "
NOTICED = "noticed in "

WRITTEN_SECONDS = 60.0
"""How long the end of a run may take to be written whole; after that, what lies there is judged."""


class VerifyReply(Value):
    """The verdict on a run."""

    run_id: str
    """Id of the run."""
    judgement: Judgement
    """The worst of the checks; only pass can be accepted."""
    checks: Many[Check]
    """Each check."""
    subject: Subject | None
    """What was looked at; null when the run wrote nothing."""
    report: str
    """The report as Markdown; the same as HTML lies beside it."""
    next: str
    """Command to go on with."""


@dataclass(frozen=True)
class Case:
    """A run that is over, and what of it is verified."""

    run: str
    project: Path
    found: Evidence
    checks: Checks
    trials: Trials
    forged: tuple[str, ...] | None = None
    """What of its evidence is not as ccorch wrote it; null is unknown."""


def verify(house: House, request: VerifyRequest) -> VerifyReply:
    """Judge a run that is over; what was judged is written into its folder."""
    case = opened(house, request)
    checks, subject, changed = judged(house, case, request.lane, request.own_edits)
    verdict = concluded((*checks, *untried(request, subject))).model_copy(
        update={"subject": subject, "at": house.clock.now()}
    )
    return written(house, case, verdict, changed)


def untried(request: VerifyRequest, subject: Subject | None) -> Iterator[Check]:
    """The commands that were asked for and had no change to try: what was not run has not passed."""
    for command in (*request.test, *request.invariant) if subject is None else ():
        yield Check(name=f"test {command}", judgement="unknown", reason="not run: the run left no change to try")


def opened(house: House, request: VerifyRequest) -> Case:
    """The run and what was asked; raises RunStateConflict while it is not over."""
    run = which.to_change(house, request.run)
    row = house.library.row(run)
    if row.status not in OVER:
        raise RunStateConflict(
            f"run {run} is {row.status}; only a run that is over can be verified",
            hint=f"`ccorch wait {short_id(run)}` waits for its end",
        )
    # before that, its evidence is not what will be noted
    await_written(house, (run,), WRITTEN_SECONDS)
    found = evidence(house.library, run)
    declared = found.plan.checks
    checks = declared.model_copy(update={"protected": (*declared.protected, *request.protect)})
    trials = Trials(
        commands=(*declared.commands, *map(_words, request.test)),
        invariants=(*declared.invariants, *map(_words, request.invariant)),
        seconds=request.timeout or declared.seconds,
        planted=tuple(map(_patch, request.planted)),
    )
    return Case(run, Path(row.project), found, checks, trials, _forged(house, run))


def judged(
    house: House, case: Case, lane: str | None, own_edits: bool
) -> tuple[tuple[Check, ...], Subject | None, tuple[ChangedFile, ...]]:
    """Every check of a run and its result."""
    told = checks_of(case.found)
    checks = [_vouched(check) if own_edits else check for check in (genuine(case.forged), *told)]
    found = case.found
    checks += map(as_check, of_gates(house.library, case.run, found.plan, found.state))
    if not any(check.name.startswith(NOTICED) for check in checks):
        checks.append(Check(name="noticed by rules", judgement="pass", reason="nothing that stands against it"))
    base, changes = case.found.plan.inputs.commit, _changes(case, lane)
    if base is None or not changes:
        return tuple(checks), None, ()
    try:
        made = house.worktrees.merged(case.project, base, [change.commit for change in changes])
    except ProjectInvalid as problem:
        return (*checks, Check(name="result", judgement="fail", reason=problem.message)), None, ()
    changed = house.results.changed(case.project, base, made)
    house.results.keep(case.project, case.run, "verified", made)
    checks += tried(house, case, (base, made), changed, lane=lane)
    subject = subject_of((base, made), lane, changed, case.trials, case.checks)
    return tuple(checks), subject.model_copy(update={"own_edits": own_edits}), changed


def tried(
    house: House,
    case: Case,
    between: tuple[str, str],
    changed: Sequence[ChangedFile],
    folder: str = FOLDER,
    lane: str | None = None,
) -> Iterator[Check]:
    """What the change as a whole and the commands say; logs go below the folder."""
    launch = Launch(project=str(case.project), claude=None, environment=dict(house.environment))
    lab = Lab(
        case.run,
        case.project,
        house.library,
        house.results,
        house.worktrees,
        house.commands,
        house.environment,
        sandbox=sandbox_of(case.found.plan),
        setups=house.setups,
        writer=writer_of(case.found.plan, lane),
        secrets=known_values(case.found.plan, house.profiles, launch),
    )
    yield from on_result(lab, case.checks, case.trials, between, changed, folder)


def written(house: House, case: Case, verdict: Verdict, changed: Sequence[ChangedFile]) -> VerifyReply:
    """Keep the verdict and its report."""
    going_on = _next(case.run, verdict)
    pages = {REPORT: markdown, PAGE: html}
    for name, page in pages.items():
        text = page(case.run, case.found.plan.task, verdict, changed, going_on)
        house.library.artifact(case.run, name, text.encode("utf-8", "replace"))
    house.library.artifact(case.run, VERDICT, verdict.model_dump_json(indent=1).encode())
    return VerifyReply(
        run_id=case.run,
        judgement=verdict.judgement,
        checks=verdict.checks,
        subject=verdict.subject,
        report=str(house.library.folder(case.run) / REPORT),
        next=going_on,
    )


def _forged(house: House, run: str) -> tuple[str, ...] | None:
    """What was forged, besides what is written anew now."""
    told = house.library.forged(run)
    return told and tuple(one for one in told if not one.startswith((VERDICT, f"{FOLDER}/")))


def _words(command: str) -> tuple[str, ...]:
    try:
        words = tuple(shlex.split(command))
    except ValueError as problem:
        raise ArgumentInvalid(f"{command!r} is no command: {problem}") from None
    if not words:
        raise ArgumentInvalid("a command has at least one word", hint='such as --test "python -m pytest -q"')
    return words


def _patch(file: str) -> str:
    try:
        return given(Path(file), "--planted:").decode("utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        said = f"--planted: {file!r} cannot be read: {problem}"
        raise ArgumentInvalid(said, hint="name a unified diff") from None


def _vouched(check: Check) -> Check:
    if check.judgement != "unknown" or not check.name.startswith(CHECKOUT):
        return check
    return check.model_copy(update={"judgement": "pass", "reason": f"by the owner's own word: {check.reason}"})


def _changes(case: Case, lane: str | None) -> list[ChangeRecord]:
    """What the writers of one lane have made."""
    writers = [node for node in case.found.plan.nodes if node.writes]
    made = {node.id: case.found.nodes[node.id].change for node in writers}
    lanes = {node.lane or "": None for node in writers if (change := made[node.id]) and change.files}
    if lane is not None and lane not in lanes:
        raise ArgumentInvalid(f"no lane {lane!r} has written anything", hint=f"lanes are {', '.join(lanes)}")
    if lane is None and len(lanes) > 1:
        raise ArgumentInvalid(
            f"several lanes have written: {', '.join(lanes)}", hint="say whose result is meant with --lane NAME"
        )
    chosen = lane if lane is not None else next(iter(lanes), None)
    return [
        change for node in writers if (change := made[node.id]) and change.files and (node.lane or "") == chosen
    ]


def _next(run: str, verdict: Verdict) -> str:
    if verdict.judgement == "pass":
        return f"ccorch accept {short_id(run)}" if verdict.subject else f"ccorch show {short_id(run)}"
    if any(check.name == "tests" for check in verdict.checks):
        return f"ccorch verify {short_id(run)} --test CMD"
    return f"ccorch show {short_id(run)}"
