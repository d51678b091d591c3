"""How two plans differ, in words."""

from collections.abc import Iterator
from typing import Any, Literal

from ccorch.schema.base import Value
from ccorch.schema.plan import Plan, PlanNode

Drift = Literal["config", "task", "prompts", "profiles", "prices", "routing", "cli", "commit", "dirty", "limits"]


class Difference(Value):
    """One thing in which two plans differ."""

    drift: Drift
    """Name by which it can be accepted."""
    where: str
    """What differs."""
    before: str
    """In the first plan."""
    after: str
    """In the second plan."""

    def __str__(self) -> str:
        return f"{self.drift}: {self.where} was {self.before}, is {self.after}"


def differences(before: Plan, after: Plan) -> tuple[Difference, ...]:
    """Every difference between two plans; empty exactly when their hashes are equal."""
    if before.sha256 == after.sha256:
        return ()
    found = (*_of_inputs(before, after), *_of_limits(before, after), *_of_nodes(before, after))
    return found or (Difference(drift="config", where="plan", before=before.sha256[:12], after=after.sha256[:12]),)


def _of_inputs(before: Plan, after: Plan) -> Iterator[Difference]:
    if before.task != after.task:
        yield _named("task", "the task", _short(before.task), _short(after.task))
    if before.inputs.cli != after.inputs.cli:
        yield _named("cli", "Claude Code", _cli(before), _cli(after))
    if before.inputs.commit != after.inputs.commit:
        yield _named("commit", "the commit", before.inputs.commit, after.inputs.commit)
    if before.inputs.dirty != after.inputs.dirty:
        yield _named("dirty", "uncommitted changes", _dirty(before), _dirty(after))
    yield from _of_maps("profiles", "profile", before.inputs.profiles, after.inputs.profiles)
    yield from _of_maps("prices", "price of", _prices(before), _prices(after))
    same_elsewhere = before.inputs.config == after.inputs.config
    if not same_elsewhere:
        yield _named("config", "configuration", before.inputs.config[:12], after.inputs.config[:12])
    if (before.attachments, before.script_sha256) != (after.attachments, after.script_sha256):
        yield _named("prompts", "attachments or script", "other files", "these files")


def _of_limits(before: Plan, after: Plan) -> Iterator[Difference]:
    ours, theirs = before.limits.model_dump(), after.limits.model_dump()
    for key in ours:
        if ours[key] != theirs[key]:
            yield _named("limits", key, ours[key], theirs[key])


def _of_nodes(before: Plan, after: Plan) -> Iterator[Difference]:
    for gone in before.by_id.keys() - after.by_id.keys():
        yield _named("config", f"node {gone}", "planned", "gone")
    for new in after.by_id.keys() - before.by_id.keys():
        yield _named("config", f"node {new}", "absent", "planned")
    for node in before.nodes:
        if node.id in after.by_id:
            yield from _of_node(node, after.by_id[node.id])


def _of_node(before: PlanNode, after: PlanNode) -> Iterator[Difference]:
    if before.system_prompt != after.system_prompt:
        yield _named("prompts", f"system prompt of {before.id}", "another text", "this text")
    if (before.route.profile, before.route.model) != (after.route.profile, after.route.model):
        yield _named("routing", f"route of {before.id}", _route(before), _route(after))
    for key in ("role", "needs", "task", "writes", "write_scope", "timeout_seconds", "max_turns", "images"):
        ours, theirs = getattr(before, key), getattr(after, key)
        if ours != theirs:
            said = (ours.name, theirs.name) if key == "role" else (ours, theirs)
            yield _named("config", f"{key} of {before.id}", *said)


def _of_maps(drift: Drift, what: str, before: dict[str, Any], after: dict[str, Any]) -> Iterator[Difference]:
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            yield _named(drift, f"{what} {name}", before.get(name), after.get(name))


def _named(drift: Drift, where: str, before: object, after: object) -> Difference:
    return Difference(drift=drift, where=where, before=_said(before), after=_said(after))


def _said(value: object) -> str:
    return "none" if value is None else _short(str(value))


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else f"{line[:57]}…"


def _cli(plan: Plan) -> str | None:
    return f"{plan.inputs.cli.version} ({plan.inputs.cli.sha256[:12]})" if plan.inputs.cli else None


def _dirty(plan: Plan) -> str:
    return plan.inputs.dirty[:12] if plan.inputs.dirty else "none"


def _prices(plan: Plan) -> dict[str, str]:
    return {
        model: "unknown" if price is None else f"{price.input:g}/{price.output:g} USD per million tokens"
        for model, price in plan.inputs.prices.items()
    }


def _route(node: PlanNode) -> str:
    return f"{node.route.profile}/{node.route.model}"
