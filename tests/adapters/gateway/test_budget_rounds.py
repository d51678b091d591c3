"""Money limits hold over random runs: lanes, broken streams, tries, clients that leave, gateways that die."""

import os

from bench import budgets

RUNS, SEED = (200, 1) if os.environ.get("CCORCH_SOAK") else (8, 11)


def test_no_run_is_over_its_budget_and_the_ledger_is_what_the_provider_billed() -> None:
    for figure in budgets.figures(RUNS, SEED):
        assert figure.holds, figure
