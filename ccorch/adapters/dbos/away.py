"""Whether the owner's PostgreSQL answers, asked without DBOS."""

import psycopg

from ccorch.adapters.dbos.address import postgres_url
from ccorch.errors import ConfigInvalid
from ccorch.schema.config import Engine

SECONDS = 3


def problem_of(engine: Engine) -> str | None:
    """Why it cannot be used, in words; null where it answers."""
    try:
        url = postgres_url(engine)
        with psycopg.connect(url, connect_timeout=SECONDS, options=f"-c statement_timeout={SECONDS}s") as database:
            database.execute("SELECT 1")
    except ConfigInvalid as problem:
        return problem.message
    except psycopg.Error as problem:
        said = str(problem).strip().splitlines()
        return f"PostgreSQL cannot be used: {said[0] if said else type(problem).__name__}"
    return None
