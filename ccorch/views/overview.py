"""Where runs stand, made to fit: what needs somebody first, and the others by their ids where it is too much."""

from collections.abc import Iterable, Sequence

from ccorch.rules.plain import few, short
from ccorch.schema.checkpoint import Checkpoint
from ccorch.schema.ids import short_id
from ccorch.schema.next_step import NextStep
from ccorch.schema.overview import Overview, Stand
from ccorch.schema.status import OVER, RunStatus
from ccorch.schema.summary import RunSummary
from ccorch.views.digest import tools_of

MOST_BYTES = 2_900
"""Bytes of a digest: less than a thousand tokens (o200k), which take three bytes each of what has so many ids."""

BRIEF = 24
"""Bytes that the beginning of an id counts for: it takes eight tokens, quotes and comma included."""

MOST_BRIEF = 40
"""Most runs of which only the beginning of the id is told."""

WIDE = 90
"""Letters of one sentence."""

FEW = 4
"""Most things of a kind about one run."""

_ORDER = ("stop_or_review", "answer", "resume", "inspect_or_retry", "accept", "verify", "review", "read", "wait")


def stand(
    run: str, status: RunStatus, task: str, summary: RunSummary, step: NextStep, last: Checkpoint | None
) -> Stand:
    """One run in short."""
    left = None if summary.limit_usd is None or summary.usd is None else summary.limit_usd - summary.usd
    at_work = [node for node in summary.nodes if node.status == "running"]
    work = [f"{node.id}: {tools_of(node) or 'nothing called yet'}" for node in at_work]
    codes = dict.fromkeys(f"{one.code}{'!' if one.blocking else ''}" for one in summary.findings)
    passed = sum(node.status in ("passed", "omitted") for node in summary.nodes)
    return Stand(
        run_id=run,
        status=status,
        task=short(task, WIDE),
        nodes=f"{passed}/{len(summary.nodes)}",
        working=_few(work),
        found=_few(sorted(codes, key=lambda code: not code.endswith("!"))),
        drift=_few(last.drift if last else ()),
        usd=None if summary.usd is None else round(summary.usd, 4),
        left_usd=None if left is None or status in OVER else round(max(left, 0.0), 4),
        next=step.action,
        why=short(step.reason, WIDE),
        choices=tuple(choice.command for choice in step.choices[:FEW]) if step.asks else (),
    )


def overview(
    project: str, stands: Sequence[Stand], settled: int, note: str | None, most_bytes: int | None
) -> Overview:
    """All of them, or as many as fit into so many bytes; at least the one that needs somebody most."""
    ordered = sorted(stands, key=lambda one: _ORDER.index(one.next) if one.next in _ORDER else len(_ORDER))
    live = [one.run_id for one in stands if one.status not in OVER]
    wait = f"ccorch wait {' '.join(short_id(run) for run in live[:20])} --until decision" if live else ""
    whole = Overview(project=project, runs=tuple(ordered), settled=settled, wait=wait, note=note)
    while most_bytes is not None and len(whole.runs) > 1 and _weight(whole) > most_bytes:
        kept = len(whole.runs) - 1
        brief = _brief(ordered[kept:][:MOST_BRIEF])
        whole = whole.model_copy(
            update={"runs": tuple(ordered[:kept]), "left_out": len(ordered) - kept, "brief": brief}
        )
    return whole


def _brief(stands: Sequence[Stand]) -> dict[str, tuple[str, ...]]:
    actions = dict.fromkeys(one.next for one in stands)
    return {action: tuple(short_id(one.run_id) for one in stands if one.next == action) for action in actions}


def _weight(whole: Overview) -> int:
    ids = sum(map(len, whole.brief.values()))
    return len(whole.model_copy(update={"brief": {}}).model_dump_json().encode()) + ids * BRIEF


def _few(said: Iterable[str]) -> tuple[str, ...]:
    return few(said, FEW, WIDE)
