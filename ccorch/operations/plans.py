"""The verbs that plan and run."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import get_args

from pydantic import ValidationError

from ccorch.config.problems import in_words
from ccorch.errors import (
    ArgumentInvalid,
    BudgetExceeded,
    NotFound,
    PlanDrifted,
    ProfileUnusable,
)
from ccorch.operations import task_text
from ccorch.operations.confirming import check_confirmed, forecast
from ccorch.operations.given import given
from ccorch.operations.house import House
from ccorch.operations.planned import PlannedGate, PlannedNode, planned_gate, planned_nodes
from ccorch.operations.planning import Prepared, keep_start, launch_of, prepare
from ccorch.operations.submitting import check_shown, earlier
from ccorch.operations.submitting import run_id as new_id
from ccorch.operations.warnings import unpriced, warnings
from ccorch.operations.whole_file import put
from ccorch.plan.diff import Difference, Drift, differences
from ccorch.rules.graph import Shape, batches, longest_path, shape
from ccorch.schema.asked import Asked
from ccorch.schema.base import Many, Value
from ccorch.schema.forecast import Expected
from ccorch.schema.plan import Plan
from ccorch.schema.planning import PlanDiffRequest, PlanRequest, RunRequest, Wanted
from ccorch.schema.route import Route
from ccorch.schema.run import Submission
from ccorch.schema.status import Covered


class PlanReply(Value):
    """A plan, in short."""

    plan_id: str
    """Hash of the plan."""
    task: str
    """Beginning of the task."""
    simulated: bool
    """Whether no worker will run."""
    nodes: Many[PlannedNode]
    """Its nodes."""
    gates: Many[PlannedGate] = ()
    """Its gates."""
    batches: Many[Many[str]]
    """Nodes and gates that can run side by side, layer by layer."""
    shape: Shape
    """How large it is, and where it is widest."""
    critical_path: Many[str] = ()
    """The chain of needs that takes longest if every attempt takes as long as it may."""
    critical_seconds: int = 0
    """How long that chain may take, tried once each."""
    max_concurrent: int
    """Most workers at once."""
    worst_usd: float | None
    """Most the run can cost; null when nothing bounds it, or a subscription pays for all."""
    plan: Covered | None = None
    """How much of it a subscription pays for; null is nothing."""
    usd_per_run: float | None
    """The run's money limit."""
    expected: Expected | None = None
    """What it will probably cost, from past runs; null where nothing is paid or nothing was looked up."""
    warnings: Many[str]
    """What the caller should know before running it."""
    out: str | None = None
    """File that the plan was written to."""
    outside: Many[str] = ()
    """Uncommitted and untracked files outside the write scope, where that was asked."""


class RunReply(Value):
    """A run that was accepted."""

    run_id: str
    """Id of the run."""
    plan: PlanReply
    """What it runs."""
    folder: str
    """Run folder."""
    bell: bool = False
    """Whether the terminal's bell rings at the end."""
    existing: bool = False
    """Whether it was submitted before, and nothing new was started."""


class DiffReply(Value):
    """How two plans differ."""

    equal: bool
    """Whether the plans are the same."""
    differences: Many[Difference]
    """Each difference."""


def plan(house: House, request: PlanRequest) -> PlanReply:
    """Resolve what was asked into a plan; starts nothing."""
    if request.out:
        _check_replaceable(Path(request.out))
    prepared = _fresh(house, request, request.out)
    if request.out:
        put(request.out, f"{prepared.plan.spelled}\n".encode("utf-8", "surrogatepass"), "plan")
    shown = _shown(prepared, request.out, forecast(house, prepared))
    if not request.check_scope:
        return shown
    from ccorch.operations.inspecting import outside

    return shown.model_copy(update={"outside": outside(house, prepared.plan)})


