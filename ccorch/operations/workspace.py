"""The verbs that look after a project's workspace: status, clean, archive, restore and policy."""

from collections.abc import Callable, Iterator, Mapping

from ccorch.errors import CcorchError, NotFound, RunNotFound, RunStateConflict
from ccorch.operations.house import House
from ccorch.operations.which import checked_project
from ccorch.operations.workspace_reply import (
    Action,
    ArchiveRow,
    Dangling,
    Held,
    Judged,
    Kept,
    PlaceUse,
    PolicyReply,
    RawEvidence,
    RestoreReply,
    UpkeepReply,
    WorkspaceReply,
)
from ccorch.ports.workspace import Archive, Refs, Workspace
from ccorch.rules.keeping import DAY, Standing, why_kept
from ccorch.rules.places import PLACES, RUNS, folder_policy, may_keep, place_of
from ccorch.rules.scope import allows
from ccorch.schema.ids import short_id
from ccorch.schema.keeping import (
    WorkspaceArchiveRequest,
    WorkspaceCleanRequest,
    WorkspacePolicyRequest,
    WorkspaceRestoreRequest,
    WorkspaceStatusRequest,
)
from ccorch.schema.policy import WriteScope

MOST = 20
"""Things that are named one by one."""

CHANGED = "it has changed meanwhile, so it was left as it is"


def status(house: House, request: WorkspaceStatusRequest) -> WorkspaceReply:
    """Everything that lies in the workspace and is kept of it beside it."""
    project, keeper = checked_project(house.project), house.workspace()
    uses = ((place, keeper.usage(place.path)) for place in PLACES if place.path)
    raw = keeper.raw()
    archives = keeper.archives()
    return WorkspaceReply(
        project=str(project),
        places=tuple(
            PlaceUse(
                name=place.name,
                path=keeper.where(place.path),
                purpose=place.purpose,
                exists=use.exists,
                entries=use.entries,
                bytes=use.bytes,
            )
            for place, use in uses
        ),
        raw=tuple(RawEvidence(run=one.run, bytes=one.bytes, until=one.until, lost=one.is_lost) for one in raw),
        archives=tuple(
            ArchiveRow(name=one.name, bytes=one.bytes, runs=one.runs, problem=one.problem) for one in archives
        ),
        dangling=tuple(_dangling(house, keeper)),
        strays=keeper.strays(),
    )


def clean(house: House, request: WorkspaceCleanRequest) -> UpkeepReply:
    """Delete what is old or left over; dry unless applied."""
    checked_project(house.project)
    keeper, now = house.workspace(), house.clock.now()
    refs = keeper.refs()
    known = _standings(house, keeper, refs)
    why = {run: why_kept(one, now, request.older_than_days) for run, one in known.items()}
    due = [known[run] for run, reason in why.items() if reason is None]
    actions = [
        *(_run_action(house, keeper, one, request) for one in due),
        *(_draft_action(keeper, path, request.apply) for path in keeper.leftovers(now - DAY)),
        *(_private_action(keeper, run, size, request.apply) for run, size in _lost(keeper)),
    ]
    return UpkeepReply(
        applied=request.apply,
        actions=tuple(actions),
        kept=tuple(_kept(why)),
        held=tuple(Held(run=run, commit=commit) for run, commit in sorted(refs.unmerged.items())[:MOST]),
        held_count=len(refs.unmerged),
        bytes=sum(one.bytes for one in actions if one.problem is None),
        next=None if request.apply or not actions else _again("clean", request.older_than_days),
    )


