"""Promises of `ccorch usage` on the screen: short, and what is unknown is said."""

import csv
import io
import json
from pathlib import Path

import pytest

from ccorch.schema.ledger import LedgerLine
from tests.adapters.usage.test_usage import line
from tests.fakes.usage import MemoryUsage
from tests.frontends.houses import Stage


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def put(stage: Stage, *lines: LedgerLine) -> None:
    stage.usage = MemoryUsage(*(one.model_copy(update={"day": "2026-08-01"}) for one in lines))


def test_nothing_used_is_said_in_words(stage: Stage) -> None:
    assert stage.ccorch("usage").out == "nothing was used\n"
    assert stage.ccorch("usage", "--since", "2026-08").out == "nothing was used from 2026-08-01\n"


def test_unknown_money_is_counted_beside_what_is_known_and_a_plan_is_named(stage: Stage) -> None:
    put(
        stage,
        line("q1", nano_usd=1_500_000_000),
        line("q2", nano_usd=None),
        line("q3", nano_usd=None, price_version="plan", served_model="claude-sonnet-5"),
        line("q4", nano_usd=None, served_model="odd"),
        line("q5", "refused", served_model=None, ended="refused", input_tokens=0, output_tokens=0, nano_usd=0),
    )
    out = stage.ccorch("usage").out

    cells = {row.split()[0]: row for row in out.splitlines()[1:6]}
    assert "$1.50 + 1 unknown" in cells["glm-5.2"]
    assert " plan " in cells["claude-sonnet-5"]
    assert " 1 unknown " in cells["odd"]
    assert cells["no"].startswith("no answer")
    assert cells["no"].endswith("1")
    assert "$1.50 + 2 unknown + plan" in cells["total"]
    assert "! the money of 2 requests is unknown: no price was known for the model" in out
    told = json.loads(stage.ccorch("usage", "--json").out)
    assert (told["total"]["usd"], told["total"]["known_usd"], told["total"]["unpriced"]) == (None, 1.5, 2)


def test_what_names_nothing_has_its_share(stage: Stage) -> None:
    put(stage, line("q1", label="night"), line("q2", label=None), line("q3", label=None), line("q4", label=None))

    assert "unattributed: 75.0% of the tokens name no label" in stage.ccorch("usage", "--by", "label").out


def test_hundreds_of_names_stay_short_and_the_rest_is_told_together(stage: Stage) -> None:
    put(stage, *(line(f"q{n}", served_model=f"model-{n:03}", nano_usd=n * 10**7) for n in range(300)))
    out = stage.ccorch("usage").out

    assert len(out.encode()) <= 2000
    assert out.splitlines()[1].startswith("model-299")
    assert "288 more  " in out
    assert len(json.loads(stage.ccorch("usage", "--limit", "300", "--json").out)["rows"]) == 300


def test_a_spreadsheet_gets_every_row_and_computes_no_name(stage: Stage) -> None:
    put(stage, line("q1", served_model='=HYPERLINK("x")'), line("q2", served_model='a,b "c"', nano_usd=None))
    head, *rows = csv.reader(io.StringIO(stage.ccorch("usage", "--csv").out))

    named = {row[0]: dict(zip(head, row, strict=True)) for row in rows}
    assert head[:2] == ["model", "requests"]
    assert set(named) == {'\'=HYPERLINK("x")', 'a,b "c"', "total"}
    assert (named['a,b "c"']["usd"], named['a,b "c"']["unpriced"]) == ("", "1")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--since", "soon"), "--since 'soon' is no day"),
        (("--until", "2026-02-30"), "--until '2026-02-30' is no day"),
        (("--since", "2026-08", "--until", "2026-07"), "no day lies between 2026-08-01 and 2026-07-31"),
        (("--by", "colour"), "--by must be 'model', 'profile'"),
        (("--limit", "0"), "--limit must be"),
    ],
)
def test_words_that_mean_nothing_are_refused(stage: Stage, words: tuple[str, ...], said: str) -> None:
    result = stage.ccorch("usage", *words)

    assert result.status == 2
    assert said in result.err
