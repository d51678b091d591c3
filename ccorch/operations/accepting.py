"""Accept, reject and take back what a run has made; nothing that is not merged is ever deleted."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ccorch.errors import (
    NAME_ANOTHER,
    ArgumentInvalid,
    CeilingExceeded,
    ConfirmationNeeded,
    NotVerified,
    RunStateConflict,
    WorkspaceUnwritable,
)
from ccorch.operations import which
from ccorch.operations.decisions import DecisionReply, passed, put_aside, record, taken
from ccorch.operations.house import House
from ccorch.operations.verifying import Case, tried
from ccorch.ports.results import SNAPSHOT
from ccorch.rules.amounts import number, some
from ccorch.rules.plain import short
from ccorch.schema.decision import Decision, How
from ccorch.schema.ids import short_id
from ccorch.schema.judging import AcceptRequest, DecideRequest, RejectRequest, RollbackRequest
from ccorch.schema.verdict import Subject, Verdict
from ccorch.verify.evidence import evidence
from ccorch.verify.trying import Trials

LONGEST_SUBJECT = 72


@dataclass(frozen=True)
class _Landing:
    """A result on its way into a branch."""

    run: str
    project: Path
    subject: Subject
    into: str
    tip: str | None
    """The branch's commit; null when it is new."""
    how: How
    who: str

    @property
    def onto(self) -> str:
        """The commit that the result is put onto."""
        return self.tip or self.subject.base


def accept(house: House, request: AcceptRequest) -> DecisionReply:
    """Bring a verified result into a branch, or a file as a patch; without a change it is only written down."""
    run = which.to_change(house, request.run)
    if any(node.writes for node in house.library.plan(run).nodes):
        _check_allowed(house)
    verdict, subject, sha256 = passed(house, run)
    _check_still_open(house, run, verdict)
    if subject is None:
        return _heard(house, run, request, sha256)
    if request.patch is not None:
        return _exported(house, run, subject, sha256, Path(request.patch))
    landing = _landing(house, run, request, subject)
    if (before := _landed(house, landing)) is not None:
        return _told(house, landing, record(house, run, _accepted(house, landing, sha256, *before)))
    after = _made(house, landing)
    if landing.onto != subject.base:
        _check_again(house, landing, after)
    if against := house.results.obstacles(landing.project, landing.into, landing.tip, after):
        raise RunStateConflict(
            f"{landing.into} cannot be moved: {'; '.join(against)}",
            hint="nothing was changed; accept then, or now into another branch with --into BRANCH",
        )
    house.results.keep(landing.project, run, "before", landing.onto)
    house.results.keep(landing.project, run, "accepted", after)
    house.results.move(landing.project, landing.into, landing.tip, after, f"ccorch: accept {run}")
    return _told(house, landing, record(house, run, _accepted(house, landing, sha256, landing.onto, after)))


def reject(house: House, request: RejectRequest) -> DecisionReply:
    """Write down that a result is not wanted; it stays where it is, and so does a forged decision."""
    run = which.to_change(house, request.run)
    aside = put_aside(house, run)
    project = Path(house.library.row(run).project)
    known = taken(house, run).taken
    if known and known[-1].into is not None and _is_in(house, project, known[-1]):
        raise RunStateConflict(
            f"run {run} is accepted into {known[-1].into}", hint=f"`ccorch rollback {short_id(run)}` takes it back"
        )
    if known and _is_in_anew(house, project, known[-1]):
        raise RunStateConflict(
            f"{known[-1].into} holds all that the run made, by a commit that was made anew since it was accepted",
            hint="take that back there first (`git revert`), then reject the run",
        )
    said = Decision(
        decision="rejected",
        at=house.clock.now(),
        by=house.by,
        who=_who(house, project),
        reason=request.reason,
        aside=aside,
    )
    return DecisionReply(run_id=run, decision=record(house, run, said), next=f"ccorch show {short_id(run)}")