def archive(house: House, request: WorkspaceArchiveRequest) -> UpkeepReply:
    """Pack runs that are over; dry unless applied."""
    checked_project(house.project)
    keeper, now = house.workspace(), house.clock.now()
    known = _standings(house, keeper, keeper.refs())
    named = tuple(_named(run, known) for run in request.runs)
    days = 0.0 if named else request.older_than_days
    why = {run: why_kept(one, now, days) for run, one in known.items() if not named or run in named}
    if refused := [run for run in named if why[run] is not None]:
        raise RunStateConflict(f"run {refused[0]} is not packed: {why[refused[0]]}", hint="nothing was changed")
    due = [known[run] for run, reason in why.items() if reason is None]
    sizes = {one.run: keeper.size(one.run) for one in due}
    packed = keeper.pack([one.run for one in due], now) if request.apply and due else None
    actions = [
        Action(
            action="pack and remove" if request.remove else "pack",
            what=one.run,
            bytes=keeper.weigh(f"{RUNS}/{one.run}"),
            ended_at=one.ended_at,
            problem=_taken_away(keeper, one.run, sizes[one.run], packed) if packed and request.remove else None,
        )
        for one in due
    ]
    words = f"archive{''.join(f' {short_id(run)}' for run in named)}{' --remove' if request.remove else ''}"
    return UpkeepReply(
        applied=request.apply,
        actions=tuple(actions),
        kept=tuple(_kept(why)),
        bytes=sum(one.bytes for one in actions),
        archive=packed.name if packed else None,
        next=None if request.apply or not due else _again(words, 30.0 if named else request.older_than_days),
    )


def restore(house: House, request: WorkspaceRestoreRequest) -> RestoreReply:
    """Bring runs back out of an archive."""
    checked_project(house.project)
    keeper = house.workspace()
    path = keeper.archive(request.archive)
    held = next((one.runs for one in keeper.archives() if one.name == path.name), ())
    runs = tuple(_named(run, dict.fromkeys(held)) if held else run for run in request.runs)
    return RestoreReply(archive=path.name, runs=keeper.unpack(path, runs))


def policy(house: House, request: WorkspacePolicyRequest) -> PolicyReply:
    """The folder policy, and these paths judged by it."""
    checked_project(house.project)
    keeper, told = house.workspace(), folder_policy(_workers_scope(house))
    places = tuple(one.model_copy(update={"path": keeper.where(one.path)}) for one in told.places)
    return PolicyReply(
        policy=told.model_copy(update={"places": places}),
        judged=tuple(
            Judged(path=path, place=place_of(path).name, worker=allows(told.worker, path), keeper=may_keep(path))
            for path in request.paths
        ),
    )


def _workers_scope(house: House) -> WriteScope:
    from ccorch.config.compose import ComposeRequest, compose

    request = ComposeRequest(house.project, (), task="-", user_dir=house.user_config, cache_dir=house.cache)
    return compose(request).config.policy.write_scope


def _standings(house: House, keeper: Workspace, refs: Refs) -> dict[str, Standing]:
    """What is known of every run of this project."""
    here = str(house.project.resolve())
    known = house.library.census(house.project).runs
    worktrees = keeper.worktrees()
    return {
        run: Standing(
            run=run,
            status=one.status,
            ended_at=one.ended_at,
            has_worktree=run in worktrees,
            is_unmerged=refs.problem is not None or run in refs.unmerged,
            is_decided=run in refs.unmerged and _is_decided(house, run, one.ended_at),
        )
        for run, one in known.items()
        if one.project in (here, str(house.project))
    }


def _is_decided(house: House, run: str, ended_at: float | None) -> bool:
    """Whether the last decision is about what the run has made, not about what it had made before it went on."""
    from ccorch.operations.decisions import taken  # brings all of a plan, for the few that are unmerged

    try:
        known = taken(house, run).taken
        return bool(known) and ended_at is not None and known[-1].at >= ended_at
    except CcorchError:
        return False  # a decision that nobody can trust is none


def _run_action(house: House, keeper: Workspace, one: Standing, request: WorkspaceCleanRequest) -> Action:
    path = f"{RUNS}/{one.run}"
    action = Action(action="delete run", what=one.run, bytes=keeper.weigh(path), ended_at=one.ended_at)
    if not request.apply:
        return action
    # the size first: whatever is written to the log after it lets the removal find another one
    size = keeper.size(one.run)
    if house.library.row(one.run).ended_at != one.ended_at:
        return action.model_copy(update={"problem": CHANGED})
    problem = (
        _tried(lambda: keeper.remove(path, size))
        # refs last: a crash before leaves them, and they are told as dangling
        or _tried(lambda: keeper.forget_private(one.run, seals=True))
        or _tried(lambda: keeper.forget_refs(one.run))
    )
    return action.model_copy(update={"problem": problem})


