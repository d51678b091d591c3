"""Expressions, nodes and facts by chance, and a second opinion on every verdict."""

import operator
from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import strategies as st

from ccorch.rules.expression import Facts, Fan, NodeType, Type, Types
from ccorch.rules.expression.tree import And, Compare, Constant, Each, Length, Not, OneOf, Or, Path, Term, read_by

FIELDS = {
    "status": Type("string", ("pass", "fail", "blocked")),
    "note": Type("string", optional=True),
    "count": Type("integer"),
    "ratio": Type("number"),
    "ok": Type("boolean"),
    "issues": Type("list"),
}
SINGLES = ("testing", "code-review", "a.b-c", "not", "1a")
TYPES: Types = {**{name: NodeType(FIELDS) for name in SINGLES}, "fan": NodeType(FIELDS, fan_out=True)}

SAID = st.one_of(st.sampled_from(["pass", "fail", "blocked", ""]), st.text(max_size=5))
NUMBERS = st.one_of(st.integers(-3, 3), st.integers(), st.floats(allow_nan=False, allow_infinity=False))
CONSTANTS = st.one_of(SAID, NUMBERS, st.booleans(), st.none()).map(Constant)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*FIELDS, "x"]), inner, max_size=3),
    max_leaves=5,
)
FITTING: Mapping[str, st.SearchStrategy[Any]] = {
    "status": st.sampled_from(["pass", "fail", "blocked"]),
    "note": st.one_of(st.none(), SAID),
    "count": st.integers(-3, 3),
    "ratio": st.floats(allow_nan=False),
    "ok": st.booleans(),
    "issues": st.lists(st.text(max_size=2), max_size=3),
}
NODES = st.fixed_dictionaries(dict(FITTING))
PARTLY = st.fixed_dictionaries({}, optional=dict(FITTING))


def facts(node: st.SearchStrategy[Any]) -> st.SearchStrategy[Facts]:
    """What is known of each node and of one to four members of the fan-out."""
    members = st.lists(node, min_size=1, max_size=4).map(
        lambda known: Fan({f"fan.{number}": one for number, one in enumerate(known)})
    )
    return st.fixed_dictionaries({**dict.fromkeys(SINGLES, node), "fan": members})


def _leaves(names: tuple[str, ...]) -> st.SearchStrategy[Term]:
    """Comparisons of a field with what it may be."""
    node = st.sampled_from(names)

    def path(field: str) -> st.SearchStrategy[Term]:
        return node.map(lambda name: Path(name, (field,)))

    equality, order = st.sampled_from(["==", "!="]), st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
    words = st.sampled_from(["pass", "fail", "blocked"]).map(Constant)
    numbers = NUMBERS.map(Constant)
    length = node.map(lambda name: Length(Path(name, ("issues",))))
    return st.one_of(
        path("ok"),
        st.builds(Compare, path("status"), equality, words),
        st.builds(OneOf, path("status"), st.lists(words, min_size=1, max_size=3).map(tuple)),
        st.builds(Compare, path("note"), equality, st.one_of(SAID.map(Constant), st.just(Constant(None)))),
        st.builds(Compare, st.one_of(path("count"), path("ratio"), length), order, numbers),
        st.builds(Compare, numbers, order, path("count")),
        st.builds(Compare, path("count"), order, path("ratio")),
    )


def _joined(leaves: st.SearchStrategy[Term]) -> st.SearchStrategy[Term]:
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            inner.map(Not),
            st.lists(inner, min_size=2, max_size=3).map(lambda parts: And(tuple(parts))),
            st.lists(inner, min_size=2, max_size=3).map(lambda parts: Or(tuple(parts))),
        ),
        max_leaves=6,
    )


_BODIES = _joined(_leaves(("fan", *SINGLES[:2]))).filter(lambda body: "fan" in read_by(body))
_QUANTIFIED = st.one_of(
    st.builds(Each, st.sampled_from(["all", "any"]), _BODIES),
    st.builds(
        Compare,
        _BODIES.map(lambda body: Each("count", body)),
        st.sampled_from(["==", "!=", "<", "<=", ">", ">="]),
        st.integers(0, 4).map(Constant),
    ),
)
RIGHT = _joined(st.one_of(_leaves(SINGLES), _QUANTIFIED))
"""Terms that say something sensible of these nodes."""

_PATHS = st.builds(
    Path, st.sampled_from([*SINGLES, "fan", "nobody"]), st.lists(st.sampled_from([*FIELDS, "in"])).map(tuple)
)
_VALUES = st.one_of(CONSTANTS, _PATHS, _PATHS.map(Length))


def _mixed(inner: st.SearchStrategy[Term]) -> st.SearchStrategy[Term]:
    parts = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        inner.map(Not),
        parts.map(And),
        parts.map(Or),
        st.builds(Compare, inner, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), inner),
        st.builds(OneOf, inner, st.lists(CONSTANTS, max_size=3).map(tuple)),
    )


_FLAT = st.recursive(_VALUES, _mixed, max_leaves=6)
ANY = st.recursive(
    st.one_of(_VALUES, st.builds(Each, st.sampled_from(["all", "any", "count"]), _FLAT)), _mixed, max_leaves=6
)
"""Terms that the grammar allows, however senseless."""


def second_opinion(term: Term, known: Mapping[str, Any]) -> bool | None:
    """The same verdict the naive way: not, and, or as arithmetic on 0, ½ and 1."""
    return {0.0: False, 0.5: None, 1.0: True}[_degree(term, known)]


_DO: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _degree(term: Term, known: Mapping[str, Any]) -> float:
    match term:
        case Not(part=part):
            return 1 - _degree(part, known)
        case And(parts=parts):
            return min(_degree(part, known) for part in parts)
        case Or(parts=parts):
            return max(_degree(part, known) for part in parts)
        case Each(word="all", body=body):
            return min(_degree(body, {**known, "fan": one}) for one in known["fan"].members.values())
        case Each(word="any", body=body):
            return max(_degree(body, {**known, "fan": one}) for one in known["fan"].members.values())
        case Compare(left=Each(body=body), mark=mark, right=Constant(value=wanted)):
            degrees = [_degree(body, {**known, "fan": one}) for one in known["fan"].members.values()]
            counts = range(degrees.count(1), degrees.count(1) + degrees.count(0.5) + 1)
            said = {_DO[mark](count, wanted) for count in counts}
            return 0.5 if len(said) > 1 else float(said.pop())
        case Compare(left=left, mark=mark, right=right):
            one, other = _found(left, known), _found(right, known)
            if right == Constant(None) and one is not ...:
                return float(_DO[mark](one, None))
            return 0.5 if one in (..., None) or other in (..., None) else float(_DO[mark](one, other))
        case OneOf(value=inner, choices=choices):
            return max(_degree(Compare(inner, "==", choice), known) for choice in choices)
        case _:
            found = _found(term, known)
            return 0.5 if found in (..., None) else float(found)


def _found(term: Term, known: Mapping[str, Any]) -> Any:
    match term:
        case Constant(value=value):
            return value
        case Path(node=node, fields=(field,)):
            return known[node].get(field, ...)
        case Length(path=path):
            found = _found(path, known)
            return found if found is ... else len(found)
    raise AssertionError(term)
