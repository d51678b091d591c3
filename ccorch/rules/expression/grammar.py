"""Reads the words of an expression into its tree, each word once."""

from typing import NoReturn, get_args

from ccorch.rules.expression.problems import ExpressionInvalid, Problem
from ccorch.rules.expression.tree import (
    RESERVED,
    And,
    Compare,
    Constant,
    Each,
    Expression,
    Length,
    Mark,
    Not,
    OneOf,
    Or,
    Path,
    Quantifier,
    Term,
)
from ccorch.rules.expression.words import Word, cut

DEEPEST = 32
"""Most parentheses, calls and negations within each other."""


def parse(text: str) -> Expression:
    """The expression that a text spells; raises ExpressionInvalid with what is wrong and at which column."""
    words, problems = cut(text)
    if problems:
        raise ExpressionInvalid(text, problems)
    return Expression(_Reader(text, words).whole())


_CONSTANTS = {"true": True, "false": False, "null": None}
_MARKS: tuple[Mark, ...] = get_args(Mark)
_EACH: tuple[Quantifier, ...] = get_args(Quantifier)
_CALLS = (*_EACH, "len", "node")


class _Reader:
    """Stands at one word of the text and knows how deep it is."""

    def __init__(self, text: str, words: tuple[Word, ...]) -> None:
        self.text = text
        self.words = words
        self.place = 0
        self.depth = 0
        self.counting = False

    @property
    def now(self) -> Word:
        return self.words[self.place]

    def whole(self) -> Term:
        term = self.either()
        if self.now.kind != "end":
            self.stop(self.now, f"{self.now.written!r} stands where the expression is over; join with and, or")
        return term

    def either(self) -> Term:
        first = self.both()
        parts = [first]
        while self.now.is_("or"):
            self.next()
            parts.append(self.both())
        return Or(tuple(parts), first.column) if len(parts) > 1 else first

    def both(self) -> Term:
        first = self.contrary()
        parts = [first]
        while self.now.is_("and"):
            self.next()
            parts.append(self.contrary())
        return And(tuple(parts), first.column) if len(parts) > 1 else first

    def contrary(self) -> Term:
        if not self.now.is_("not"):
            return self.comparison()
        column = self.deeper().column
        part = self.contrary()
        self.depth -= 1
        return Not(part, column)

    def comparison(self) -> Term:
        left = self.value()
        word = self.now
        if word.kind == "mark" and word.written in _MARKS:
            self.next()
            term: Term = Compare(left, word.written, self.value(), left.column)
        elif word.is_("in"):
            self.next()
            term = OneOf(left, self.choices(), left.column)
        elif word.is_("not") and self.words[self.place + 1].is_("in"):
            self.place += 2
            term = Not(OneOf(left, self.choices(), left.column), left.column)
        else:
            return left
        if self.now.written in (*_MARKS, "in") and self.now.kind in ("mark", "word"):
            self.stop(self.now, "comparisons do not chain; write a < b and b < c")
        return term

    def value(self) -> Term:
        word = self.now
        if word.is_("("):
            self.deeper()
            term = self.either()
            self.close(word)
            return term
        if word.kind in ("text", "number") or word.is_(*_CONSTANTS):
            return self.constant()
        if word.kind == "word" and word.written not in RESERVED:
            return self.call() if self.words[self.place + 1].is_("(") else self.path()
        self.stop(word, f"a value is missing before {word.written!r}" if word.written else "a value is missing")

    def constant(self) -> Constant:
        word = self.next()
        value = _CONSTANTS[word.written] if word.kind == "word" else word.value
        return Constant(value, word.column)

    def call(self) -> Term:
        word = self.now
        match word.written:
            case "node":
                return self.path()
            case "len":
                self.next()
                opened = self.deeper()
                length = Length(self.path(), word.column)
                self.close(opened)
                return length
            case "all" | "any" | "count":
                return self.each(word, word.written)
        self.stop(word, f"there is no {word.written}(); known are {', '.join(f'{name}()' for name in _CALLS)}")

    def each(self, word: Word, quantifier: Quantifier) -> Each:
        if self.counting:
            self.stop(word, f"{quantifier}() cannot stand within another of {', '.join(_EACH)}")
        self.next()
        opened = self.deeper()
        self.counting = True
        body = self.either()
        self.counting = False
        self.close(opened)
        return Each(quantifier, body, word.column)

    def path(self) -> Path:
        column = self.now.column
        node = self.node()
        fields: list[Word] = []
        while self.now.is_("."):
            self.next()
            if self.now.kind != "word":
                self.stop(self.now, f"a field is missing behind {node}.")
            fields.append(self.next())
        names, columns = (word.written for word in fields), (word.column for word in fields)
        return Path(node, tuple(names), column, tuple(columns))

    def node(self) -> str:
        word = self.next()
        if word.kind != "word" or word.written in RESERVED:
            self.stop(word, f'{word.written or "the end"!r} is no node; write NODE.FIELD or node("NODE").FIELD')
        if word.written != "node" or not self.now.is_("("):
            return word.written
        opened = self.next()
        name = self.next()
        if name.kind != "text":
            self.stop(name, 'node() takes a node\'s id in quotes: node("a.b-c").status')
        self.depth += 1
        self.close(opened)
        return str(name.value)

    def choices(self) -> tuple[Constant, ...]:
        if not self.now.is_("["):
            self.stop(self.now, 'in wants a list such as ["pass", "blocked"]')
        opened = self.next()
        choices: list[Constant] = []
        while not self.now.is_("]"):
            if choices:
                self.expect(",", opened)
            if self.now.kind not in ("text", "number") and not self.now.is_(*_CONSTANTS):
                self.stop(self.now, "a list holds texts, numbers, true, false and null only")
            choices.append(self.constant())
        self.next()
        return tuple(choices)

    def next(self) -> Word:
        word = self.now
        self.place = min(self.place + 1, len(self.words) - 1)
        return word

    def deeper(self) -> Word:
        """Goes past the word that opens something."""
        self.depth += 1
        if self.depth > DEEPEST:
            self.stop(self.now, f"more than {DEEPEST} parentheses, calls and negations within each other")
        return self.next()

    def close(self, opened: Word) -> None:
        self.depth -= 1
        self.expect(")", opened)

    def expect(self, mark: str, opened: Word) -> None:
        if not self.now.is_(mark):
            found = f"found {self.now.written!r}" if self.now.written else "the expression is over"
            self.stop(self.now, f"{mark} is missing for the {opened.written} of column {opened.column}; {found}")
        self.next()

    def stop(self, word: Word, message: str) -> NoReturn:
        raise ExpressionInvalid(self.text, (Problem(word.column, word.written, message),))