def rollback(house: House, request: RollbackRequest) -> DecisionReply:
    """Undo an accepted run by a commit that reverts it; without --yes it is only told what would be done."""
    run = which.to_change(house, request.run)
    _check_allowed(house)
    project, last = Path(house.library.row(run).project), _accepted_last(house, run)
    assert last.into is not None, "who accepts tells where"
    assert last.before is not None, "from where"
    assert last.after is not None, "and to where"
    tip = house.results.tip(project, last.into)
    if tip is None or not house.results.holds(project, tip, last.after):
        said = f"{last.into} does not hold {last.after[:12]} any more, so there is nothing to take back"
        raise RunStateConflict(said, hint="the branch was rewritten or deleted since")
    files = tuple(one.path for one in house.results.changed(project, last.before, last.after))
    _check_independent(house, project, last.after, tip, files)
    tree = house.results.replayed(project, last.after, last.before, tip)
    if not request.yes:
        raise ConfirmationNeeded(
            f"would revert {last.after[:12]} on {last.into}: {number(len(files), 'file')}, {some(files)}",
            hint=f"`ccorch rollback {short_id(run)} --yes` does it",
        )
    who = _who(house, project)
    message = f"Revert ccorch run {run}\n\nThis reverts commit {last.after}.\n\nCcorch-Run: {run}\n"
    after = house.results.commit(project, tree, [tip], message, who)
    if against := house.results.obstacles(project, last.into, tip, after):
        raise RunStateConflict(
            f"{last.into} cannot be moved: {'; '.join(against)}", hint="nothing was changed; say it again then"
        )
    house.results.keep(project, run, "rolled-back", after)
    house.results.move(project, last.into, tip, after, f"ccorch: roll back {run}")
    said_so = Decision(
        decision="rolled_back",
        at=house.clock.now(),
        by=house.by,
        who=who,
        into=last.into,
        before=tip,
        after=after,
    )
    return DecisionReply(
        run_id=run,
        decision=record(house, run, said_so),
        into=last.into,
        files=files,
        commit=after,
        next=f"ccorch show {short_id(run)}",
    )


def decide(house: House, request: DecideRequest) -> DecisionReply:
    """One of the three, as it is named."""
    match request.decision:
        case "accept":
            return accept(house, AcceptRequest(run=request.run, into=request.into, how=request.how))
        case "reject":
            return reject(house, RejectRequest(run=request.run, reason=request.reason))
    return rollback(house, RollbackRequest(run=request.run, yes=True))


def _check_allowed(house: House) -> None:
    if house.by != "terminal" and not house.ceiling().accept_from_mcp:
        raise CeilingExceeded(
            "only a person at a terminal may change a branch (ceiling accept_from_mcp)",
            hint="the owner allows it by accept_from_mcp: true in ceiling.yaml",
        )


def _check_still_open(house: House, run: str, verdict: Verdict) -> None:
    known = taken(house, run).taken
    if not known:
        return
    last = known[-1]
    if _is_in(house, Path(house.library.row(run).project), last):
        into = f" into {last.into}" if last.into else ""
        raise RunStateConflict(f"run {run} is accepted{into} already, by {last.who}")
    if last.decision in ("rejected", "rolled_back") and last.at >= (verdict.at or 0):
        why = f": {last.reason}" if last.reason else ""
        raise RunStateConflict(
            f"run {run} was {last.decision.replace('_', ' ')} by {last.who}{why}",
            hint=f"`ccorch verify {short_id(run)}` anew, then accept it",
        )


def _is_in(house: House, project: Path, last: Decision) -> bool:
    """Whether this decision accepted it, and the branch was not rewritten or deleted since."""
    if last.decision != "accepted" or last.into is None or last.after is None:
        return last.decision == "accepted"
    tip = house.results.tip(project, last.into)
    return tip is not None and house.results.holds(project, tip, last.after)