def run(house: House, request: RunRequest) -> RunReply:
    """Submit a run and give its id; it goes on when the caller ends."""
    prepared, accepted = _from_file(house, request) if request.plan else (_fresh(house, request), ())
    check_shown(request, prepared.plan)
    run_id = new_id(house, request)
    if (known := earlier(house, request, prepared.plan, run_id)) is not None:
        return _accepted_run(house, prepared, known, existing=True)
    check_priced(prepared.plan)
    check_confirmed(house, prepared, request)
    keep_start(house, prepared, run_id)
    house.engine.submit(
        Submission(
            run=run_id,
            plan=prepared.plan,
            config=prepared.config,
            launch=launch_of(house, prepared),
            by=house.by,
            who=house.who,
            accepted_drift=accepted,
        )
    )
    return _accepted_run(house, prepared, run_id)


def _accepted_run(house: House, prepared: Prepared, run: str, existing: bool = False) -> RunReply:
    return RunReply(
        run_id=run,
        plan=_shown(prepared, None),
        folder=str(house.library.folder(run)),
        bell=prepared.composed[0].config.notify.bell,
        existing=existing,
    )


def diff(house: House, request: PlanDiffRequest) -> DiffReply:
    """Compare two plans, each a file or a run."""
    found = differences(_named(house, request.before), _named(house, request.after))
    return DiffReply(equal=not found, differences=found)


def check_priced(plan: Plan) -> None:
    """A model without a price cannot be kept under a money limit, so it is refused before anything starts."""
    models = [] if plan.worker == "simulated" else unpriced(plan)
    if models and plan.limits.unpriced == "refuse":
        raise BudgetExceeded(
            f"no price is known for {', '.join(models)} (cost.unpriced=refuse)",
            hint="add the model to prices.models, or run with cost.unpriced=allow",
        )


def _fresh(house: House, request: Wanted, out: str | None = None) -> Prepared:
    task = _task(request.task, request.task_file)
    return prepare(house, _asked(house, request), task, request.config_dir, file=Path(out) if out else None)


def _from_file(house: House, request: RunRequest) -> tuple[Prepared, tuple[str, ...]]:
    """The plan of the file with this machine's side, after every input was checked for drift."""
    if request.overrides or request.task or request.task_file or request.multirun:
        raise ArgumentInvalid("--plan runs exactly that plan; overrides and tasks were given to `ccorch plan`")
    assert request.plan is not None
    planned = read_plan(Path(request.plan))
    # new routing data is news, not drift: the plan keeps its routes
    routes = {node.id: node.route for node in planned.nodes}
    now = _as_things_are(house, request, planned, routes)
    accepted = _accepted(request.accept_drift)
    drift = differences(planned, now.plan)
    refused = [found for found in drift if found.drift not in accepted]
    if refused:
        raise PlanDrifted(
            "the plan no longer fits: " + "; ".join(map(str, refused)),
            hint=_elsewhere(house, planned, now.plan, refused),
            drift=[str(d) for d in refused],
        )
    # what is left of the difference was accepted by name, so the world as it is now may run
    return now, tuple(sorted({found.drift for found in drift}))


def _as_things_are(house: House, request: RunRequest, planned: Plan, routes: Mapping[str, Route]) -> Prepared:
    """The same with today's facts; a profile that is gone is drift that cannot be accepted."""
    try:
        file = Path(request.plan) if request.plan else None
        return prepare(house, planned.asked, planned.task, request.config_dir, routes, file)
    except ProfileUnusable as problem:
        if problem.facts.get("unknown") not in {way.profile for route in routes.values() for way in route.ways}:
            raise
        gone = f"profiles: {problem.message}"
        raise PlanDrifted(
            f"the plan no longer fits: {gone}",
            hint="bring the profile back, or make a new plan; `ccorch profiles` lists what is there",
            drift=[gone],
        ) from None


def _elsewhere(house: House, planned: Plan, now: Plan, refused: list[Difference]) -> str:
    """The next step where the project itself looks like another one; else the error's own."""
    drifted = {found.drift for found in refused}
    if drifted <= {"commit", "dirty"} and planned.inputs.commit and not now.inputs.commit:
        where = house.project.resolve()
        return f"is {where} the project it was made for? it has no git commit; name the right one with -C DIR"
    return ""


