"""Writers whose scopes can meet never work side by side, and all others may."""

from hypothesis import given
from hypothesis import strategies as st

from ccorch.rules.overlap import common, turns
from ccorch.rules.scope import allows
from ccorch.schema.policy import WriteScope

PARTS = st.sampled_from(["src", "tests", "a.py", "b.py", "x"])
PATHS = st.lists(PARTS, min_size=1, max_size=3).map("/".join)
GLOBS = st.sampled_from(
    [
        "**",
        "src/**",
        "src/",
        "*.py",
        "**/*.py",
        "src/*",
        "tests/?.py",
        "src/a.py",
        "s*/x",
        "**/x/**",
        "tests/**",
        "x",
    ]
)
SCOPES = st.builds(
    WriteScope, allow=st.lists(GLOBS, max_size=2).map(tuple), deny=st.lists(GLOBS, max_size=1).map(tuple)
)


@given(SCOPES, SCOPES, PATHS)
def test_scopes_that_allow_one_path_are_never_called_disjoint(
    one: WriteScope, other: WriteScope, path: str
) -> None:
    if allows(one, path) and allows(other, path):
        assert common(one, other) is not None
    assert (common(one, other) is None) == (common(other, one) is None)


def test_disjoint_scopes_are_told_apart() -> None:
    def scope(*allow: str, deny: tuple[str, ...] = ()) -> WriteScope:
        return WriteScope(allow=allow, deny=deny)

    assert common(scope("src/**"), scope("tests/**")) is None
    assert common(scope("src/*.py"), scope("src/*.md")) is None
    assert common(scope("src/**"), scope("**", deny=("src/**",))) is None
    assert common(scope("src/api/**"), scope("src/**")) == "src/api/** and src/**"


@given(st.lists(st.tuples(st.lists(st.integers(0, 20), max_size=2), st.none() | SCOPES), max_size=8))
def test_any_two_writers_that_may_meet_are_ordered(nodes: list[tuple[list[int], WriteScope | None]]) -> None:
    needs = {str(n): [str(need) for need in wanted if need < n] for n, (wanted, _) in enumerate(nodes)}
    scopes = {str(n): scope for n, (_, scope) in enumerate(nodes) if scope is not None}
    waits = turns(needs, scopes)
    before: dict[str, set[str]] = {}
    for name, wanted in needs.items():
        first = [*wanted, *waits.get(name, ())]
        before[name] = set(first).union(*(before[one] for one in first))

    for late in scopes:
        for early in scopes:
            if int(early) < int(late) and common(scopes[early], scopes[late]) is not None:
                assert early in before[late]
    for late, early in ((late, early) for late, several in waits.items() for early in several):
        assert common(scopes[early], scopes[late]) is not None
