"""Tables, columns and folded text stay within the terminal and keep what was said."""

import io

from hypothesis import given
from hypothesis import strategies as st

from ccorch.frontends.cli.layout import cells, clip, columns, cut, lane, table, wrapped
from ccorch.frontends.cli.screen import ENDLESS, Screen
from ccorch.rules.amounts import limit, money, span, tokens

WORDS = st.text(alphabet="ab 漢字é\n\t\x1b[31m🙂", max_size=60)
WIDTHS = st.integers(40, 160)


@given(WORDS, st.integers(1, 80))
def test_a_clipped_text_fits_and_begins_the_same(text: str, width: int) -> None:
    shown = clip(text, width)

    assert cells(shown) <= width
    assert shown == text or text.startswith(shown.removesuffix("…"))


@given(st.lists(st.tuples(WORDS, WORDS, WORDS), max_size=5), WIDTHS)
def test_a_table_fits(rows: list[tuple[str, str, str]], width: int) -> None:
    folded = table(("a", "b", "c"), rows, width, gives="b", drops=("c",))
    lines = cut(("a", "b", "c"), rows, width, gives="b", drops=("c",))

    assert len(lines) == len(rows) + 1
    assert all(cells(text) <= width for text in (*lines, *folded))


@given(st.lists(st.lists(WORDS, max_size=4), min_size=1, max_size=4), WIDTHS)
def test_columns_fit_or_have_no_room(blocks: list[list[str]], width: int) -> None:
    room = lane(len(blocks), width)

    assert (room is None) == ((width - 2 * (len(blocks) - 1)) // len(blocks) < 36)
    assert room is None or all(cells(text) <= width for text in columns(blocks, room))


@given(st.text(alphabet="ab 漢é,.\n", max_size=200), WIDTHS)
def test_folding_loses_no_letter_and_fits(text: str, width: int) -> None:
    lines = wrapped(text, width)

    assert all(cells(part) <= width for part in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


@given(st.text(alphabet="ab 漢é.", max_size=60), st.text(alphabet="ab -", min_size=1, max_size=38), WIDTHS)
def test_a_command_that_fits_is_not_torn(before: str, command: str, width: int) -> None:
    lines = wrapped(f"{before} `{command}` goes on", width)

    assert any(f"`{command}`" in part for part in lines)
    assert all(cells(part) <= width for part in lines)


def test_the_first_column_takes_what_others_leave() -> None:
    rows = [("nodes/implement/1/stream.ndjson", "23412"), ("plan.json", "7")]

    assert table(("file", "bytes"), rows, 40)[1] == "nodes/implement/1/stream.ndjson  23412"


def test_only_what_has_a_style_is_written_with_signs_for_colours() -> None:
    screen = Screen(io.StringIO(), io.StringIO(), 40, colour=True)

    assert list(screen.told("one two")) == ["one two"]
    assert list(screen.told("one", "red")) == ["\x1b[31mone\x1b[0m"]
    assert list(screen.titled("plan 1", " of one", "bold")) == ["\x1b[1mplan 1\x1b[0m of one"]


def test_wide_letters_line_up() -> None:
    lines = table(("node", "task"), [("審查", "x"), ("ab", "y")], 40)

    assert [cells(text[: text.index(sign)]) for text, sign in zip(lines, "txy", strict=True)] == [6, 6, 6]


def test_the_first_column_is_cut_last() -> None:
    lines = table(("run", "state", "task"), [("0123456789abcdef", "running", "words " * 40)], 60)

    assert lines[1].startswith("0123456789abcdef  running  words")
    assert cells(lines[1]) <= 60


def test_an_endless_name_leaves_room_for_the_others() -> None:
    rows = [("x" * 200, "native", "glm-5.2"), ("glm", "native", "glm-5.2")]
    lines = cut(("profile", "source", "models"), rows, 80, gives="models", drops=("source",))

    assert all(text.endswith("native  glm-5.2") and cells(text) <= 80 for text in lines[1:])
    assert lines[1].startswith("x" * 62 + "…")


ROWS = (("0123456789abcdef", "running", "$0.0123", "one two three four five six"),)
HEADS = ("run", "state", "money", "task")


def test_what_gives_way_is_folded_at_words() -> None:
    lines = table(HEADS, ROWS, 54, gives="task")

    assert [text.split()[-1] for text in lines[1:]] == ["four", "six"]
    assert "".join(lines).count("…") == 0


def test_a_narrow_table_drops_what_matters_least_and_cuts_nothing_else() -> None:
    lines = cut(HEADS, ROWS, 40, gives="task", drops=("money", "task"))

    assert lines[0].split() == ["run", "state", "task"]
    assert lines[1].startswith("0123456789abcdef  running  one two")


def test_without_bounds_nothing_is_cut() -> None:
    rows = [("a" * 300, "b" * 300, "c" * 300)]

    assert table(("x", "y", "z"), rows, ENDLESS, gives="z")[1].split() == list(rows[0])


def test_amounts_are_short_and_unknown_is_said() -> None:
    assert [money(usd) for usd in (None, 0.0, 0.0123, 2.0, 1234.5, 0.00001)] == [
        "unknown", "$0", "$0.0123", "$2.00", "$1,234.50", "<$0.0001",
    ]  # fmt: skip
    assert [tokens(n) for n in (None, 0, 950, 12_345, 999_999, 1_234_567)] == [
        "unknown", "0", "950", "12.3k", "1.0M", "1.2M",
    ]  # fmt: skip
    assert [span(s) for s in (0.44, 12, 185, 7620)] == ["0.4s", "12s", "3m05s", "2h07m"]
    limits = {
        0.5: "0.5s",
        45: "45s",
        60: "1 min",
        90: "90s",
        300: "5 min",
        225: "3m45s",
        7200: "2 h",
        9000: "2h30m",
    }
    assert {seconds: limit(seconds) for seconds in limits} == limits