def _accepted(names: tuple[str, ...]) -> frozenset[str]:
    known = get_args(Drift)
    wanted = [name for part in names for name in part.split(",") if name]
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise ArgumentInvalid(f"--accept-drift: no drift {', '.join(unknown)}; known: {', '.join(known)}")
    return frozenset(wanted)


def read_plan(path: Path) -> Plan:
    """A plan file; raises with the place when it is none."""
    try:
        content = given(path, "plan file")
        return Plan.read(content)
    except OSError as problem:
        hint = "`ccorch plan … --out FILE` writes one"
        raise NotFound(f"plan file {str(path)!r} cannot be read: {problem.strerror}", hint=hint) from problem
    except ValidationError as problem:
        if _is_reply(content):
            raise ArgumentInvalid(
                f"{str(path)!r} is the reply of `plan --json`, which is no plan",
                hint="write the plan with `ccorch plan … --out FILE`, then `ccorch run --plan FILE`",
            ) from problem
        first = problem.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise ArgumentInvalid(
            f"{str(path)!r} is no plan: {place}: {in_words(dict(first))}",
            hint="write one with `ccorch plan … --out FILE`",
        ) from problem


def _is_reply(content: bytes) -> bool:
    """Whether this is what `plan --json` prints."""
    try:
        said = json.loads(content)
    except ValueError:
        return False
    return isinstance(said, dict) and {"plan_id", "nodes", "worst_usd"} <= said.keys()


def _check_replaceable(path: Path) -> None:
    """Only a plan is replaced by a plan; anything else that has content is kept."""
    if not path.is_file() or path.stat().st_size == 0:
        return
    try:
        read_plan(path)
    except ArgumentInvalid:
        raise ArgumentInvalid(
            f"--out: {str(path)!r} exists and is no plan; it is left as it is", hint="name a new file"
        ) from None


def _named(house: House, name: str) -> Plan:
    path = Path(name)
    return read_plan(path) if path.is_file() else house.library.plan(house.library.resolve(name, house.project))


def _asked(house: House, request: Wanted) -> Asked:
    if house.by == "mcp":
        from ccorch.config import client

        # a client's words never meet Hydra's grammar; they become the typed form, which is guarded
        return Asked(overlay=client.overlay_of(request.overrides, request.overlay))
    return Asked(overrides=request.overrides, overlay=request.overlay, multirun=request.multirun)


def _task(task: str | None, file: str | None) -> str | None:
    if file is None:
        return task
    if task is not None:
        raise ArgumentInvalid("the task was given twice: as task= and as --task-file")
    return task_text.of_file(file)


def _shown(prepared: Prepared, out: str | None, probably: Expected | None = None) -> PlanReply:
    plan = prepared.plan
    needs = {vertex.id: vertex.before for vertex in plan.vertices}
    seconds = {node.id: float(node.timeout_seconds) for node in plan.nodes}
    layers = batches(needs)
    path = longest_path(layers, needs, seconds)
    return PlanReply(
        plan_id=plan.sha256,
        task=plan.task[:200],
        simulated=plan.worker == "simulated",
        nodes=planned_nodes(plan),
        gates=tuple(map(planned_gate, plan.gates)),
        batches=layers,
        shape=shape(needs),
        critical_path=path,
        critical_seconds=int(sum(seconds.get(vertex, 0) for vertex in path)),
        max_concurrent=plan.limits.max_concurrent,
        worst_usd=plan.worst_usd,
        plan=_covered(plan),
        usd_per_run=plan.limits.usd_per_run,
        expected=probably,
        warnings=warnings(prepared),
        out=out,
    )


def _covered(plan: Plan) -> Covered | None:
    covered = sum(plan.is_covered(node) for node in plan.nodes)
    return None if not covered else "all" if covered == len(plan.nodes) else "part"
