"""A run's bill, folded from its log: what the work, doing it again, verifying it and steering it have cost."""

from collections import Counter
from collections.abc import Iterable

from ccorch.rules.budget import nano
from ccorch.schema.bill import Bill, Controller, Part
from ccorch.schema.event import Event, Metered, Noted, Reopened, Rerouted, Started
from ccorch.schema.plan import Plan
from ccorch.schema.verdict import Judgement
from ccorch.views.summary import Fold


def bill(
    run: str, plan: Plan, events: Iterable[Event], *, at: float, day: str, project: str, judgement: Judgement | None
) -> Bill:
    """The bill that a log makes."""
    fold, again, controller, attempts = Fold(plan), Counter[str](), Controller(), 0
    judges = verifying(plan)
    elsewhere: dict[str, str] = {}
    escalations: list[str] = []
    parts = {name: Part() for name in ("work", "redone", "verification")}
    for event in events:
        fold.apply(event)
        match event:
            case Started(node=node) if node in plan.by_id:
                attempts += 1
                if node in elsewhere:
                    escalations.append(f"{node} → {elsewhere[node]}")
            case Rerouted(node=node, way=0):
                elsewhere.pop(node, None)
            case Rerouted(node=node, profile=profile, model=model):
                elsewhere[node] = f"{profile}/{model}"
            case Reopened(cause=cause):
                again[cause] += 1
            case Metered(node=node, attempt=attempt):
                name = "verification" if node in judges else "work" if attempt == 1 else "redone"
                parts[name] = _plus(parts[name], event)
            case Noted():
                controller = _reported(controller, event)
    return Bill(
        run=run,
        at=at,
        day=day,
        project=project,
        label=plan.label,
        task_class="+".join(dict.fromkeys(node.role.name for node in plan.nodes)),
        status=fold.status,
        judgement=judgement,
        nodes=len(plan.nodes),
        attempts=attempts,
        again=dict(again),
        escalations=tuple(escalations),
        controller=controller,
        work=parts["work"],
        redone=parts["redone"],
        verification=parts["verification"],
    )


def verifying(plan: Plan) -> frozenset[str]:
    """Nodes that read others' work for a gate and write nothing."""
    judged = {need for gate in plan.gates for need in gate.needs}
    return frozenset(node.id for node in plan.nodes if node.id in judged and node.needs and not node.writes)


def _plus(part: Part, event: Metered) -> Part:
    tokens = (event.input_tokens or 0) + (event.output_tokens or 0)
    is_unknown = event.usd is None and not event.plan and tokens > 0
    return Part(
        requests=part.requests + 1,
        tokens=part.tokens + tokens,
        nano_usd=part.nano_usd + nano(event.usd or 0.0),
        unpriced=part.unpriced + is_unknown,
        covered=part.covered + event.plan,
    )


def _reported(so_far: Controller, noted: Noted) -> Controller:
    if noted.controller_tokens is None and noted.controller_usd is None:
        return so_far
    models = (*so_far.models, *([noted.controller_model] if noted.controller_model else []))
    return Controller(
        tokens=so_far.tokens + (noted.controller_tokens or 0),
        nano_usd=so_far.nano_usd + nano(noted.controller_usd or 0.0),
        reports=so_far.reports + 1,
        unpriced=so_far.unpriced + (noted.controller_usd is None),
        uncounted=so_far.uncounted + (noted.controller_tokens is None),
        models=tuple(dict.fromkeys(models)),
    )
