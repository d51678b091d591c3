"""Promises of invoices: columns are found or named, every figure is taken or refused with its line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccorch.rules.invoice import Unreadable, read
from ccorch.rules.reconcile import Logged, SwitchLog, with_invoice, with_switch
from ccorch.schema.ledger import LedgerLine, Usage
from tests.adapters.usage.test_usage import line

CONSOLE = (
    "usage_date_utc,model_version,usage_input_tokens_no_cache,usage_input_tokens_cache_read,usage_output_tokens\n"
    '2026-08-01,glm-5.2,"1,000",20,30\n'
)
ACTIVITY = (
    "\ufeffcreated_at,model_permaslug,cost_total,tokens_prompt,tokens_completion\n2026-08-01T10:00:00,m,0.25,5,6\n"
)
GERMAN = "Datum;Modell;Betrag\n01.08.2026;glm;1.234,50\n"


def test_columns_of_providers_are_found_by_their_names() -> None:
    console, activity = read(CONSOLE, {}), read(ACTIVITY, {})

    assert (console.is_utc, console.charges[0].tokens, console.charges[0].nano_usd) == (True, 1050, None)
    assert (activity.is_utc, activity.charges[0].nano_usd, activity.charges[0].day) == (
        False,
        250_000_000,
        "2026-08-01",
    )


def test_columns_that_nobody_knows_can_be_named() -> None:
    found = read(GERMAN, {"day": "Datum", "model": "Modell", "usd": "Betrag"})

    assert found.charges[0].nano_usd == 1_234_500_000_000


def test_a_blank_cell_is_unknown_and_matches_nothing() -> None:
    invoice = read("date,model,usd\n2026-08-01,glm-5.2,\n2026-08-01,kimi,0\n2026-08-01,kimi,\n", {})
    assert [charge.nano_usd for charge in invoice.charges] == [None, 0, None]

    ours = [line("q1"), line("q2", served_model="kimi", declared_model="kimi", nano_usd=0)]
    rows = with_invoice(ours, invoice.charges, lambda line: "2026-08-01")
    assert [(row.model, row.state, row.there_usd) for row in rows] == [
        ("glm-5.2", "differs", None),
        ("kimi", "differs", None),
    ]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("", 1, "no column is known for day"),
        ("date,usd\n", 1, "no lines but its head"),
        ("date,colour\n2026-08-01,red\n", 1, "no column is known for usd"),
        ("date,usd\n2026-08-01,1\nsoon,2\n", 3, "'soon' is no day"),
        ("date,usd\n2026-08-01,nan\n", 2, "'nan' is no amount of money"),
        ("date,usd\n2026-08-01,many\n", 2, "'many' is no amount of money"),
        ("date,output_tokens\n2026-08-01,-4\n", 2, "'-4' is no number of tokens"),
        ("date,output_tokens\n2026-08-01,99999999999999999999999\n", 2, "is no number of tokens"),
        ("date,usd\n2026-08-01\n", 2, "1 cells where the head has 2"),
        ("date,usd,currency\n2026-08-01,7,CNY\n", 2, "its currency is 'CNY'"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(text: str, line: int, said: str) -> None:
    with pytest.raises(Unreadable) as problem:
        read(text, {})

    assert (problem.value.line, said in str(problem.value)) == (line, True)


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        told = len(read("date,usd\n" + text, {}).charges)
    except Unreadable as problem:
        told = problem.line

    assert told


def test_days_and_models_match_differ_or_stand_on_one_side_only() -> None:
    lines = [
        line("q1", day="2026-08-01", nano_usd=100_000_000),
        line("q2", day="2026-08-01", served_model="kimi", nano_usd=500_000_000),
        line("q3", day="2026-08-02", nano_usd=None),
    ]
    charges = read("date,model,usd\n2026-08-01,GLM-5.2,0.1005\n2026-08-01,kimi,0.9\n2026-08-02,odd,1\n", {}).charges
    rows = with_invoice(lines, charges, lambda one: one.day or "")

    assert {(row.day[-2:], row.model, row.state) for row in rows} == {
        ("01", "GLM-5.2", "matches"),
        ("01", "kimi", "differs"),
        ("02", "glm-5.2", "only here"),
        ("02", "odd", "only there"),
    }
    assert next(row for row in rows if row.state == "only here").here_usd is None


def logged(at: float, session: str, model: str, *counts: int) -> Logged:
    usage = Usage(input=counts[0], output=counts[1])
    return Logged(at=at, provider="glm", session=session, model=model, usage=usage, nano_usd=17)


def test_what_both_know_counts_once_by_session_or_by_tokens_and_time() -> None:
    at = line("q0").at
    lines: list[LedgerLine] = [
        line("q1", session_id="s1"),
        line("q2", session_id="s1"),
        line("q3", input_tokens=7),
        line("q4", input_tokens=9),
        line("q5", input_tokens=9),
    ]
    log = SwitchLog(
        requests=(
            logged(at, "s1", "glm-5.2", 6, 4),
            logged(at + 599, "", "GLM-5.2", 7, 2),
            logged(at + 601, "", "glm-5.2", 9, 2),
            logged(at - 5, "", "unknown", 9, 2),
        ),
        rolled=(("glm", 12, 10**9),),
    )
    found = with_switch(lines, log)

    assert (found.both, found.only_here, found.differing_sessions) == (3, 1, 0)
    assert [(only.provider, only.requests) for only in found.only_there] == [("glm", 1)]
    assert [(only.requests, only.usd) for only in found.rolled] == [(12, 1.0)]
