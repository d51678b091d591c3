"""`models bench`: the fixed suite as ordinary runs, planned by default, judged by pure rules, kept as history."""

from collections.abc import Callable, Iterator

from ccorch.errors import ProfileUnusable, RunStateConflict
from ccorch.operations import bench_suite
from ccorch.operations.answers import answer
from ccorch.operations.bench_reply import BenchReply, BenchRow, reply
from ccorch.operations.bench_trials import ROLE_PREFIX, Trial, trials, warnings
from ccorch.operations.house import House
from ccorch.operations.planning import launch_of
from ccorch.operations.waiting import until_over
from ccorch.operations.warnings import unpriced
from ccorch.rules.bench import Score, judge
from ccorch.schema.bench import BenchPatch, CaseFile
from ccorch.schema.experience import SUITE, BenchResult
from ccorch.schema.handoff import check
from ccorch.schema.measuring import BenchRequest
from ccorch.schema.run import OVER, Submission
from ccorch.schema.summary import NodeSummary

LOOK_SECONDS = 1.0
"""Longest wait for one run before all are looked at."""

OWN_FAULT = ("no_handoff", "empty")
"""Endings without an answer that are the model's own: they count as wrong, all others do not count."""

LATE = "the time for the suite was over before it ended"

Tell = Callable[[BenchRow], None]


def bench(house: House, request: BenchRequest, tell: Tell = lambda row: None) -> BenchReply:
    """Plan the suite, or run it and keep what came of it; `tell` hears of every case that is over."""
    planned = tuple(trials(house, request))
    told = tuple(warnings(planned))
    if not request.run:
        return reply(request, [trial.row for trial in planned], told)
    deadline = house.clock.now() + request.timeout
    done = {id(trial): row for trial, row in _ran(house, planned, deadline, tell)}
    rows = [done[id(trial)] for trial in planned]
    return reply(request, rows, told, timed_out=any(row.reason == LATE for row in rows))


def _ran(house: House, planned: tuple[Trial, ...], deadline: float, tell: Tell) -> Iterator[tuple[Trial, BenchRow]]:
    """Every trial as it ends; what has not ended by then is stopped."""
    waiting: dict[str, Trial] = {}
    try:
        for trial in planned:
            started = _started(house, trial)
            if started.run_id is None:
                tell(started)
                yield trial, started
            else:
                waiting[started.run_id] = trial
        while waiting and house.clock.now() < deadline:
            slice_ = min(deadline - house.clock.now(), LOOK_SECONDS)
            until_over(house, next(iter(waiting)), max(slice_, 0.0))
            for run in [run for run in waiting if house.library.row(run).status in OVER]:
                row = _judged(house, waiting[run], run)
                tell(row)
                yield waiting.pop(run), row
        for run, trial in waiting.items():
            yield trial, _failed(trial, LATE).model_copy(update={"run_id": run})
    finally:
        # the time is over, or somebody pressed Ctrl-C: nothing that was started here goes on
        for run in waiting:
            _stop(house, run)


def _started(house: House, trial: Trial) -> BenchRow:
    """The row with its run; without one where it was refused before anything began."""
    models = unpriced(trial.prepared.plan)
    if models and trial.prepared.plan.limits.unpriced == "refuse":
        return _failed(trial, f"no price is known for {', '.join(models)} (cost.unpriced=refuse)")
    try:
        launch = launch_of(house, trial.prepared)
    except ProfileUnusable as problem:
        return _failed(trial, problem.message)
    run = house.new_run()
    plan, config = trial.prepared.plan, trial.prepared.config
    house.engine.submit(Submission(run=run, plan=plan, config=config, launch=launch, by=house.by, who=house.who))
    return trial.row.model_copy(update={"run_id": run})


def _judged(house: House, trial: Trial, run: str) -> BenchRow:
    """What came of a run that is over; kept when it says something of the model."""
    (node,) = house.library.summary(run).nodes
    about = {"run_id": run, "seconds": _seconds(node), "usd": node.usd}
    if node.status == "passed":
        score = _score(house, trial.case, answer(house, run, node.id, node.attempt).handoff)
    elif node.outcome in OWN_FAULT:
        score = Score(0.0, f"{node.outcome}: {node.reason}")
    else:
        said = ": ".join(part for part in (node.outcome or node.status, node.reason) if part)
        return _failed(trial, said).model_copy(update=about)
    house.records.add(_kept(house, trial, run, node, score))
    told = {"state": "answered", "score": score.share, "reason": score.reason}
    return trial.row.model_copy(update=about | told)


def _score(house: House, case: CaseFile, handoff: object) -> Score:
    given, problems = check(case.expects.handoff, handoff, ROLE_PREFIX + case.name)
    if given is None:
        return Score(0.0, "; ".join(problems))
    tried = bench_suite.tried(house, case, given.patch) if isinstance(given, BenchPatch) else None
    return judge(case, given, tried)


def _kept(house: House, trial: Trial, run: str, node: NodeSummary, score: Score) -> BenchResult:
    return BenchResult(
        at=house.clock.now(),
        suite=SUITE,
        case=trial.case.name,
        profile=trial.profile.key,
        model=node.model,
        served=node.served[-1] if node.served else None,
        score=score.share,
        reason=score.reason,
        seconds=_seconds(node),
        usd=node.usd,
        run=run,
    )


def _seconds(node: NodeSummary) -> float | None:
    if node.started_at is None or node.ended_at is None:
        return None
    # the clock may have been set back meanwhile
    return max(round(node.ended_at - node.started_at, 3), 0.0)


def _failed(trial: Trial, reason: str) -> BenchRow:
    return trial.row.model_copy(update={"state": "failed", "reason": reason})


def _stop(house: House, run: str) -> None:
    try:
        house.engine.stop(run, house.asker, "the benchmark was ended")
    except RunStateConflict:
        return  # it ended in the meantime, which is what was wanted