def _is_in_anew(house: House, project: Path, last: Decision) -> bool:
    """Whether it was accepted, and the branch holds the same by another commit, such as an amended one."""
    if last.decision != "accepted" or last.into is None or last.before is None or last.after is None:
        return False
    tip = house.results.tip(project, last.into)
    if tip is None:
        return False
    try:
        tree = house.results.replayed(project, last.before, last.after, tip)
    except RunStateConflict:  # of the same places it holds something else
        return False
    return house.results.is_same(project, tree, tip)


def _heard(house: House, run: str, request: AcceptRequest, sha256: str) -> DecisionReply:
    """What only read is accepted without a branch: nothing is there to be brought into one."""
    if request.patch is not None or request.into is not None:
        place = "--patch" if request.patch is not None else "--into"
        raise ArgumentInvalid(
            f"run {run} changed nothing, so {place} has nothing to bring anywhere", hint="leave it out"
        )
    who = _who(house, Path(house.library.row(run).project))
    heard = Decision(decision="accepted", at=house.clock.now(), by=house.by, who=who, verdict=sha256)
    return DecisionReply(run_id=run, decision=record(house, run, heard), next=f"ccorch show {short_id(run)}")


def _landing(house: House, run: str, request: AcceptRequest, subject: Subject) -> _Landing:
    project = Path(house.library.row(run).project)
    into = request.into or house.results.branch(project)
    if into is None:
        raise ArgumentInvalid("no branch is checked out", hint="name one with --into BRANCH")
    tip = house.results.tip(project, into)
    return _Landing(run, project, subject, into, tip, request.how, _who(house, project))


def _landed(house: House, landing: _Landing) -> tuple[str, str] | None:
    """Before and after, when an accept was interrupted between moving the branch and writing that down."""
    kept = [house.results.kept(landing.project, landing.run, name) for name in ("before", "accepted")]
    before, after = kept
    if landing.tip is None or before is None or after is None:
        return None
    if any(one.after == after for one in taken(house, landing.run).taken):
        return None
    is_same = house.results.holds(landing.project, after, landing.subject.base)
    return (before, after) if is_same and house.results.holds(landing.project, landing.tip, after) else None


def _made(house: House, landing: _Landing) -> str:
    """The commit that the branch is moved to; at no branch yet."""
    results, project, subject = house.results, landing.project, landing.subject
    if landing.how != "squash" and results.kept(project, landing.run, SNAPSHOT) == subject.base:
        raise RunStateConflict(
            f"the run began with uncommitted work, which --how {landing.how} would bring into {landing.into}",
            hint=f"`ccorch accept {short_id(landing.run)} --how squash` brings only what the run made",
        )
    if landing.how == "ff":
        if landing.onto != subject.base and results.holds(project, landing.onto, subject.result):
            raise _in_already(landing)
        if not results.holds(project, subject.result, landing.onto):
            raise RunStateConflict(
                f"{landing.into} has moved on since the run began, so it cannot be forwarded to the result",
                hint=f"`ccorch accept {short_id(landing.run)} --how merge` or `--how squash`",
            )
        return subject.result
    try:
        tree = results.replayed(project, subject.base, subject.result, landing.onto)
    except RunStateConflict as problem:
        raise RunStateConflict(
            f"{landing.into} contradicts the result: {problem.message}; nothing was changed",
            hint=f"run the work again on {landing.into}, or merge refs/ccorch/{landing.run}/_verified by hand",
        ) from None
    if results.is_same(project, tree, landing.onto):
        raise _in_already(landing)
    parents = [landing.onto] if landing.how == "squash" else [landing.onto, subject.result]
    return results.commit(project, tree, parents, _message(house, landing), landing.who)


def _in_already(landing: _Landing) -> RunStateConflict:
    """It came there in another way, or by an accept whose commit was made anew since."""
    return RunStateConflict(
        f"{landing.into} holds all that the run made already; nothing was changed",
        hint=f"`ccorch show {short_id(landing.run)}` says what was decided",
    )


