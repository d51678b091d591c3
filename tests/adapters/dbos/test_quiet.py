"""Promises of what DBOS may say: one line each, nothing twice in a minute, no advertisement and no traceback."""

import logging

import pytest

from ccorch.adapters.dbos.quiet import EXPECTED, hush


def test_a_warning_is_one_line_and_not_repeated(capfd: pytest.CaptureFixture[str]) -> None:
    hush()
    log = logging.getLogger("dbos")
    log.info("To view and manage workflows, connect to DBOS Conductor at: https://…")
    for attempt in range(3):
        log.warning(
            f"Database connection failed: (psycopg.OperationalError) no route\nRetrying (attempt {attempt})"
        )
    try:
        raise ValueError("first line\nsecond line")
    except ValueError as problem:
        log.error("Exception encountered:", exc_info=problem)
    for expected in EXPECTED:
        log.error(f"{expected} x")

    assert capfd.readouterr().err.splitlines() == [
        "dbos: Database connection failed: (psycopg.OperationalError) no route",
        "dbos: Exception encountered: ValueError: first line",
    ]
