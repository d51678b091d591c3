"""Finds before anything runs what an expression gets wrong about the nodes it reads; all of it at once."""

from dataclasses import dataclass, field

from ccorch.rules.expression.problems import Problem, misnamed
from ccorch.rules.expression.tree import (
    And,
    Compare,
    Constant,
    Each,
    Expression,
    Length,
    Not,
    OneOf,
    Or,
    Path,
    Term,
    paths,
    read_by,
    spelled,
)
from ccorch.rules.expression.types import Kind, NodeType, Type, Types


def check(expression: Expression, types: Types) -> tuple[Problem, ...]:
    """Everything that is wrong with it, from left to right; none when it can be judged."""
    checking = _Checking(types)
    checking.verdict(expression.root)
    return tuple(sorted(checking.found, key=lambda problem: problem.column))


_BOOLEAN = Type("boolean")
_WORDS: dict[Kind, str] = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "list": "a list",
    "object": "an object",
    "null": "null",
}
_NUMBERS = ("integer", "number")
_SINGLE = ("string", "integer", "number", "boolean", "null")


@dataclass
class _Checking:
    """The nodes that can be read, and what has been found wrong so far."""

    types: Types
    found: list[Problem] = field(default_factory=list)
    member: str | None = None
    """The fan-out whose name means one member here."""

    def add(self, term: Term, message: str) -> None:
        self.found.append(Problem(term.column, spelled(term), message))

    def verdict(self, term: Term) -> None:
        """The term has to hold or not."""
        found = self.type_of(term)
        if found and found.kind != "boolean":
            example = _example(found)
            more = f"; compare it, as in {spelled(term)} {example}" if example else ""
            self.add(term, f"{spelled(term)} is {_WORDS[found.kind]} and does not hold or fail by itself{more}")

    def type_of(self, term: Term) -> Type | None:
        """What the term is; None when that is already said to be wrong."""
        match term:
            case Constant(value=value):
                return _of_constant(value)
            case Path():
                return self.field(term)
            case Length(path=path):
                self.length(path)
                return Type("integer")
            case Not(part=part):
                self.verdict(part)
            case And(parts=parts) | Or(parts=parts):
                for part in parts:
                    self.verdict(part)
            case Compare():
                self.compare(term)
            case OneOf():
                self.one_of(term)
            case Each():
                self.each(term)
                return Type("integer") if term.word == "count" else _BOOLEAN
        return _BOOLEAN

    def field(self, path: Path) -> Type | None:
        node = self.node(path)
        if node is None:
            return None
        if not path.fields:
            self.add(path, f"{path.node} is a node; name one of its fields: {', '.join(node.fields)}")
            return None
        found = Type("object", fields=node.fields)
        for place, name in enumerate(path.fields):
            around = spelled(Path(path.node, path.fields[:place]))
            if found.kind == "list":
                self.add(path, f"{around} is a list; only len({around}) can be asked of it")
                return None
            if found.kind != "object":
                self.add(path, f"{around} is {_WORDS[found.kind]} and has no field {name!r}")
                return None
            if name not in found.fields:
                column = path.columns[place] if path.columns else path.column
                self.found.append(misnamed(column, name, f"{around} has no field {name!r}", found.fields))
                return None
            found = found.fields[name]
        return found

    def node(self, path: Path) -> NodeType | None:
        node = self.types.get(path.node)
        if node is None:
            self.found.append(self.no_node(path))
            return None
        if node.fan_out and path.node != self.member:
            self.add(path, f"{path.node} is a fan-out; say of which members: all(…), any(…) or count(…)")
            return None
        return node

    def no_node(self, path: Path) -> Problem:
        words = (path.node, *path.fields)
        for length in range(len(words), 1, -1):
            dotted = ".".join(words[:length])
            if dotted in self.types:
                instead = spelled(Path(dotted, words[length:]))
                message = f"a node's id with dots is written in quotes: {instead}"
                return Problem(path.column, path.node, message)
        return misnamed(path.column, path.node, f"there is no node {path.node!r}", self.types)

    def length(self, path: Path) -> None:
        found = self.field(path)
        if found and found.kind != "list":
            self.add(path, f"{spelled(path)} is {_WORDS[found.kind]}; len() takes a list")

    def each(self, term: Each) -> None:
        fans = [name for name in read_by(term.body) if name in self.types and self.types[name].fan_out]
        unknown = any(path.node not in self.types for path in paths(term.body))
        if not fans and not unknown:
            of = tuple(name for name, node in self.types.items() if node.fan_out)
            there = f"fan-outs are {', '.join(of)}" if of else "there is none"
            self.add(term, f"{term.word}() has to speak of a fan-out node; {there}")
        if len(fans) > 1:
            self.add(term, f"{term.word}() speaks of several fan-outs at once: {', '.join(fans)}")
        self.member = fans[0] if fans else None
        self.verdict(term.body)
        self.member = None

    def compare(self, term: Compare) -> None:
        left, right = self.type_of(term.left), self.type_of(term.right)
        if not read_by(term.left) and not read_by(term.right):
            self.add(term, f"{spelled(term)} reads no node, so it always says the same")
            return
        if left and right:
            self.pair(term, left, right)

    def pair(self, term: Compare, left: Type, right: Type) -> None:
        for side, found in ((term.left, left), (term.right, right)):
            if found.kind not in _SINGLE:
                self.add(
                    side, f"{spelled(side)} is {_WORDS[found.kind]} and cannot be compared{_rather(side, found)}"
                )
                return
        if term.mark not in ("==", "!="):
            self.order(term, left, right)
        elif isinstance(term.left, Constant):
            self.equals(term.right, right, term.left, left)
        else:
            self.equals(term.left, left, term.right, right)

    def order(self, term: Compare, left: Type, right: Type) -> None:
        for side, found in ((term.left, left), (term.right, right)):
            if found.kind not in _NUMBERS:
                what = f"{spelled(side)} is {_WORDS[found.kind]}"
                self.add(side, f"{what}; {term.mark} takes numbers only. Use ==, != or in")
                return

    def equals(self, subject: Term, found: Type, other: Term, wanted: Type) -> None:
        """Whether the two can be equal at all."""
        if wanted.kind == "null":
            if not found.optional:
                self.add(other, f"{spelled(subject)} is never null")
        elif _family(found) != _family(wanted):
            self.add(other, f"{spelled(subject)} is {_WORDS[found.kind]} and never {_called(other, wanted)}")
        elif found.members and wanted.members and not set(found.members) & set(wanted.members):
            self.never(subject, found, other)

    def never(self, subject: Term, found: Type, other: Term) -> None:
        if not isinstance(other, Constant):
            self.add(other, f"{spelled(subject)} and {spelled(other)} have no value in common")
            return
        message = f"{spelled(subject)} is never {spelled(other)}"
        if isinstance(subject, Path) and subject.fields[-1] == "status" and other.value in _STATE_WORDS:
            message = f"{message} (how the node ended is {spelled(Path(subject.node, ('state',)))})"
        problem = misnamed(other.column, str(other.value), message, found.members)
        self.found.append(problem)

    def one_of(self, term: OneOf) -> None:
        found = self.type_of(term.value)
        if not read_by(term.value):
            self.add(term, f"{spelled(term)} reads no node, so it always says the same")
            return
        if not term.choices:
            self.add(term, "an empty list holds nothing, so it never holds")
        if found and found.kind not in _SINGLE:
            what = f"{spelled(term.value)} is {_WORDS[found.kind]}"
            self.add(term.value, f"{what} and cannot be compared{_rather(term.value, found)}")
        elif found:
            for choice in term.choices:
                self.equals(term.value, found, choice, _of_constant(choice.value))


_STATE_WORDS = ("passed", "failed", "skipped", "omitted")


def _of_constant(value: str | int | float | bool | None) -> Type:
    match value:
        case None:
            return Type("null")
        case bool():
            return _BOOLEAN
        case int():
            return Type("integer")
        case float():
            return Type("number")
        case str():
            return Type("string", (value,))


def _family(found: Type) -> str:
    return "number" if found.kind in _NUMBERS else found.kind


def _called(term: Term, found: Type) -> str:
    return f"the {_NOUNS[found.kind]} {spelled(term)}" if isinstance(term, Constant) else _WORDS[found.kind]


_NOUNS: dict[Kind, str] = {"string": "text", "integer": "number", "number": "number", "boolean": "value"}


def _rather(term: Term, found: Type) -> str:
    if found.kind == "list":
        return f"; use len({spelled(term)})"
    return f"; name one of its fields: {', '.join(found.fields)}" if found.fields else ""


def _example(found: Type) -> str:
    match found.kind:
        case "string":
            return f'== "{found.members[0]}"' if found.members else '== "…"'
        case "integer" | "number":
            return "== 0"
        case _:
            return ""