def _check_again(house: House, landing: _Landing, after: str) -> None:
    """The branch is not where the run began: the checks must hold on what comes out as well."""
    subject, found = landing.subject, evidence(house.library, landing.run)
    checks = found.plan.checks.model_copy(update={"protected": subject.protected})
    # that the commands can fail was shown on what the run began with; here they have to pass
    every = (*subject.commands, *subject.invariants)
    case = Case(landing.run, landing.project, found, checks, Trials((), every, checks.seconds))
    changed = house.results.changed(landing.project, landing.onto, after)
    said = tried(house, case, (landing.onto, after), changed, "verify/merged")
    against = [f"{one.name}: {one.reason}" for one in said if one.judgement != "pass" and one.name != "tests"]
    if against:
        raise NotVerified(
            f"{landing.into} has moved on, and on the merged files it does not hold: {'; '.join(against)}",
            hint=f"what was printed lies in verify/merged of the run; run the work again on {landing.into}",
        )


def _exported(house: House, run: str, subject: Subject, sha256: str, file: Path) -> DecisionReply:
    project = Path(house.library.row(run).project)
    patch = house.results.patch(project, subject.base, subject.result)
    try:
        # only a name that is new: what is there is left as it is, and no link is followed, not even one to nowhere
        with file.open("xb") as made:
            made.write(patch)
    except FileExistsError:
        raise ArgumentInvalid(
            f"--patch: {str(file)!r} exists; it is left as it is", hint="name a new file"
        ) from None
    except OSError as problem:
        sentence = f"cannot write the patch to {str(file)!r}: {problem.strerror}"
        raise WorkspaceUnwritable(sentence, hint=NAME_ANOTHER) from problem
    said = Decision(
        decision="exported",
        at=house.clock.now(),
        by=house.by,
        who=_who(house, project),
        verdict=sha256,
        into=str(file.absolute()),
    )
    return DecisionReply(
        run_id=run, decision=record(house, run, said), into=str(file), next=f"git apply {file.absolute()}"
    )


def _accepted(house: House, landing: _Landing, sha256: str, before: str, after: str) -> Decision:
    return Decision(
        decision="accepted",
        at=house.clock.now(),
        by=house.by,
        who=landing.who,
        verdict=sha256,
        into=landing.into,
        how=landing.how,
        before=before,
        after=after,
    )


def _told(house: House, landing: _Landing, decision: Decision) -> DecisionReply:
    assert decision.before is not None, "who accepts tells where the branch was"
    assert decision.after is not None, "and what came out"
    changed = house.results.changed(landing.project, decision.before, decision.after)
    return DecisionReply(
        run_id=landing.run,
        decision=decision,
        into=landing.into,
        how=landing.how,
        files=tuple(one.path for one in changed),
        commit=decision.after,
        next=f"ccorch rollback {short_id(landing.run)}",
    )


def _message(house: House, landing: _Landing) -> str:
    subject = short(house.library.plan(landing.run).task, LONGEST_SUBJECT)
    facts = (f"Ccorch-Run: {landing.run}", f"Ccorch-Base: {landing.subject.base}")
    return "\n".join([subject, "", *facts, ""])


def _accepted_last(house: House, run: str) -> Decision:
    known = [one for one in taken(house, run).taken if one.into and one.decision in ("accepted", "rolled_back")]
    if not known or known[-1].decision != "accepted":
        raise RunStateConflict(f"run {run} is not accepted into any branch, so there is nothing to take back")
    return known[-1]


def _check_independent(house: House, project: Path, after: str, tip: str, files: Sequence[str]) -> None:
    if later := house.results.later(project, after, tip, files):
        raise RunStateConflict(
            f"later work depends on it, in the same files: {some(later)}",
            hint="take that back first, or revert by hand with `git revert`",
        )


def _who(house: House, project: Path) -> str:
    return house.results.who(project, house.environment)
