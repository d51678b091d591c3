"""Promises of usage: what nobody has told is unknown, and never told as nothing."""

import pytest

from ccorch.rules.usage import Billed
from ccorch.views.usage import billed

NONE = Billed("pass", 1, *[0] * (len(Billed._fields) - 2))


@pytest.mark.parametrize(
    ("reports", "tokens", "usd", "known"),
    [
        ([], 0, 0.0, (0, 0.0)),
        ([(5200, None)], 5200, None, (5200, 0.0)),
        ([(5200, 0.03)], 5200, 0.03, (5200, 0.03)),
        ([(None, 0.03)], None, 0.03, (0, 0.03)),
        ([(5200, 0.03), (800, None)], 6000, None, (6000, 0.03)),
        ([(5200, 0.0), (800, 0.0)], 6000, 0.0, (6000, 0.0)),
    ],
    ids=["nothing", "tokens alone", "both", "money alone", "with and without money", "told to be nothing"],
)
def test_what_a_report_of_a_controller_leaves_out_makes_the_sum_unknown(
    reports: list[tuple[int | None, float | None]],
    tokens: int | None,
    usd: float | None,
    known: tuple[int, float],
) -> None:
    bills = [
        NONE._replace(
            controller_nano_usd=round((usd or 0) * 1e9),
            controller_tokens=tokens or 0,
            controller_reports=1,
            controller_unpriced=usd is None,
            controller_uncounted=tokens is None,
        )
        for tokens, usd in reports
    ]
    told = billed(bills)

    assert (told.controller_tokens, told.controller_usd) == (tokens, usd)
    assert (told.controller_known_tokens, told.controller_known_usd) == known
