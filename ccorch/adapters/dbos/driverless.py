"""Keeps the PostgreSQL driver out of a process whose database is a file: DBOS loads it for its errors alone."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

ERRORS = ("ConnectionTimeout", "LockNotAvailable", "SerializationFailure")
"""What DBOS compares the errors of a database with, besides OperationalError."""


@contextmanager
def driverless() -> Iterator[None]:
    """While the block imports DBOS, names that no error ever has stand in for the driver and its 10 MB.

    For a process that never asks PostgreSQL; one that has the driver already keeps it.
    """
    if "psycopg" in sys.modules:
        yield
        return
    sys.modules.update({"psycopg": (driver := _module("psycopg")), "psycopg.errors": driver.errors})
    try:
        yield
    finally:
        del sys.modules["psycopg"], sys.modules["psycopg.errors"]


def _module(name: str) -> ModuleType:
    errors = ModuleType(f"{name}.errors")
    vars(errors).update({error: type(error, (Exception,), {}) for error in ERRORS})
    driver = ModuleType(name)
    vars(driver).update({"OperationalError": type("OperationalError", (Exception,), {}), "errors": errors})
    return driver
