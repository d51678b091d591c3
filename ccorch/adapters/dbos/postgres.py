"""The owner's PostgreSQL: where it is found, and whether it answers, asked without DBOS."""

import os
from pathlib import Path

from ccorch.adapters.files import read_limited
from ccorch.errors import ConfigInvalid
from ccorch.schema.config import Engine
from ccorch.schema.profile import SecretRef

_LIMIT = 4096
_SECONDS = 3


def postgres_url(engine: Engine) -> str:
    """The address of the database, which may hold a password and is therefore never in config."""
    match engine.postgres_url:
        case SecretRef(file=str(name)):
            try:
                return read_limited(Path(name).expanduser(), _LIMIT).decode().strip()
            except (OSError, UnicodeDecodeError) as problem:
                raise ConfigInvalid(f"engine.postgres_url: {name} cannot be read: {problem}") from problem
        case SecretRef(env=str(variable)):
            if found := os.environ.get(variable):
                return found
            said = f"engine.postgres_url: the daemon was started without {variable}"
            raise ConfigInvalid(said, hint="the daemon is given variables that begin with CCORCH_; a file is safer")
    raise ConfigInvalid("engine.store=postgres needs engine.postgres_url with `file` or `env`")


def problem_of(engine: Engine) -> str | None:
    """Why it cannot be used, in words; null where it answers."""
    import psycopg

    try:
        url = postgres_url(engine)
        with psycopg.connect(
            url, connect_timeout=_SECONDS, options=f"-c statement_timeout={_SECONDS}s"
        ) as database:
            database.execute("SELECT 1")
    except ConfigInvalid as problem:
        return problem.message
    except psycopg.Error as problem:
        said = str(problem).strip().splitlines()
        return f"PostgreSQL cannot be used: {said[0] if said else type(problem).__name__}"
    return None
