"""Whoever waits goes on when the reader has come as far, in its order and once."""

from hypothesis import given
from hypothesis import strategies as st

from ccorch.adapters.process.shim.lines import Line
from ccorch.adapters.process.shim.turnstile import Turnstile


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 9)), max_size=30))
def test_nobody_goes_on_before_the_reader(steps: list[tuple[bool, int]]) -> None:
    turnstile, number, read = Turnstile(), 0, 0
    gone: list[int] = []
    for comes, by in steps:
        if comes:
            number += by
            if not turnstile.holds(Line(number, "control_request", "", "", (), None)):
                gone.append(number)
        else:
            read = max(read, by * 3)
            gone += [line.number for line in turnstile.read(by * 3)]
        assert all(one <= read for one in gone)
        assert gone == sorted(set(gone))
    gone += [line.number for line in turnstile.read(number)]

    assert turnstile.empty
    assert gone == sorted(set(gone))
    assert len(gone) == sum(comes for comes, _ in steps)
