"""Lists as people read them: what is left out is counted."""

from hypothesis import given
from hypothesis import strategies as st

from ccorch.rules.amounts import some

THINGS = st.lists(st.text("ab", min_size=1, max_size=3), max_size=15)


@given(THINGS, st.integers(min_value=1, max_value=12))
def test_of_many_the_first_are_told_and_how_many_more_there_are(things: list[str], most: int) -> None:
    said = some(things, most)

    told, _, more = said.partition(" and ")
    assert (told.split(", ") if told else []) == things[:most]
    assert more == (f"{len(things) - most} more" if len(things) > most else "")
