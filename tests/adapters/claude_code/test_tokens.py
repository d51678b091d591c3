"""Tokens are judged by what is known once: no second reading, nor an end, is held against a worker."""

from pathlib import Path
from typing import Any

from ccorch.adapters.claude_code.tokens import Tokens
from ccorch.ports import AttemptId, WorkOrder
from ccorch.schema.ledger import LedgerLine
from ccorch.schema.profile import Profile
from ccorch.schema.run import Launch
from tests.adapters.claude_code.kit import Clock
from tests.adapters.claude_code.test_claude_metering import result, said
from tests.plan_kit import PROFILE, node

LIMIT = 1000
LOGIN = PROFILE.model_copy(update={"kind": "subscription"})


class Books:
    """A ledger in which each line stands once, and the limit that it is held to."""

    def __init__(self) -> None:
        self.lines: dict[str, LedgerLine] = {}

    def book(self, line: LedgerLine) -> None:
        self.lines.setdefault(line.id, line)

    def spent(self, more: int) -> str | None:
        used = sum(line.usage.tokens for line in self.lines.values()) + more
        return f"{used} tokens" if used >= LIMIT else None

    def read(self, *stream: dict[str, Any], profile: Profile = LOGIN) -> Tokens:
        """A fresh reading of a stream."""
        order = WorkOrder(
            id=AttemptId("0123456789abcdef", "main", 1),
            node=node("main"),
            profile=profile,
            launch=Launch(project="/p", claude=None, environment={}),
            cwd=Path("/p"),
            blocks=(),
            seat=None,
        )
        tokens = Tokens(order, self.book, self.spent, Clock())
        for data in stream:
            tokens.take(data)
        return tokens


def calls(name: str, tokens: int) -> dict[str, Any]:
    data = said(name, tokens, 0, 0, 0)
    data["message"]["content"] = [{"type": "tool_use", "id": name, "name": "Read", "input": {}}]
    return data


def test_a_stream_that_is_read_again_counts_once() -> None:
    books, stream = Books(), (calls("a", 600), calls("b", 100))

    assert books.read(*stream).too_many() is None
    assert books.read(*stream).too_many() is None
    assert books.read(*stream, calls("c", 300)).too_many() == "1000 tokens"


def test_only_who_goes_on_is_stopped_and_each_call_is_judged_once() -> None:
    books = Books()
    tokens = books.read(calls("a", LIMIT))
    assert (tokens.too_many(), tokens.too_many()) == ("1000 tokens", None)

    tokens.take(result(LIMIT, 0, 0, 0))
    assert (tokens.too_many(), tokens.used_up()) == (None, "1000 tokens")
    assert books.read(said("b", LIMIT, 0, 0, 0)).too_many() is None


def test_what_passes_the_gateway_is_judged_there() -> None:
    books = Books()
    tokens = books.read(calls("a", LIMIT), profile=PROFILE)
    tokens.finish()

    assert (tokens.too_many(), tokens.used_up(), books.lines) == (None, None, {})
