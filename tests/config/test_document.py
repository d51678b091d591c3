"""YAML within bounds, read as Hydra reads it, with the line of every value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from omegaconf import OmegaConf

from ccorch.config.reading import parse
from ccorch.errors import ConfigInvalid
from tests.effort import effort

ALIAS_BOMB = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10)
)


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        (ALIAS_BOMB, 4, "more than 10000 values"),
        ("a: &a [*a]\n", 1, "more than"),
        ("a: " + "[" * 100_000, 1, "nested deeper"),
        ("a:\n" + "  - x\n" * 20_000, 9_999, "more than 10000"),
        ("x: 1\ny: 2\nx: 3\n", 3, "'x' stands twice, first in line 1"),
        ("x: !!python/object/apply:os.system [id]\n", 1, "not plain data"),
        ("x: !!binary aGk=\n", 1, "not plain data"),
        ("x: 1\n\n<<: {a: 1}\n", 3, "`<<` is not read"),
        ("x: 1\n2: y\n", 2, "a key must be text"),
        ("x: [1\n", 2, "not readable YAML"),
        ("- a\n", 1, "not a list"),
        ("a: 1\n---\nb: 2\n", 2, "not readable YAML"),
        ("a: .inf\n", 1, "not a finite number"),
        ("a: " + "9" * 5000 + "\n", 1, "4300 digits"),
        ("a: \x00\n", 1, "not readable YAML"),
    ],
)
def test_what_is_not_bounded_plain_data_is_refused_quickly_with_its_line(text: str, line: int, why: str) -> None:
    def refused() -> None:
        with pytest.raises(ConfigInvalid) as caught:
            parse(text, "f.yaml")
        assert caught.value.message.startswith(f"f.yaml:{line}: ")
        assert why in caught.value.message

    assert effort(refused, enough=2) < 2


def test_every_value_knows_its_line() -> None:
    document = parse("# What it is.\na:\n  b: 1\n  c:\n    - x\n    - d: 2\n", "f.yaml")

    assert document.at(("a", "b")) == "f.yaml:3"
    assert document.at(("a", "c", 1, "d")) == "f.yaml:6"
    assert document.at(("a", "zzz")) == "f.yaml:2"
    assert document.summary == "What it is."


@given(st.text("0123456789+-._eE:xob~yntrufalsoi ", min_size=1, max_size=8))
def test_scalars_mean_what_they_mean_to_hydra(text: str) -> None:
    source = f"a: {text}\n"
    try:
        ours = parse(source, "f").data
    except ConfigInvalid:
        return
    assert repr(ours) == repr(OmegaConf.to_container(OmegaConf.create(source)))
