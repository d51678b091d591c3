"""What a worker wrote cannot steer a terminal, hide, or be lost."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccorch.rules.plain import few, line, plain, short, whole_letters

LETTERS = st.text(
    alphabet=st.one_of(st.sampled_from("\x1b\x9b[]0;m\x07\\P\r\n\t\u202e\u200b\ud800ab漢é"), st.characters())
)


@given(LETTERS)
def test_nothing_is_left_that_steers_or_hides(text: str) -> None:
    left = plain(text)

    assert all(letter in "\n\t" or unicodedata.category(letter) not in ("Cc", "Cs") for letter in left)
    assert not set("\u202a\u202e\u2066\u2069\u200b\ufeff") & set(left)
    left.encode("utf-8")


@given(LETTERS)
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert plain(plain(text)) == plain(text)


@given(st.text(alphabet="abc é漢字🙂👩\u200d\n\t.,"))
def test_ordinary_letters_stay(text: str) -> None:
    assert plain(text) == text


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b]52;c;aGk=\x07", ""),
        ("\x1b]0;unended\nnext line", "\nnext line"),
        ("a\rb\r\nc\u2028d", "a\nb\nc\nd"),
        ("x\x08\x08y\x00", "xy"),
        ("exe\u202etxt.evil", "exetxt.evil"),
        ("hidden\U000e0041\U000e0042", "hidden"),
    ],
)
def test_known_tricks(written: str, read: str) -> None:
    assert plain(written) == read


@given(LETTERS)
def test_a_line_is_one_line(text: str) -> None:
    assert "\n" not in line(text)
    assert line(text) == line(text).strip()


@given(st.text(), st.integers(1, 40))
def test_what_is_short_stays_whole_and_what_is_long_says_so(text: str, most: int) -> None:
    said = short(text, most)

    assert len(said) <= most
    assert said == line(text) if len(line(text)) <= most else said == line(text)[: most - 1] + "…"


@given(st.lists(st.text(max_size=9), max_size=9), st.integers(0, 5))
def test_of_many_sentences_the_first_are_told_and_the_others_counted(said: list[str], most: int) -> None:
    told = few(iter(said), most, 4)

    assert told[:most] == tuple(short(one, 4) for one in said[:most])
    assert told[most:] == ((f"and {len(said) - most} more",) if len(said) > most else ())


@given(st.text(alphabet="aä漢😀", min_size=1), st.integers(4, 9))
def test_pieces_that_end_between_letters_make_the_text(text: str, most: int) -> None:
    content, found, start = text.encode(), "", 0
    while start < len(content):
        piece = whole_letters(content[start : start + most])
        assert piece
        found, start = found + piece.decode(), start + len(piece)

    assert found == text


@given(st.binary(min_size=1, max_size=8))
def test_bytes_that_are_no_letters_end_no_text_early(content: bytes) -> None:
    assert 0 <= len(content) - len(whole_letters(content)) < 4
    assert whole_letters(content) or len(content) < 4
