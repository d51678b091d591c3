"""What a run used and cost, by node and by model; unknown stays unknown."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from ccorch.schema.base import Many, Value
from ccorch.schema.event import Event, Metered
from ccorch.schema.plan import Plan
from ccorch.schema.status import Covered
from ccorch.views.money import Money
from ccorch.views.summary import plus


class CostRow(Value):
    """Tokens and money of one node, one model or the whole run."""

    name: str
    """What it is about."""
    requests: int
    """Requests that were metered."""
    input_tokens: int | None
    """Input tokens, cached ones included; null when part of them is unknown."""
    output_tokens: int | None
    """Output tokens; null when part of them is unknown."""
    usd: float | None
    """Money; null when part of it is unknown or a subscription pays for all."""
    plan: Covered | None = None
    """How much of it a subscription pays for; null is nothing."""
    estimated: int
    """Requests whose figures are estimates, because their stream was cut."""


class CostView(Value):
    """A run's use."""

    simulated: bool
    """Whether no worker ran; then nothing was used."""
    by_node: Many[CostRow]
    """By node, in declared order."""
    by_model: Many[CostRow]
    """By the model that answered."""
    total: CostRow
    """All of it."""


def cost(plan: Plan, events: Iterable[Event]) -> CostView:
    """The use that a log tells."""
    fold = CostFold(plan)
    for event in events:
        fold.apply(event)
    return fold.view()


class CostFold:
    """A running count of what is used: apply each event once, look whenever you like."""

    def __init__(self, plan: Plan) -> None:
        self._simulated = plan.worker == "simulated"
        self._nodes = {node.id: _Sum() for node in plan.nodes}
        self._models: dict[str, _Sum] = {}
        self._total = _Sum()

    def apply(self, event: Event) -> None:
        """Take one more event."""
        if not isinstance(event, Metered):
            return
        model = self._models.setdefault(event.model or "no answer", _Sum())
        for part in (model, self._total, self._nodes.get(event.node)):
            if part:
                part.add(event)

    def view(self) -> CostView:
        """What is known now."""
        return CostView(
            simulated=self._simulated,
            by_node=tuple(part.row(name) for name, part in self._nodes.items()),
            by_model=tuple(part.row(name) for name, part in self._models.items()),
            total=self._total.row("total"),
        )


@dataclass
class _Sum:
    requests: int = 0
    estimated: int = 0
    tokens_in: int | None = 0
    tokens_out: int | None = 0
    money: Money = field(default_factory=Money)

    def add(self, line: Metered) -> None:
        self.requests += 1
        self.estimated += not line.exact
        self.tokens_in = plus(self.tokens_in, line.input_tokens)
        self.tokens_out = plus(self.tokens_out, line.output_tokens)
        self.money.add(line)

    def row(self, name: str) -> CostRow:
        return CostRow(
            name=name,
            requests=self.requests,
            input_tokens=self.tokens_in,
            output_tokens=self.tokens_out,
            usd=self.money.usd,
            plan=self.money.plan,
            estimated=self.estimated,
        )
