"""Promises about DAGs."""

from hypothesis import given
from hypothesis import strategies as st

from ccorch.rules.graph import ancestors, batches, cycle_in_words, descendants, find_cycle, shape

GRAPHS = st.dictionaries(
    st.sampled_from("abcdefgh"), st.lists(st.sampled_from("abcdefgh"), max_size=4), min_size=1
).map(lambda found: {name: [need for need in needs if need in found] for name, needs in found.items()})


def test_a_cycle_is_named_node_by_node() -> None:
    cycle = find_cycle({"a": ["c"], "b": ["a"], "c": ["b"], "d": ["a"]})

    assert cycle_in_words(cycle) in ("cycle: a → c → b → a", "cycle: c → b → a → c", "cycle: b → a → c → b")


def test_descendants_are_all_that_need_it() -> None:
    assert descendants({"a": [], "b": ["a"], "c": ["b"], "d": []}, "a") == {"b", "c"}


@given(GRAPHS)
def test_ancestors_are_those_of_which_it_is_a_descendant(graph: dict[str, list[str]]) -> None:
    for name in graph:
        assert ancestors(graph, name) == {other for other in graph if name in descendants(graph, other)}
    assert descendants(graph, *graph) == {name for name, needs in graph.items() if needs}


@given(GRAPHS)
def test_batches_hold_every_node_once_after_its_needs_or_there_is_a_cycle(graph: dict[str, list[str]]) -> None:
    placed: set[str] = set()
    for layer in batches(graph):
        assert all(set(graph[name]) <= placed for name in layer)
        assert not placed & set(layer)
        placed |= set(layer)

    cycle = find_cycle(graph)
    assert (placed == set(graph)) == (not cycle)
    assert all(after in graph[name] for name, after in zip(cycle, (*cycle[1:], *cycle[:1]), strict=True))


@given(GRAPHS)
def test_the_widest_places_are_those_with_most_needs_and_most_that_need_them(graph: dict[str, list[str]]) -> None:
    found = shape(graph)

    dependents = {name: sum(name in needs for needs in graph.values()) for name in graph}
    assert (found.vertices, found.fan_in) == (len(graph), max(len(set(needs)) for needs in graph.values()))
    assert found.fan_out == max(dependents.values())
    assert found.waits is None if found.fan_in == 0 else len(set(graph[found.waits or ""])) == found.fan_in
    assert found.awaited is None if found.fan_out == 0 else dependents[found.awaited or ""] == found.fan_out
