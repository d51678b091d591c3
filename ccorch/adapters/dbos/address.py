"""Where the owner's PostgreSQL is found."""

import os
from pathlib import Path

from ccorch.adapters.files import read_limited
from ccorch.errors import ConfigInvalid
from ccorch.schema.config import Engine
from ccorch.schema.profile import SecretRef

_LIMIT = 4096


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
