"""What a caller should know before running a plan: nothing here forbids it."""

from collections.abc import Iterator

from ccorch.config.compose import Composed
from ccorch.config.renamed import of_words, old_keys
from ccorch.operations.planning import Prepared
from ccorch.rules.overlap import common
from ccorch.schema.asked import Asked
from ccorch.schema.plan import Plan

MOST_TURNS = 10
"""Writers that wait for others, told by name."""


def warnings(prepared: Prepared) -> tuple[str, ...]:
    """All of them, in sentences."""
    plan = prepared.plan
    return (
        *_of_old_keys(prepared),
        *_of_workers(prepared),
        *_of_money(plan),
        *_of_roles(prepared),
        *_of_models(plan),
        *_of_git(plan, prepared.composed[0].config.policy.dirty),
        *_of_scopes(plan),
        *_of_links(plan),
    )


def _of_old_keys(prepared: Prepared) -> Iterator[str]:
    for one in (*old_keys(prepared.composed[0].layers), *of_words(prepared.plan.asked.overrides)):
        yield one.said


def _of_scopes(plan: Plan) -> Iterator[str]:
    waiting = [node for node in plan.nodes if node.after]
    for node in waiting[:MOST_TURNS]:
        others = [one for one in plan.nodes if one.id in node.after and one.write_scope and node.write_scope]
        shared = (
            common(node.write_scope, one.write_scope) for one in others if node.write_scope and one.write_scope
        )
        where = ", ".join(dict.fromkeys(glob for glob in shared if glob))
        yield f"{node.id} waits for {', '.join(node.after)}: both may write {where}"
    if len(waiting) > MOST_TURNS:
        yield f"{len(waiting) - MOST_TURNS} more writers wait for others that may write the same files"


def _of_links(plan: Plan) -> Iterator[str]:
    """Only a sandbox keeps commands from writing through a link of their worktree."""
    open_to = [node for node in plan.nodes if node.worktree and node.worktree.linked and node.sandbox != "required"]
    linked = dict.fromkeys(name for node in open_to if node.worktree for name in node.worktree.linked)
    if linked:
        names = ", ".join(linked)
        yield (
            f"{names}: linked into worktrees, so commands there can write in the project's own; name it in "
            "policy.worktree.copied instead, or pass policy.sandbox=required"
        )


def unpriced(plan: Plan) -> list[str]:
    """Models of the plan that no price is known for; a subscription needs none."""
    ways = (way for node in plan.nodes if node.worst_usd is None for way in node.route.ways)
    paid = (way for way in ways if plan.profile(way.profile).needs_gateway)
    return sorted({way.model for way in paid if plan.inputs.prices.get(way.model) is None})


def _of_workers(prepared: Prepared) -> Iterator[str]:
    plan = prepared.plan
    if plan.worker != "simulated" and any(_rehearses(composed) for composed in prepared.composed):
        yield "simulate changes nothing: workers are real; rehearse with worker=simulated"
    if plan.worker == "simulated":
        yield "simulated: no worker runs and nothing is spent"
    elif any(profile.source == "scripted" for profile in plan.profiles):
        yield "profile scripted: answers come from a script, not from a model"


def _rehearses(composed: Composed) -> bool:
    """Whether endings were chosen for this run, and not only noted in a workflow file."""
    return bool(composed.config.simulate) and composed.origins.lookup("simulate").layer != "packaged"


def _of_money(plan: Plan) -> Iterator[str]:
    models = unpriced(plan)
    if models and plan.worker != "simulated":
        end = (
            "requests to it will be refused"
            if plan.limits.unpriced == "refuse"
            else "its money is unknown and no limit holds it"
        )
        yield f"no price known for {', '.join(models)}: {end} (cost.unpriced={plan.limits.unpriced})"
    for profile in plan.profiles if plan.worker != "simulated" else ():
        if profile.kind == "subscription":
            yield (
                f"profile {profile.name} is a subscription: limited by turns and tokens, not by money "
                "(cost.usd_per_run does not hold it); up to one turn may exceed a limit, two where it owes a "
                "handoff and gives none"
            )


def _of_roles(prepared: Prepared) -> Iterator[str]:
    plan = prepared.plan
    yield from dict.fromkeys(_unused(prepared))
    prompt = prepared.composed[0].config.prompt
    others = {node.role.name for node in plan.nodes if not node.commands} - set(prompt.roles)
    if prompt.roles and others and len(prepared.composed) == 1:
        yield f"prompt {prompt.name} is written for {', '.join(prompt.roles)}, not for {', '.join(sorted(others))}"
    if any(node.role.permission == "write" and not node.writes for node in plan.nodes):
        yield "policy.write=false: roles that may write only read"
    blind = [node.id for node in plan.nodes if not node.images]
    pictures = [shown.path for shown in plan.attachments if shown.media_type.startswith("image/")]
    if blind and pictures:
        yield f"{', '.join(pictures)} will not be seen by {', '.join(blind)}: its role has images=false"


def _unused(prepared: Prepared) -> Iterator[str]:
    """The role that was asked for where every node of the workflow names its own."""
    asked = _role_asked(prepared.plan.asked)
    for composed in prepared.composed if asked else ():
        workflow = composed.config.workflow
        if workflow.nodes and all(node.role is not None for node in workflow.nodes):
            own = ", ".join(dict.fromkeys(str(node.role) for node in workflow.nodes))
            yield f"{asked} changes nothing: every node of workflow {workflow.name} names its own role ({own})"


def _role_asked(asked: Asked) -> str:
    words = [word for word in asked.overrides if word.lstrip("+").startswith(("role=", "role."))]
    if words or "role" in asked.overlay.groups:
        return words[0] if words else f"role={asked.overlay.groups['role']}"
    return next((key for key in asked.overlay.set if key == "role" or key.startswith("role.")), "")


def _of_models(plan: Plan) -> Iterator[str]:
    for profile_name, model in dict.fromkeys((node.route.profile, node.route.model) for node in plan.nodes):
        named = list(
            dict.fromkeys(name for name in plan.profile(profile_name).models.model_dump().values() if name)
        )
        if named and model not in named:
            yield f"profile {profile_name} does not name model {model!r}; it names {', '.join(named)}"


def _of_git(plan: Plan, dirty: str) -> Iterator[str]:
    if plan.inputs.commit is None:
        yield "no git commit: changes cannot be told apart from what was there"
    elif plan.inputs.dirty and any(node.writes for node in plan.nodes):
        part = "part" if dirty == "snapshot" else "not part"
        start = "a snapshot of them" if dirty == "snapshot" else "the commit"
        yield f"uncommitted changes are {part} of the worktrees, which start from {start}"
