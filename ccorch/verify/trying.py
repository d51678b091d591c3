"""Run commands on a result and on what it began with, both as plain files without git and without credentials."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ccorch.ports import Commands, Fresh, Ran, Runs, Setups, Worktrees
from ccorch.ports.results import Results
from ccorch.rules.passing import PASSED, PROXIES
from ccorch.rules.redaction import Redactor, passwords_in
from ccorch.rules.scope import matches
from ccorch.schema.change import ChangedFile
from ccorch.schema.checks import Checks, Command
from ccorch.schema.plan import Plan, PlanNode
from ccorch.schema.policy import Sandbox
from ccorch.schema.run import Launch
from ccorch.schema.verdict import Check, Subject
from ccorch.verify import result
from ccorch.verify.trial import Attempted, Tried, proof

STRICTEST_FIRST: tuple[Sandbox, ...] = ("required", "auto")
"""Sandboxes that are wanted for something."""


@dataclass(frozen=True)
class Lab:
    """Where a result of a run is tried, and with what."""

    run: str
    project: Path
    runs: Runs
    results: Results
    worktrees: Worktrees
    commands: Commands
    environment: Mapping[str, str]
    """The caller's; only what is harmless of it is passed on."""
    unwanted: Callable[[], bool] = lambda: False
    """Whether nobody waits for it any more."""
    sandbox: Sandbox = "off"
    """Whether the commands run in one."""
    setups: Setups | None = None
    """Who sets up what they run in."""
    writer: PlanNode | None = None
    """Whose worktree it is set up like; null where nobody's was."""
    secrets: tuple[str, ...] = ()
    """What is kept out of the logs."""

    @property
    def given(self) -> dict[str, str]:
        """The variables that commands are given."""
        passed = {name: value for name, value in self.environment.items() if name in PASSED}
        return {**passed, **(self.writer.own_variables if self.writer else {})}

    @property
    def lent(self) -> tuple[Path, ...]:
        """What the worktree's links lead to."""
        asked = self.writer.worktree if self.writer else None
        return tuple(self.project / name for name in asked.linked) if asked else ()

    @property
    def hidden(self) -> Redactor:
        """Takes out of what is printed what nobody is to read."""
        given = self.given
        return Redactor((*self.secrets, *passwords_in([given[name] for name in PROXIES if name in given])))


@dataclass(frozen=True)
class Trials:
    """The commands that try a result."""

    commands: tuple[Command, ...]
    """These must fail on the old code, or on a planted fault."""
    invariants: tuple[Command, ...]
    """These need not."""
    seconds: float
    """Longest time of each."""
    planted: tuple[str, ...] = ()
    """Faults as unified diffs against the result; each of them some command must notice."""

    @property
    def words(self) -> tuple[Command, ...]:
        """Every command."""
        return (*self.commands, *self.invariants)


def on_result(
    lab: Lab, checks: Checks, trials: Trials, between: tuple[str, str], changed: Sequence[ChangedFile], folder: str
) -> Iterator[Check]:
    """What the change as a whole and the commands say; logs go below the folder."""
    yield result.protected(checks, changed)
    yield result.kept_tests(checks, changed)
    yield from _tried(lab, checks, trials, between, folder)
    if not trials.commands and result.needs_trial(checks, changed):
        yield result.untried(lab.run)


def sandbox_of(plan: Plan) -> Sandbox:
    """The strictest sandbox that any node of the run works in holds for what tries its result, too."""
    wanted = {node.sandbox for node in plan.nodes}
    return next((one for one in STRICTEST_FIRST if one in wanted), "off")


def writer_of(plan: Plan, lane: str | None) -> PlanNode | None:
    """Somebody in whose worktree, set up as its owner declared, the result was written."""
    writers = [node for node in plan.nodes if node.writes and node.worktree and (lane is None or node.lane == lane)]
    return writers[0] if writers else None


def subject_of(
    between: tuple[str, str],
    lane: str | None,
    changed: Sequence[ChangedFile],
    trials: Trials,
    checks: Checks,
) -> Subject:
    """What was tried: the commit of before and the one of the result, what differs, and by which commands."""
    base, made = between
    return Subject(
        base=base,
        result=made,
        lane=lane or "",
        files=len(changed),
        added=sum(one.added for one in changed),
        deleted=sum(one.deleted for one in changed),
        risks=result.risks(changed),
        needs_tests=result.needs_tests(checks, changed),
        commands=trials.commands,
        invariants=trials.invariants,
        protected=checks.protected,
    )


