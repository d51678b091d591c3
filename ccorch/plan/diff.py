"""How two plans differ, in words."""

from collections.abc import Iterator
from typing import Any, Literal

from ccorch.rules.plain import beginning
from ccorch.schema.base import Value, canonical
from ccorch.schema.plan import Attachment, Plan, PlanNode
from ccorch.schema.profile import Profile
from ccorch.schema.role import Role
from ccorch.schema.route import Route

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


NAMED: dict[str, Drift] = {
    "task": "task",
    "attachments": "prompts",
    "script": "prompts",
    "script_sha256": "prompts",
    "profiles": "profiles",
    "prices_dated": "prices",
    "limits": "limits",
}
"""Drift by field of the plan; fields that are not here are part of the configuration."""

NAMED_OF_NODE: dict[str, Drift] = {"system_prompt": "prompts", "usd": "limits", "tokens": "limits"}
"""Drift by field of a node; fields that are not here are part of the configuration."""


def differences(before: Plan, after: Plan) -> tuple[Difference, ...]:
    """Every difference between two plans; empty when they mean the same."""
    if before.sha256 == after.sha256:
        return ()
    return tuple(dict.fromkeys((*_of_inputs(before, after), *_of_plans(before, after), *_of_nodes(before, after))))


def _of_plans(before: Plan, after: Plan) -> Iterator[Difference]:
    for field in Plan.model_fields:
        ours, theirs = getattr(before, field), getattr(after, field)
        if ours == theirs or field in ("inputs", "nodes"):
            continue
        drift = NAMED.get(field, "config")
        if field == "limits":
            yield from _of_maps(drift, "limit", ours.model_dump(), theirs.model_dump())
        elif field == "profiles":
            yield from _of_profiles(before, after)
        elif field == "attachments":
            yield from _of_maps(drift, "attachment", _by_path(ours), _by_path(theirs))
        else:
            yield _named(drift, field.replace("_", " "), ours, theirs)


def _of_profiles(before: Plan, after: Plan) -> Iterator[Difference]:
    """Field by field; what is new or gone is told by the fingerprints among the inputs."""
    there = {profile.key: profile for profile in after.profiles}
    for ours in before.profiles:
        theirs = there.get(ours.key, ours)
        for field in Profile.model_fields:
            was, now = getattr(ours, field), getattr(theirs, field)
            if was != now and field != "fingerprint":
                yield _named("profiles", f"{field.replace('_', ' ')} of profile {ours.name}", was, now)


def _by_path(values: tuple[Attachment, ...]) -> dict[str, str]:
    return {value.path: _short(canonical(value.model_dump(mode="json"))) for value in values}


def _of_inputs(before: Plan, after: Plan) -> Iterator[Difference]:
    ours, theirs = before.inputs, after.inputs
    if ours.cli != theirs.cli:
        yield _named("cli", "Claude Code", _cli(before), _cli(after))
    if ours.commit != theirs.commit:
        yield _named("commit", "the commit", ours.commit, theirs.commit)
    if ours.dirty != theirs.dirty:
        yield _named("dirty", "uncommitted changes", _dirty(before), _dirty(after))
    yield from _of_maps("profiles", "fingerprint of profile", _marks(before), _marks(after))
    yield from _of_maps("prices", "price of", _prices(before), _prices(after))
    hashed: tuple[Drift, ...] = ("config", "task", "prompts", "routing")
    for field in hashed:
        if getattr(ours, field) != getattr(theirs, field):
            yield _named(field, f"hash of the {field}", getattr(ours, field)[:12], getattr(theirs, field)[:12])


def _of_nodes(before: Plan, after: Plan) -> Iterator[Difference]:
    same_prices = before.inputs.prices == after.inputs.prices
    for gone in before.by_id.keys() - after.by_id.keys():
        yield _named("config", f"node {gone}", "planned", "gone")
    for new in after.by_id.keys() - before.by_id.keys():
        yield _named("config", f"node {new}", "absent", "planned")
    for node in before.nodes:
        if node.id in after.by_id:
            yield from _of_node(node, after.by_id[node.id], "config" if same_prices else "prices")


def _of_node(before: PlanNode, after: PlanNode, money: Drift) -> Iterator[Difference]:
    for field in PlanNode.model_fields:
        ours, theirs = getattr(before, field), getattr(after, field)
        if ours == theirs:
            continue
        if field == "route":
            yield from _of_routes(before, after, money)
            continue
        if field == "role":
            ours, theirs = _told_role(before.role, after.role), _told_role(after.role, before.role)
        drift = money if field == "worst_usd" else NAMED_OF_NODE.get(field, "config")
        yield _named(drift, f"{field.replace('_', ' ')} of {before.id}", ours, theirs)


def _of_routes(before: PlanNode, after: PlanNode, money: Drift) -> Iterator[Difference]:
    ours, theirs = _unpriced(before.route), _unpriced(after.route)
    if ours != theirs:
        yield _named("routing", f"route of {before.id}", _route(ours), _route(theirs))
    else:
        spent = [[way.worst_usd for way in node.route.fallbacks] for node in (before, after)]
        yield _named(money, f"worst usd of the fallbacks of {before.id}", *spent)


def _unpriced(route: Route) -> Route:
    ways = tuple(way.model_copy(update={"worst_usd": None}) for way in route.fallbacks)
    return route.model_copy(update={"fallbacks": ways})


def _told_role(role: Role, other: Role) -> str:
    """Its name, or the fields in which it differs from another role of that name."""
    if role.name != other.name:
        return role.name
    told = {key: value for key, value in role.model_dump().items() if value != getattr(other, key)}
    return ", ".join(f"{key}={_said(value)}" for key, value in told.items())


def _of_maps(drift: Drift, what: str, before: dict[str, Any], after: dict[str, Any]) -> Iterator[Difference]:
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            yield _named(drift, f"{what} {name}", before.get(name), after.get(name))


def _named(drift: Drift, where: str, before: object, after: object) -> Difference:
    return Difference(drift=drift, where=where, before=_said(before), after=_said(after))


def _said(value: object) -> str:
    return _short(_told(value))


def _told(value: object) -> str:
    """A value in the words of a configuration, however deep."""
    match value:
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case Value():
            return _told(dict(value))
        case dict():
            return ", ".join(f"{key}={_told(one)}" for key, one in value.items())
        case tuple() | list():
            return f"[{', '.join(map(_told, value))}]"
    return str(value)


def _short(text: str) -> str:
    return beginning(" ".join(text.split()), 60)


def _cli(plan: Plan) -> str | None:
    return f"{plan.inputs.cli.version} ({plan.inputs.cli.sha256[:12]})" if plan.inputs.cli else None


def _marks(plan: Plan) -> dict[str, str]:
    return {name: mark[:12] for name, mark in plan.inputs.profiles.items()}


def _dirty(plan: Plan) -> str:
    return plan.inputs.dirty[:12] if plan.inputs.dirty else "none"


def _prices(plan: Plan) -> dict[str, str]:
    return {
        model: "unknown" if price is None else f"{price.input:g}/{price.output:g} USD per million tokens"
        for model, price in plan.inputs.prices.items()
    }


def _route(route: Route) -> str:
    ways = ", ".join(f"{way.on}: {way.profile}/{way.model}" for way in route.fallbacks)
    return f"{route.profile}/{route.model}{f' [{ways}]' if ways else ''} ({route.reason})"
