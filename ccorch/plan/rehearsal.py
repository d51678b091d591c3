"""How attempts of nodes end where no worker runs, as the configuration chooses."""

from collections.abc import Iterator

from ccorch.plan.expand import Task, is_many, members
from ccorch.plan.lane import Lane
from ccorch.rules.composing import Flat
from ccorch.rules.fault import Fault
from ccorch.rules.guess import did_you_mean
from ccorch.schema.config import RunConfig
from ccorch.schema.workflow import Rehearsed


def rehearsed(lane: Lane, task: Task) -> tuple[Rehearsed, ...]:
    """The endings chosen for a node: for itself, or for the fan-out that it is a member of."""
    chosen = lane.config.simulate
    if lane.config.worker != "simulated" or not chosen:
        return ()
    own = task.id.removeprefix(f"{lane.name}.") if lane.name else task.id
    return next((chosen[name] for name in (own, task.spec.id) if name in chosen), ())


def unrehearsable(config: RunConfig, flat: Flat) -> Iterator[Fault]:
    """Endings for what is no node of work."""
    if not config.simulate:
        return
    nodes = flat.workflow.nodes
    gates = {node.id for node in nodes if node.kind == "gate"}
    known = {node.id for node in nodes} - gates
    known |= {
        one.id for node, written in flat.nodes if is_many(node) for one in members(written.level, node, node.id)
    }
    for name in config.simulate.keys() - known:
        if name in gates:
            said = f"simulate: {name!r} is a gate; choose how the nodes end that it judges"
        else:
            said = f"simulate: there is no node {name!r}.{did_you_mean(name, known)}"
        yield Fault(f"simulate.{name}", said)