def _tried(lab: Lab, checks: Checks, trials: Trials, between: tuple[str, str], folder: str) -> Iterator[Check]:
    """What every command proves about the difference between two commits.

    The result is tried with its protected files as they are in the base. The old code is tried with the tests that
    the change brings: who changes a test so that it cannot fail any more is found out by that.
    """
    if not trials.words:
        return
    base, made = between
    old = lab.results.mixed(lab.project, base, made, lambda path: result.is_test(checks, path))
    new = lab.results.mixed(lab.project, made, base, lambda path: matches(checks.protected, path))
    before = _on(lab, old, trials, f"{folder}/{{}}.base.log")
    after = _on(lab, new, trials, f"{folder}/{{}}.result.log") if not isinstance(before, str) else before
    if isinstance(before, str) or isinstance(after, str):
        yield Check(name="set-up", judgement="blocked", reason=f"nothing can be tried: {after}")
        return
    faulty = [
        _with_fault(lab, new, trials, f"{folder}/{{}}.planted-{number}.log", fault)
        for number, fault in enumerate(trials.planted, 1)
    ]
    invariant = [False] * len(trials.commands) + [True] * len(trials.invariants)
    for place, one in enumerate(zip(trials.words, invariant, before, after, strict=True)):
        on_faults = tuple(found[place] for found in faulty if isinstance(found, list))
        yield proof(Tried(*one, on_faults))
    for number, found in enumerate(faulty, 1):
        yield _noticed(number, found)


def _noticed(number: int, found: list[Attempted] | str) -> Check:
    """Whether some command notices a planted fault."""
    name = f"planted fault {number}"
    if isinstance(found, str):
        return Check(name=name, judgement="blocked", reason=f"it does not fit the result: {found}")
    logs = tuple(one.log for one in found)
    if any(one.ran is not None and one.ran.status != 0 for one in found):
        return Check(name=name, judgement="pass", reason="some command fails on it", evidence=logs)
    return Check(name=name, judgement="fail", reason="no command notices it", evidence=logs)


def _on(lab: Lab, tree: str, trials: Trials, log: str) -> list[Attempted] | str:
    """How the commands ended on a tree; why it could not be set up, where it could not."""
    with lab.results.laid_out(lab.project, tree) as place:
        return _furnished(lab, place, log) or list(_each(lab, place, trials, log))


def _furnished(lab: Lab, place: Path, log: str) -> str | None:
    """Set the files up as the worktree was in which they were written; why that cannot be done."""
    if lab.setups is None or lab.writer is None:
        return None
    launch = Launch(project=str(lab.project), claude=None, environment=dict(lab.environment))
    done = lab.setups.furnish(Fresh(place, lab.writer, launch, False, lab.unwanted, lab.secrets))
    if done.log:
        told = lab.hidden.text(done.log)
        lab.runs.artifact(lab.run, log.format("set-up"), told.encode("utf-8", "replace"))
    return None if done.problem is None else lab.hidden.text(done.problem)


def _with_fault(lab: Lab, tree: str, trials: Trials, log: str, fault: str) -> list[Attempted] | str:
    """The same with a fault planted; why it does not fit, where it does not."""
    with lab.results.laid_out(lab.project, tree) as place:
        why = lab.worktrees.apply(place, fault)
        return why or _furnished(lab, place, log) or list(_each(lab, place, trials, log))


def _each(lab: Lab, place: Path, trials: Trials, log: str) -> Iterator[Attempted]:
    environment, hidden = lab.given, lab.hidden
    for number, command in enumerate(trials.words, 1):
        ran = lab.commands.tried(command, place, environment, trials.seconds, lab.unwanted, lab.sandbox, lab.lent)
        name = log.format(number)
        lab.runs.artifact(lab.run, name, hidden.text(_said(ran)).encode("utf-8", "replace"))
        yield Attempted(ran, name)


def _said(ran: Ran | None) -> str:
    if ran is None:
        return "there is no such program\n"
    late = " because its time was over" if ran.timed_out else ""
    return f"{ran.out.rstrip()}\n--- ended with status {ran.status}{late} ---\n"
