"""Resolves configuration and facts about the project into a plan."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from ccorch.errors import ConfigInvalid
from ccorch.plan import commands
from ccorch.plan.expand import expand, node_id
from ccorch.plan.facts import Facts
from ccorch.plan.faults import faults
from ccorch.plan.inputs import inputs_of
from ccorch.plan.kinds import Known, nodes_of
from ccorch.plan.lane import Lane
from ccorch.plan.limits import check_money, limits_of
from ccorch.plan.proving import unproven
from ccorch.plan.rehearsal import unrehearsable
from ccorch.plan.room import overlong
from ccorch.plan.setups import with_ports
from ccorch.rules.composing import Flat
from ccorch.rules.fault import Fault
from ccorch.rules.graph import batches
from ccorch.rules.overlap import turns
from ccorch.rules.retry import done_again
from ccorch.schema.asked import Asked
from ccorch.schema.plan import Attachment, Plan, PlanGate, PlanNode, Vertex
from ccorch.schema.profile import Profile
from ccorch.schema.route import Route

MOST_TOLD = 50
"""Problems that are told with their places."""


def build(asked: Asked, lanes: Sequence[Lane], facts: Facts, routes: Mapping[str, Route] | None = None) -> Plan:
    """The plan of these lanes; raises ConfigInvalid with every problem of the DAG at once.

    `routes` are those of an earlier plan: nodes that have one keep it, whatever would be chosen today.
    """
    lanes = [replace(lane, config=commands.settled(lane.config)) for lane in lanes]
    first = lanes[0].config
    _check_prompts(lanes)
    flats = [(lane, lane.vertices) for lane in lanes]
    _check_graphs(flats)
    parts = [(lane, expand(flat, lane.name)) for lane, flat in flats]
    gates = tuple(gate for _, part in parts for gate in part.gates)
    limits = limits_of(lanes, facts.ceiling)
    needs = {task.id: task.needs for _, part in parts for task in part.tasks}
    needs |= {gate.id: gate.needs for gate in gates}
    known = Known(facts, routes or {}, limits.retries, done_again(needs, gates))
    nodes = tuple(node for lane, part in parts for node in nodes_of(lane, part.tasks, known))
    _check_room(lanes[0], nodes, facts.attachments)
    if told := tuple(unproven(nodes, gates, first.checks)):
        raise ConfigInvalid(told[0], problems=told)
    check_money(lanes, nodes, limits, facts.profiles)
    nodes = tuple(in_turn(tuple(with_ports(nodes)), gates))
    profiles = _used(nodes, (*facts.profiles, commands.PROFILE))
    plays = first.worker == "claude" and any(profile.source == "scripted" for profile in profiles)
    return Plan(
        worker=first.worker,
        asked=asked,
        task=first.task,
        context=first.context,
        attachments=facts.attachments,
        script=facts.script if plays else None,
        script_sha256=facts.script_sha256 if plays else None,
        label=first.label,
        workflow=",".join(dict.fromkeys(lane.config.workflow.name for lane in lanes)),
        profiles=profiles,
        prices_dated=first.prices.dated,
        inputs=inputs_of(lanes, facts, nodes, profiles),
        limits=limits,
        checks=first.checks,
        nodes=nodes,
        gates=gates,
    )


def in_turn(nodes: Sequence[PlanNode], gates: Sequence[PlanGate]) -> Iterator[PlanNode]:
    """The nodes, told whom they wait for where both may write the same files; lanes are alternatives."""
    waits: dict[str, tuple[str, ...]] = {}
    for lane in dict.fromkeys(node.lane for node in nodes if node.writes):
        vertices: tuple[Vertex, ...] = (*nodes, *gates)
        needs = {one.id: one.needs for one in vertices if one.lane == lane}
        scopes = {one.id: one.write_scope for one in nodes if one.lane == lane and one.write_scope is not None}
        if len(scopes) > 1:
            ordered = (name for layer in batches(needs) for name in layer)
            waits |= turns({name: needs[name] for name in ordered}, scopes)
    for node in nodes:
        yield node.model_copy(update={"after": waits[node.id]}) if node.id in waits else node


def _check_prompts(lanes: Sequence[Lane]) -> None:
    for lane in lanes:
        if missing := lane.config.prompt.missing:
            wanted = " ".join(f"prompt.values.{name}=…" for name in missing)
            said = f"prompt {lane.config.prompt.name} needs {', '.join(missing)}"
            raise ConfigInvalid(said, hint=f"give {wanted}")


def _check_graphs(flats: Sequence[tuple[Lane, Flat]]) -> None:
    found = [
        (lane, one)
        for lane, flat in flats
        for one in (*_of_workflow(lane, flat), *unrehearsable(lane.config, flat))
    ]
    known = [said for lane, _ in flats for said in lane.problems]
    if found or known:
        told = tuple(dict.fromkeys((*known, *(_told(lane, one) for lane, one in found[:MOST_TOLD]))))
        more = (f"and {len(found) - MOST_TOLD} more",) if len(found) > MOST_TOLD else ()
        raise ConfigInvalid(told[0], problems=(*told, *more))
    names = Counter(node_id(lane.name, node.id) for lane, flat in flats for node in flat.workflow.nodes)
    twice = tuple(f"node {name!r} is in two lanes" for name, times in names.items() if times > 1)
    if twice:
        raise ConfigInvalid(twice[0], problems=twice, hint="say each value of a sweep (-m) once")


def _check_room(lane: Lane, nodes: Sequence[PlanNode], attachments: Sequence[Attachment]) -> None:
    found = [_told(lane, one) for one in overlong(lane.config, nodes, attachments)]
    if found:
        more = (f"and {len(found) - MOST_TOLD} more",) if len(found) > MOST_TOLD else ()
        raise ConfigInvalid(found[0], problems=(*found[:MOST_TOLD], *more))


def _of_workflow(lane: Lane, flat: Flat) -> Iterator[Fault]:
    for one in faults(flat, lane.config.role):
        yield Fault(one.key, f"workflow {flat.workflow.name}: {one.message}")


def _told(lane: Lane, one: Fault) -> str:
    place = lane.place(one.key)
    return f"{place}: {one.message}" if place else one.message


def _used(nodes: Sequence[PlanNode], profiles: Sequence[Profile]) -> tuple[Profile, ...]:
    """The profiles that routes and their fallbacks name."""
    names = {way.profile for node in nodes for way in node.route.ways}
    ids = {profile.id for profile in profiles}
    return tuple(one for one in profiles if one.id in names or (one.name in names and one.name not in ids))
