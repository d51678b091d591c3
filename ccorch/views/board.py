"""A run as it is drawn: its attempts on a time axis, its money over time by model, and what is new since a look."""

from dataclasses import dataclass, field

from ccorch.schema.base import Many, Value
from ccorch.schema.event import Ended, Event, Finished, Metered, Reopened, Started
from ccorch.schema.plan import Plan
from ccorch.schema.status import RunStatus
from ccorch.schema.summary import NodeSummary, RunSummary
from ccorch.views.money import Money
from ccorch.views.summary import Fold, plus
from ccorch.views.timeline import Moment, Timeline

MOST_POINTS = 240
"""Most points of one curve; an older half is thinned out when there would be more."""

MOST_BARS = 4000
"""Most attempts that are drawn; the latest ones."""


class Bar(Value):
    """An attempt, or the time in which a gate judged or waited for an answer."""

    node: str
    """The node or gate."""
    attempt: int
    """Number of the attempt."""
    start: float
    """Unix time."""
    end: float | None = None
    """Unix time; null while it goes on."""
    outcome: str | None = None
    """How it ended."""
    passed: bool | None = None
    """Whether it passed."""
    stale: bool = False
    """Whether it was set back and counts for nothing."""


class Point(Value):
    """What was used up to a moment."""

    at: float
    """Unix time."""
    usd: float | None
    """Money so far; null when part of it is unknown or a subscription pays for all."""
    tokens: int | None
    """Tokens so far, in and out; null when part of them is unknown."""


class Curve(Value):
    """What one model has used over time."""

    model: str
    """The model that answered."""
    points: Many[Point]
    """Sums after requests, oldest first."""


class RunNews(Value):
    """What is new about a run; everything, when nothing was known."""

    seq: int
    """Number of the last event."""
    status: RunStatus
    """Where the run stands as its log says it."""
    outline: RunSummary
    """The run in short, without its nodes."""
    nodes: Many[NodeSummary]
    """Nodes that changed."""
    bars: Many[Bar]
    """Attempts that began or ended."""
    curves: Many[Curve]
    """Curves that changed, each as a whole."""
    moments: Many[Moment]
    """Moments that came, or were told more often."""
    left_out: int
    """Earlier moments that are not told."""


class RunBoard:
    """A running picture: apply each event once, and ask for what is new whenever you like."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._fold = Fold(plan)
        self._story = Timeline()
        self._bars: dict[tuple[str, int], Bar] = {}
        self._latest: dict[str, Bar] = {}
        self._open: dict[str, Bar] = {}
        self._curves: dict[str, _Curve] = {}
        self._nodes: set[str] = set()
        self._new_bars: set[tuple[str, int]] = set()
        self._new_curves: set[str] = set()
        self._told = 0

    @property
    def seq(self) -> int:
        """Number of the last event that was applied."""
        return self._fold.seq

    def apply(self, event: Event) -> None:
        """Take one more event."""
        self._nodes.update(self._fold.apply(event))
        self._story.apply(event)
        match event:
            case Started(node=node, attempt=attempt):
                self._put(Bar(node=node, attempt=attempt, start=event.at))
            case Ended():
                self._end(event)
            case Reopened(nodes=nodes):
                for bar in filter(None, map(self._latest.get, nodes)):
                    end = event.at if bar.end is None else bar.end
                    self._put(bar.model_copy(update={"stale": True, "end": end}))
            case Finished():
                for bar in tuple(self._open.values()):
                    self._put(bar.model_copy(update={"end": event.at}))
            case Metered(model=model):
                name = model or "no answer"
                self._curves.setdefault(name, _Curve()).add(event)
                self._new_curves.add(name)

    def news(self) -> RunNews:
        """What is new since this was asked last."""
        view = self._story.view()
        moments = tuple(moment for moment in view.moments if moment.seq >= self._told)
        news = self._shown(self._nodes, self._new_bars, self._new_curves, moments, view.left_out)
        self._told = view.moments[-1].seq if view.moments else 0
        self._nodes, self._new_bars, self._new_curves = set(), set(), set()
        return news

    def whole(self) -> RunNews:
        """All that is known; what is new stays new."""
        view = self._story.view()
        return self._shown(set(self._plan.by_id), set(self._bars), set(self._curves), view.moments, view.left_out)

    def _shown(
        self,
        nodes: set[str],
        bars: set[tuple[str, int]],
        curves: set[str],
        moments: tuple[Moment, ...],
        left_out: int,
    ) -> RunNews:
        return RunNews(
            seq=self._fold.seq,
            status=self._fold.status,
            outline=self._fold.outline(),
            nodes=tuple(self._fold.node(node.id) for node in self._plan.nodes if node.id in nodes),
            bars=tuple(bar for key, bar in self._bars.items() if key in bars)[-MOST_BARS:],
            curves=tuple(curve.shown(name) for name, curve in self._curves.items() if name in curves),
            moments=moments,
            left_out=left_out,
        )

    def _put(self, bar: Bar) -> None:
        self._bars[bar.node, bar.attempt] = self._latest[bar.node] = bar
        self._new_bars.add((bar.node, bar.attempt))
        if bar.end is None:
            self._open[bar.node] = bar
        else:
            self._open.pop(bar.node, None)

    def _end(self, event: Ended) -> None:
        bar = self._bars.get((event.node, event.attempt))
        if bar is not None and bar.end is None:
            told = {"end": event.at, "outcome": event.outcome, "passed": event.passed}
            self._put(bar.model_copy(update=told))


@dataclass
class _Curve:
    """One model's sums, thinned out where they would be many."""

    money: Money = field(default_factory=Money)
    tokens: int | None = 0
    points: list[Point] = field(default_factory=list)

    def add(self, line: Metered) -> None:
        self.money.add(line)
        self.tokens = plus(plus(self.tokens, line.input_tokens), line.output_tokens)
        self.points.append(Point(at=line.at, usd=self.money.usd, tokens=self.tokens))
        if len(self.points) > MOST_POINTS:
            # the first and the last stay, so that the curve keeps its ends
            self.points = [*self.points[:-1:2], self.points[-1]]

    def shown(self, model: str) -> Curve:
        return Curve(model=model, points=tuple(self.points))
