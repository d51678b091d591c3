"""Promises of usage: what nobody has told is unknown, and never told as nothing."""

import pytest

from ccorch.rules.usage import Billed
from ccorch.views.usage import billed


@pytest.mark.parametrize(
    ("nano_usd", "tokens", "reports", "told"),
    [(0, 0, 0, 0.0), (0, 5200, 1, None), (30_000_000, 5200, 1, 0.03), (30_000_000, 0, 1, 0.03)],
    ids=["nothing", "tokens alone", "both", "money alone"],
)
def test_a_controller_that_reports_tokens_alone_has_spent_nobody_knows_what(
    nano_usd: int, tokens: int, reports: int, told: float | None
) -> None:
    bill = Billed("pass", 1, 0, 0, 0, 0, 0, 0, nano_usd, tokens, reports)
    assert billed([bill]).controller_usd == told
