"""That what was asked once is one run, however often it is sent, and that it is the plan that was shown."""

import hashlib

from ccorch.errors import ArgumentInvalid, CcorchError, PlanDrifted, RunNotFound, RunStateConflict
from ccorch.operations.house import House
from ccorch.operations.which import here
from ccorch.schema.plan import Plan
from ccorch.schema.planning import RunRequest
from ccorch.schema.status import OVER

SHORTEST = 12
"""Fewest characters of a plan's id that name it."""

LONGEST_KEY = 200
"""Letters of a key."""

LOOKED_AT = 10_000
"""Latest runs among which an unfinished one of the same plan is looked for."""


def check_shown(request: RunRequest, plan: Plan) -> None:
    """Refuse a plan that is not the one that was shown."""
    said = request.plan_id
    if said is None:
        return
    if len(said) < SHORTEST:
        raise ArgumentInvalid(f"plan_id {said!r} is too short: {SHORTEST} characters at least")
    if not plan.sha256.startswith(said):
        raise PlanDrifted(
            f"what would run now is not the plan {said[:SHORTEST]} that was shown, but {plan.sha256[:SHORTEST]}",
            hint="plan again and look at what changed; then submit the new plan_id",
            plan_id=plan.sha256,
        )


def run_id(house: House, request: RunRequest) -> str:
    """The id of the run: the same one for the same key in the same project."""
    if request.idempotency_key is None:
        return house.new_run()
    if not 0 < len(request.idempotency_key) <= LONGEST_KEY:
        raise ArgumentInvalid(f"idempotency_key has {len(request.idempotency_key)} letters; 1 to {LONGEST_KEY}")
    return hashlib.sha256(f"{here(house)}\0{request.idempotency_key}".encode("utf-8", "surrogatepass")).hexdigest()[
        :16
    ]


def earlier(house: House, request: RunRequest, plan: Plan, run: str) -> str | None:
    """The run that was submitted for the same before; null for none.

    With a key that is the run of that key, whatever became of it; a client without one means an unfinished run of
    the same plan, for it may only have lost the reply.
    """
    if request.idempotency_key is not None:
        return _of_key(house, plan, run)
    return _unfinished(house, plan) if house.by == "mcp" else None


def _of_key(house: House, plan: Plan, run: str) -> str | None:
    try:
        known = house.library.plan(run)
    except RunNotFound:
        return None
    if known.sha256 != plan.sha256:
        raise RunStateConflict(
            f"this idempotency key was used for run {run} of another plan",
            hint="give another key, or none",
            run_id=run,
            plan_id=known.sha256,
        )
    return run


def _unfinished(house: House, plan: Plan) -> str | None:
    project = here(house)
    for row in house.library.rows(LOOKED_AT).rows:
        if row.project != project or row.status in OVER:
            continue
        try:
            if house.library.plan(row.run_id).sha256 == plan.sha256:
                return row.run_id
        except CcorchError:
            continue
    return None
