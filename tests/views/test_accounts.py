"""Reports tell any runs there may be, and a worker's words stay text in Markdown and on a page."""

from dataclasses import replace
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from ccorch.schema.artifacts import Left
from ccorch.schema.event import Ended, Event, Found, Metered, Reopened, Started, Submitted
from ccorch.schema.finding import Finding
from ccorch.views.accounts import Account, accounts
from ccorch.views.document import Heading, Part, Picture, Points, Table, Words, markdown
from ccorch.views.page import page
from ccorch.views.report import Story, report
from ccorch.views.summary import Fold
from tests.plan_kit import HASH, node, plan
from tests.run_kit import RUN
from tests.views.logs import LOGS, numbered

PLAN = plan(node("a"), node("b", "a"), node("c", "b"))
HOSTILE = '<script>alert(1)</script> "><img src=x onerror=y> [a](javascript:b) | `c` \u202e\x1b[2J'


def account(events: list[Event], task: str = "look") -> Account:
    fold = Fold(PLAN)
    for event in numbered(events):
        fold.apply(event)
    return Account(RUN, fold.status, "/project", "single", task, fold.summary(), bytes=100)


def told(*found: Account) -> str:
    return markdown(accounts("Runs", found, 1000.0, 50, due=True))


class Tags(HTMLParser):
    """Every tag of a page, and whether each that was opened was closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.attributes: set[str] = set()
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@given(st.lists(LOGS, max_size=4))
def test_any_runs_can_be_told_in_both_forms(logs: list[list[Event]]) -> None:
    parts = accounts("Runs", [account(log) for log in logs], 1000.0, 2, due=False)

    assert markdown(parts).startswith("# Runs\n")
    assert Tags(page(parts)).open == []


def test_words_of_a_worker_are_text_on_a_page() -> None:
    hostile: list[Event] = [
        Started(node="a", attempt=1),
        Found(finding=Finding(code="c", severity="high", blocking=True, node="a", message=HOSTILE)),
        Ended(node="a", attempt=1, passed=False, reason=HOSTILE),
    ]
    story = report(Story(RUN, "failed", HOSTILE, PLAN, numbered(hostile), {"a": {"summary": HOSTILE}}, None, None))
    every: tuple[Part, ...] = (
        *story,
        *accounts(HOSTILE, [account(hostile, HOSTILE)], 1000.0, 9, due=True),
        *(Heading(HOSTILE), Words(HOSTILE), Points((HOSTILE,)), Table(("x",), ((HOSTILE,),))),
        Picture("<svg></svg>", HOSTILE),
    )
    tags = Tags(page(every))

    assert tags.open == []
    assert tags.seen & {"script", "img", "a", "iframe", "link", "object"} == set()
    assert not any(name.startswith("on") or name in ("href", "src") for name in tags.attributes)
    assert "\x1b" not in page(every) + markdown(every)
    assert "\u202e" not in page(every) + markdown(every)
    assert "<script" not in markdown(every).replace("\\<script", "")


def test_what_was_stopped_and_what_counts_for_nothing_is_counted_and_models_are_told_apart() -> None:
    def used(node: str, model: str) -> Metered:
        return Metered(node=node, attempt=1, model=model, input_tokens=2, output_tokens=1, usd=0.25, exact=True)

    again: list[Event] = [
        Submitted(run=RUN, plan=HASH, by="terminal"),
        Started(node="a", attempt=1),
        used("a", "m"),
        Ended(node="a", attempt=1, passed=False, outcome="timed_out"),
        Reopened(nodes=("a",), by="retry"),
        Started(node="a", attempt=2),
        used("a", "m"),
        Ended(node="a", attempt=2, passed=False, outcome="timed_out"),
    ]
    said = told(account(again), account([Started(node="a", attempt=1)]))

    assert "- attempts that were stopped: 1; that count for nothing: 1" in said
    assert "| scripted-balanced | 1 | 1 | 2 | 4 | 2 | $0.50 |" in said
    assert "- money: $0.50" in said


def test_one_file_is_one_file() -> None:
    assert "| 1 file, 100 B |" in told(replace(account([]), artifacts=Left(files=1, bytes=100)))


def test_unknown_tokens_make_the_sum_a_least_one() -> None:
    unknown = Metered(node="a", attempt=1, model="m", input_tokens=None, output_tokens=1, usd=None, exact=False)

    said = told(account([Started(node="a", attempt=1), unknown]), account([]))

    assert "- tokens: at least 0" in said
    assert "- money: unknown" in said


def test_no_run_is_said_as_that() -> None:
    assert told() == "# Runs\n\nNo run fits.\n"
