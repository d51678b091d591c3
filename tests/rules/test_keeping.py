"""Nothing that is open, young or unknown is ever due; places are judged as workers are."""

from pathlib import Path
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from ccorch.adapters.run_folder.layout import Layout
from ccorch.rules.keeping import DAY, Standing, why_kept
from ccorch.rules.places import KEEPER, PLACES, may_keep, place_of
from ccorch.rules.scope import allows
from ccorch.schema.policy import WriteScope
from ccorch.schema.status import OVER, RunStatus

STANDINGS = st.builds(
    Standing,
    run=st.just("0123456789abcdef"),
    status=st.sampled_from(get_args(RunStatus)),
    ended_at=st.none() | st.floats(0, 100 * DAY),
    has_worktree=st.booleans(),
    is_unmerged=st.booleans(),
    is_decided=st.booleans(),
)
PARTS = st.sampled_from([".agent-workspace", "ccorch", "runs", "archives", "..", ".", "", ".git", "src", "r1", "*"])


@given(STANDINGS, st.floats(0, 200 * DAY), st.floats(0, 100))
def test_what_may_go_is_over_old_and_settled(known: Standing, now: float, days: float) -> None:
    if why_kept(known, now, days) is None:
        assert known.status in OVER
        assert known.ended_at is not None
        assert now - known.ended_at >= days * DAY
        assert not known.has_worktree
        assert known.is_decided or not known.is_unmerged


@given(st.lists(PARTS, max_size=7))
def test_upkeep_reaches_only_into_runs_and_archives(parts: list[str]) -> None:
    path = "/".join(parts)
    if may_keep(path):
        assert path.startswith((".agent-workspace/ccorch/runs/", ".agent-workspace/ccorch/archives/"))
        assert not {"..", ".", "", ".git"} & set(parts)
        assert allows(KEEPER, path)
        assert not allows(WriteScope(), path), "workers may not"


def test_places_are_where_the_layout_puts_them() -> None:
    layout = Layout(Path("/p"))
    known = {place.name: Path("/p") / place.path for place in PLACES}

    assert (known["runs"], known["archives"]) == (layout.runs, layout.archives)
    assert place_of(".agent-workspace/ccorch/runs/x/plan.json").name == "runs"
    assert place_of("src/.ccorch/x").name == "source"