def _draft_action(keeper: Workspace, path: str, apply: bool) -> Action:
    action = Action(action="delete draft", what=path, bytes=keeper.weigh(path))
    problem = _tried(lambda: keeper.remove(path)) if apply else None
    return action.model_copy(update={"problem": problem})


def _private_action(keeper: Workspace, run: str, size: int, apply: bool) -> Action:
    action = Action(action="delete private evidence", what=run, bytes=size)
    problem = _tried(lambda: keeper.forget_private(run, seals=True)) if apply else None
    return action.model_copy(update={"problem": problem})


def _taken_away(keeper: Workspace, run: str, size: int, packed: Archive) -> str | None:
    problem = _tried(lambda: keeper.remove(f"{RUNS}/{run}", size, packed.name))
    return problem or _tried(lambda: keeper.forget_private(run, seals=False))


def _tried(act: Callable[[], bool | None]) -> str | None:
    """Why it could not be done, in words; null when it was. One that fails keeps no other from being done."""
    try:
        done = act()
    except CcorchError as problem:
        return problem.message
    return CHANGED if done is False else None


def _lost(keeper: Workspace) -> Iterator[tuple[str, int]]:
    """Private evidence of runs that are over and nowhere any more."""
    yield from ((one.run, one.bytes) for one in keeper.raw() if one.is_lost and one.until is not None)


def _kept(why: Mapping[str, str | None]) -> Iterator[Kept]:
    reasons: dict[str, list[str]] = {}
    for run, reason in why.items():
        if reason is not None:
            reasons.setdefault(reason, []).append(run)
    for reason, runs in reasons.items():
        yield Kept(reason=reason, runs=tuple(runs[:MOST]), count=len(runs))


def _dangling(house: House, keeper: Workspace) -> Iterator[Dangling]:
    refs, archives = keeper.refs(), keeper.archives()
    kept = house.library.census().runs.keys() | {run for one in archives for run in one.runs}
    yield from _dangling_refs(refs, kept)
    for one in keeper.raw():
        if one.is_lost:
            said = f"private evidence of run {one.run}, which is nowhere any more"
            yield Dangling(what=said, command="ccorch workspace clean --apply" if one.until else None)
    for run in sorted(keeper.worktrees() - kept):
        yield Dangling(what=f"a worktree of run {run}, which is not here", command=None)
    for project in keeper.lost_projects():
        yield Dangling(what=f"project {project}, which had runs and is not there any more", command=None)
    for path in keeper.leftovers(house.clock.now() - DAY):
        yield Dangling(what=f"draft {path}, which a crash has left", command="ccorch workspace clean --apply")


def _dangling_refs(refs: Refs, kept: set[str]) -> Iterator[Dangling]:
    if refs.problem is not None:
        yield Dangling(what=f"git cannot be asked which work is merged: {refs.problem}", command=None)
    for run in sorted(refs.runs - kept)[:MOST]:
        unmerged = ", with work that no branch holds" if run in refs.unmerged else ""
        said = f"git keeps refs/ccorch/{run} of a run that is gone{unmerged}"
        yield Dangling(what=said, command=f"git for-each-ref refs/ccorch/{run}")


def _named(short: str, known: Mapping[str, object]) -> str:
    """The run of this project that a beginning of its id means."""
    fitting = [run for run in known if run.startswith(short)] if len(short) >= 4 else []
    if len(fitting) == 1:
        return fitting[0]
    if not fitting:
        raise RunNotFound(f"no run {short!r} in this project", run=short)
    raise NotFound(f"{short!r} fits {len(fitting)} runs", hint="give more digits of the id")


def _again(words: str, days: float) -> str:
    return f"ccorch workspace {words}{'' if days == 30.0 else f' --older-than-days {days:g}'} --apply"
